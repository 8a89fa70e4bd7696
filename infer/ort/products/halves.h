// The panels of both 256-bit forms: 8 columns after the other 8. The file that includes this one has dot_four, dot_eight and excess.

#include "fetch.h"

inlined void four_rows(const uint8_t *weights, size_t blocks, const int8_t *quants, const struct block_scale *scales, const size_t rows,
                       float *out, size_t stride) {
  const __m256i low = _mm256_set1_epi8(15);
  for (int half = 0; half < 2; half++) {
    const uint8_t *w = weights;
    __m256 sums[most_rows];
    for (size_t r = 0; r < rows; r++) sums[r] = _mm256_setzero_ps();
    for (size_t b = 0; b < blocks; b++, w += four_bytes) {
      __m256i q[8];
      for (int i = 0; i < 4; i++) {
        __m256i v = _mm256_loadu_si256((const __m256i *)(w + 64 * i + 32 * half));
        q[i] = _mm256_and_si256(v, low);
        q[4 + i] = _mm256_and_si256(_mm256_srli_epi16(v, 4), low);
      }
      if (half == 0) fetch(w, four_bytes);
      const uint8_t *halves = w + columns * block / 2 + 16 * half;
      __m256 d = _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)halves));
      __m256 m = _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(halves + columns * half_bytes)));
      for (size_t r = 0; r < rows; r++) {
        const struct block_scale *s = scales + r * blocks + b;
        __m256 dots = _mm256_cvtepi32_ps(dot_four(q, quants + (r * blocks + b) * block));
        sums[r] = _mm256_fmadd_ps(dots, _mm256_mul_ps(d, _mm256_set1_ps(s->scale)), sums[r]);
        sums[r] = _mm256_fmadd_ps(m, _mm256_set1_ps(s->total), sums[r]);
      }
    }
    for (size_t r = 0; r < rows; r++) _mm256_storeu_ps(out + r * stride + 8 * half, sums[r]);
  }
}

inlined void eight_rows(const uint8_t *weights, size_t blocks, const int8_t *quants, const struct block_scale *scales, const size_t rows,
                        float *out, size_t stride) {
  for (int half = 0; half < 2; half++) {
    const uint8_t *w = weights, *halves = weights + blocks * eight_bytes + 16 * half;
    __m256 sums[most_rows];
    for (size_t r = 0; r < rows; r++) sums[r] = _mm256_setzero_ps();
    for (size_t b = 0; b < blocks; b++, w += eight_bytes, halves += columns * half_bytes) {
      __m256 d = _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)halves));
      __m256i dots[most_rows];
      if (half == 0) fetch(w, eight_bytes);
      for (size_t r = 0; r < rows; r++) dots[r] = _mm256_set1_epi32(-excess * scales[r * blocks + b].sum);
      for (int i = 0; i < 8; i++) {
        __m256i q = _mm256_loadu_si256((const __m256i *)(w + 64 * i + 32 * half));
        for (size_t r = 0; r < rows; r++) {
          int32_t four;
          memcpy(&four, quants + (r * blocks + b) * block + 4 * i, sizeof four);
          dots[r] = dot_eight(dots[r], q, four);
        }
      }
      for (size_t r = 0; r < rows; r++) {
        __m256 by = _mm256_mul_ps(d, _mm256_set1_ps(scales[r * blocks + b].scale));
        sums[r] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(dots[r]), by, sums[r]);
      }
    }
    for (size_t r = 0; r < rows; r++) _mm256_storeu_ps(out + r * stride + 8 * half, sums[r]);
  }
}

drive(four, four_rows, target_here)
drive(eight, eight_rows, target_here)

const struct kernels kernels_here = {name_here, kernels_quantize_avx2, four, eight, kernels_gate_avx2, kernels_attend_avx2};
