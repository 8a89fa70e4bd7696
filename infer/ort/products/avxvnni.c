// Kernels for AVX-VNNI, which multiplies four bytes and adds them up in one instruction.
#include "kernels.h"
#ifdef has_avxvnni
#include "rows.h"
#include <immintrin.h>
#include <string.h>

#define target_here __attribute__((target("avx2,fma,f16c,avxvnni")))
#define inlined static inline __attribute__((always_inline)) target_here
#define name_here "avxvnni"
#define kernels_here kernels_avxvnni

inlined __m256i four_of(const int8_t *a) {
  int32_t four;
  memcpy(&four, a, sizeof four);
  return _mm256_set1_epi32(four);
}

inlined __m256i dot_four(const __m256i *q, const int8_t *a) {
  __m256i even = _mm256_setzero_si256(), odd = even;
  for (int i = 0; i < 8; i += 2) {
    even = _mm256_dpbusd_avx_epi32(even, q[i], four_of(a + 4 * i));
    odd = _mm256_dpbusd_avx_epi32(odd, q[i + 1], four_of(a + 4 * i + 4));
  }
  return _mm256_add_epi32(even, odd);
}

inlined __m256i dot_eight(__m256i sum, __m256i q, int32_t four) { return _mm256_dpbusd_avx_epi32(sum, q, _mm256_set1_epi32(four)); }

enum { excess = 128 };

#include "halves.h"
#endif
