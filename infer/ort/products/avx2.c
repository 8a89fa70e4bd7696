// Kernels for AVX2. A sum of 16 products of a 4-bit and an 8-bit number fits 16 bits, so that a block needs one widening only.
#if defined(__x86_64__)
#include "kernels.h"
#include "gate.h"
#include "rows.h"
#include <float.h>
#include <immintrin.h>
#include <string.h>

#define target_here __attribute__((target("avx2,fma,f16c")))
#define inlined static inline __attribute__((always_inline)) target_here
#define name_here "avx2"
#define kernels_here kernels_avx2

target_here void kernels_quantize_avx2(const float *x, size_t blocks, int8_t *quants, struct block_scale *scales) {
  const __m256 sign = _mm256_set1_ps(-0.0f);
  for (size_t b = 0; b < blocks; b++, x += block, quants += block) {
    __m256 v[4], top = _mm256_setzero_ps(), unknown = top;
    for (int i = 0; i < 4; i++) {
      v[i] = _mm256_loadu_ps(x + 8 * i);
      top = _mm256_max_ps(top, _mm256_andnot_ps(sign, v[i]));
      unknown = _mm256_or_ps(unknown, _mm256_cmp_ps(v[i], v[i], _CMP_UNORD_Q));
    }
    __m128 t = _mm_max_ps(_mm256_castps256_ps128(top), _mm256_extractf128_ps(top, 1));
    t = _mm_max_ps(t, _mm_movehl_ps(t, t));
    t = _mm_max_ss(t, _mm_movehdup_ps(t));
    float most = _mm_cvtss_f32(t), scale = most / 127, inverse = 127 / most;
    if (inverse > FLT_MAX) inverse = 0; // so small are zeros
    if (_mm256_movemask_ps(unknown) || most > FLT_MAX) { // what is no number, or infinite, makes the scale none
      memset(quants, 0, block);
      scales[b] = (struct block_scale){__builtin_nanf(""), __builtin_nanf(""), 0};
      continue;
    }
    __m256 by = _mm256_set1_ps(inverse);
    __m256i q[4];
    for (int i = 0; i < 4; i++) q[i] = _mm256_cvtps_epi32(_mm256_mul_ps(v[i], by));
    __m256i all = _mm256_add_epi32(_mm256_add_epi32(q[0], q[1]), _mm256_add_epi32(q[2], q[3]));
    __m128i s = _mm_add_epi32(_mm256_castsi256_si128(all), _mm256_extracti128_si256(all, 1));
    s = _mm_add_epi32(s, _mm_shuffle_epi32(s, 0x4e));
    s = _mm_add_epi32(s, _mm_shuffle_epi32(s, 0xb1));
    int32_t sum = _mm_cvtsi128_si32(s);
    __m256i packed = _mm256_packs_epi16(_mm256_packs_epi32(q[0], q[1]), _mm256_packs_epi32(q[2], q[3]));
    packed = _mm256_permutevar8x32_epi32(packed, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
    _mm256_storeu_si256((__m256i *)quants, packed);
    scales[b] = (struct block_scale){scale, scale * (float)sum, sum};
  }
}

// exponential is e to the x: a whole power of two, and a polynomial for what is left of it.
inlined __m256 exponential(__m256 x) {
  x = _mm256_max_ps(_mm256_set1_ps(-87), _mm256_min_ps(_mm256_set1_ps(88), x)); // in this order a NaN stays one
  __m256 whole = _mm256_round_ps(_mm256_mul_ps(x, _mm256_set1_ps(log2_e)), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  __m256 r = _mm256_fnmadd_ps(whole, _mm256_set1_ps(ln2_high), x);
  r = _mm256_fnmadd_ps(whole, _mm256_set1_ps(ln2_low), r);
  __m256 p = _mm256_set1_ps(exponential_terms[0]);
  for (int i = 1; i < exponential_count; i++) p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(exponential_terms[i]));
  __m256i power = _mm256_slli_epi32(_mm256_add_epi32(_mm256_cvtps_epi32(whole), _mm256_set1_epi32(127)), 23);
  return _mm256_mul_ps(p, _mm256_castsi256_ps(power));
}

target_here void kernels_gate_avx2(float *out, const float *gates, const float *ups) {
  const __m256 one = _mm256_set1_ps(1);
  for (int i = 0; i < columns; i += 8) {
    __m256 g = _mm256_loadu_ps(gates + i), e = exponential(_mm256_sub_ps(_mm256_setzero_ps(), g));
    _mm256_storeu_ps(out + i, _mm256_mul_ps(_mm256_div_ps(g, _mm256_add_ps(one, e)), _mm256_loadu_ps(ups + i)));
  }
}

// transpose makes [width, 16] of 16 keys.
inlined void transpose(const float *keys, size_t width, float *into) {
  for (size_t half = 0; half < 16; half += 8)
    for (size_t d = 0; d < width; d += 8) {
      const float *from = keys + half * width + d;
      float *to = into + d * 16 + half;
      __m256 a[8], b[8];
      for (size_t i = 0; i < 8; i++) a[i] = _mm256_loadu_ps(from + i * width);
      for (int i = 0; i < 8; i += 2) b[i] = _mm256_unpacklo_ps(a[i], a[i + 1]), b[i + 1] = _mm256_unpackhi_ps(a[i], a[i + 1]);
      for (int i = 0; i < 8; i += 4)
        for (int j = 0; j < 2; j++) {
          __m256d x = _mm256_castps_pd(b[i + j]), y = _mm256_castps_pd(b[i + j + 2]);
          a[i + 2 * j] = _mm256_castpd_ps(_mm256_unpacklo_pd(x, y)), a[i + 2 * j + 1] = _mm256_castpd_ps(_mm256_unpackhi_pd(x, y));
        }
      for (int j = 0; j < 4; j++) {
        _mm256_storeu_ps(to + 16 * j, _mm256_permute2f128_ps(a[j], a[4 + j], 0x20));
        _mm256_storeu_ps(to + 16 * (4 + j), _mm256_permute2f128_ps(a[j], a[4 + j], 0x31));
      }
    }
}

enum { lanes = 8, most_scored = 4 };

#include "attend.h"

void kernels_attend_avx2(const struct heard *h) { attend(h); }

// dot_four is the sums of products of 8 columns' q, 4 bits, and a block of activations.
inlined __m256i dot_four(const __m256i *q, const int8_t *a) {
  __m256i sum = _mm256_setzero_si256();
  for (int i = 0; i < 8; i++) {
    int32_t four;
    memcpy(&four, a + 4 * i, sizeof four);
    sum = _mm256_add_epi16(sum, _mm256_maddubs_epi16(q[i], _mm256_set1_epi32(four)));
  }
  return _mm256_madd_epi16(sum, _mm256_set1_epi16(1));
}

// dot_eight adds to sum the products of 8 columns' q + 128, 8 bits, and 4 activations. Two products of bytes do not fit 16 bits as they
// are; those of a byte's size and a signed one do.
inlined __m256i dot_eight(__m256i sum, __m256i q, int32_t four) {
  __m256i w = _mm256_xor_si256(q, _mm256_set1_epi8(-128)), signs = _mm256_sign_epi8(_mm256_set1_epi32(four), w);
  return _mm256_add_epi32(sum, _mm256_madd_epi16(_mm256_maddubs_epi16(_mm256_abs_epi8(w), signs), _mm256_set1_epi16(1)));
}

enum { excess = 0 }; // what dot_eight adds to each weight

#include "halves.h"
#endif
