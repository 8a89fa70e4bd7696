// Kernels for AVX-512 VNNI: a panel's 16 columns are one register.
#if defined(__x86_64__)
#include "kernels.h"
#include "rows.h"
#include "fetch.h"
#include <string.h>

#define target_here __attribute__((target("avx2,fma,f16c,avx512f,avx512bw,avx512vl,avx512vnni")))
#define inlined static inline __attribute__((always_inline)) target_here

inlined __m512i four_of(const int8_t *a) {
  int32_t four;
  memcpy(&four, a, sizeof four);
  return _mm512_set1_epi32(four);
}

// dot adds to sum the products of 16 columns' q and a block of activations.
inlined __m512i dot(__m512i sum, const __m512i *q, const int8_t *a) {
  __m512i odd = _mm512_setzero_si512();
  for (int i = 0; i < 8; i += 2) {
    sum = _mm512_dpbusd_epi32(sum, q[i], four_of(a + 4 * i));
    odd = _mm512_dpbusd_epi32(odd, q[i + 1], four_of(a + 4 * i + 4));
  }
  return _mm512_add_epi32(sum, odd);
}

inlined void four_rows(const uint8_t *w, size_t blocks, const int8_t *quants, const struct block_scale *scales, const size_t rows, float *out,
                       size_t stride) {
  const __m512i low = _mm512_set1_epi8(15);
  __m512 sums[most_rows];
  for (size_t r = 0; r < rows; r++) sums[r] = _mm512_setzero_ps();
  for (size_t b = 0; b < blocks; b++, w += four_bytes) {
    __m512i q[8];
    for (int i = 0; i < 4; i++) {
      __m512i v = _mm512_loadu_si512(w + 64 * i);
      q[i] = _mm512_and_si512(v, low);
      q[4 + i] = _mm512_and_si512(_mm512_srli_epi16(v, 4), low);
    }
    fetch(w, four_bytes);
    const uint8_t *halves = w + columns * block / 2;
    __m512 d = _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)halves));
    __m512 m = _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)(halves + columns * half_bytes)));
    for (size_t r = 0; r < rows; r++) {
      const struct block_scale *s = scales + r * blocks + b;
      __m512 dots = _mm512_cvtepi32_ps(dot(_mm512_setzero_si512(), q, quants + (r * blocks + b) * block));
      sums[r] = _mm512_fmadd_ps(dots, _mm512_mul_ps(d, _mm512_set1_ps(s->scale)), sums[r]);
      sums[r] = _mm512_fmadd_ps(m, _mm512_set1_ps(s->total), sums[r]);
    }
  }
  for (size_t r = 0; r < rows; r++) _mm512_storeu_ps(out + r * stride, sums[r]);
}

inlined void eight_rows(const uint8_t *w, size_t blocks, const int8_t *quants, const struct block_scale *scales, const size_t rows, float *out,
                        size_t stride) {
  const uint8_t *halves = w + blocks * eight_bytes;
  __m512 sums[most_rows];
  for (size_t r = 0; r < rows; r++) sums[r] = _mm512_setzero_ps();
  for (size_t b = 0; b < blocks; b++, w += eight_bytes, halves += columns * half_bytes) {
    __m512i q[8];
    for (int i = 0; i < 8; i++) q[i] = _mm512_loadu_si512(w + 64 * i);
    fetch(w, eight_bytes);
    __m512 d = _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)halves));
    for (size_t r = 0; r < rows; r++) {
      const struct block_scale *s = scales + r * blocks + b;
      __m512i dots = dot(_mm512_set1_epi32(-128 * s->sum), q, quants + (r * blocks + b) * block);
      sums[r] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(dots), _mm512_mul_ps(d, _mm512_set1_ps(s->scale)), sums[r]);
    }
  }
  for (size_t r = 0; r < rows; r++) _mm512_storeu_ps(out + r * stride, sums[r]);
}

drive(four, four_rows, target_here)
drive(eight, eight_rows, target_here)

// transpose makes [width, 16] of 16 keys.
inlined void transpose(const float *keys, size_t width, float *into) {
  for (size_t d = 0; d < width; d += 16, keys += 16, into += 256) {
    __m512 a[16], b[16];
    for (int i = 0; i < 16; i++) a[i] = _mm512_loadu_ps(keys + (size_t)i * width);
    for (int i = 0; i < 16; i += 2) b[i] = _mm512_unpacklo_ps(a[i], a[i + 1]), b[i + 1] = _mm512_unpackhi_ps(a[i], a[i + 1]);
    for (int i = 0; i < 16; i += 4)
      for (int j = 0; j < 2; j++) {
        __m512d x = _mm512_castps_pd(b[i + j]), y = _mm512_castps_pd(b[i + j + 2]);
        a[i + 2 * j] = _mm512_castpd_ps(_mm512_unpacklo_pd(x, y)), a[i + 2 * j + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(x, y));
      }
    // a[4i + j] has, in each quarter q, element 4q + j of keys 4i to 4i + 3.
    for (int j = 0; j < 4; j++) {
      __m512 x = _mm512_shuffle_f32x4(a[j], a[4 + j], 0x88), y = _mm512_shuffle_f32x4(a[8 + j], a[12 + j], 0x88);
      __m512 u = _mm512_shuffle_f32x4(a[j], a[4 + j], 0xdd), v = _mm512_shuffle_f32x4(a[8 + j], a[12 + j], 0xdd);
      _mm512_storeu_ps(into + 16 * j, _mm512_shuffle_f32x4(x, y, 0x88));
      _mm512_storeu_ps(into + 16 * (8 + j), _mm512_shuffle_f32x4(x, y, 0xdd));
      _mm512_storeu_ps(into + 16 * (4 + j), _mm512_shuffle_f32x4(u, v, 0x88));
      _mm512_storeu_ps(into + 16 * (12 + j), _mm512_shuffle_f32x4(u, v, 0xdd));
    }
  }
}

enum { lanes = 16, most_scored = 8 };

#include "attend.h"

const struct kernels kernels_avx512 = {"avx512", kernels_quantize_avx2, four, eight, kernels_gate_avx2, attend};
#endif
