// Attention of some queries, in vectors of 16 that a compiler makes of what the target has. The file that includes this one has
// target_here and transpose. Each query's sums are in the same order whatever others stand beside it.

#include "gate.h"

#pragma GCC diagnostic ignored "-Wpsabi" // of functions that are all inlined

// The file has lanes, the floats of a register, and most_scored, the queries whose sums fit the registers.
typedef float floats __attribute__((vector_size(4 * lanes), aligned(4), may_alias));
typedef int32_t ints __attribute__((vector_size(4 * lanes), aligned(4), may_alias));

enum { vectors = 16 / lanes, mixed_vectors = lanes == 16 ? 4 : 2 }; // of a tile; of values, that are added up at once

#define always static inline __attribute__((always_inline)) target_here

always floats all(float v) { return v - (floats){0}; }

// where takes a where the mask is set, and b elsewhere.
always floats where(ints mask, floats a, floats b) { return (floats)((mask & (ints)a) | (~mask & (ints)b)); }

// seen says which of a tile's lanes from first on stand before left.
always ints seen(int first, size_t left) {
  ints order;
  for (int i = 0; i < lanes; i++) order[i] = first + i;
  return order < (int32_t)left;
}

// exponentials are e to the x, which are at most 0.
always floats exponentials(floats x) {
  const float magic = 12582912; // 1.5 * 2^23: adding it rounds to a whole number, which stands in the last bits then
  x = where(x < -87, all(-87), x);
  floats shifted = x * log2_e + magic, whole = shifted - magic;
  floats r = x - whole * ln2_high;
  r = r - whole * ln2_low;
  floats p = all(exponential_terms[0]);
  for (int i = 1; i < exponential_count; i++) p = p * r + exponential_terms[i];
  return p * (floats)(((ints)shifted << 23) + (127 << 23));
}

// score multiplies rows of queries by a tile of 16 keys, transposed.
always void score(const struct heard *h, const float *tile, size_t first, const size_t rows, size_t at, size_t stride) {
  floats sums[most_scored][vectors];
  for (size_t r = 0; r < rows; r++)
    for (int i = 0; i < vectors; i++) sums[r][i] = all(0);
  const float *q = h->queries + first * h->width;
  for (size_t d = 0; d < h->width; d++)
    for (int i = 0; i < vectors; i++) {
      floats k = *(const floats *)(tile + 16 * d + lanes * i);
      for (size_t r = 0; r < rows; r++) sums[r][i] += k * q[r * h->width + d];
    }
  for (size_t r = 0; r < rows; r++)
    for (int i = 0; i < vectors; i++) *(floats *)(h->scores + (first + r) * stride + at + lanes * i) = sums[r][i];
}

// softmax makes weights of a query's scores of what it may see, but for the division. It returns their sum.
always float softmax(float *scores, size_t length) {
  floats most = all(-__builtin_inff()), sums[vectors];
  for (int i = 0; i < vectors; i++) sums[i] = all(0);
  for (size_t at = 0; at < length; at += 16)
    for (int i = 0; i < vectors; i++) {
      floats s = *(floats *)(scores + at + lanes * i);
      most = where((s > most) & seen(lanes * i, length - at), s, most);
    }
  float top = most[0];
  for (int i = 1; i < lanes; i++) top = most[i] > top ? most[i] : top;
  for (size_t at = 0; at < length; at += 16)
    for (int i = 0; i < vectors; i++) {
      floats *s = (floats *)(scores + at + lanes * i);
      *s = where(seen(lanes * i, length - at), exponentials(*s - top), all(0));
      sums[i] += *s;
    }
  float sum = 0;
  for (int i = 0; i < vectors; i++)
    for (int j = 0; j < lanes; j++) sum += sums[i][j];
  return sum;
}

// mix adds up values by the weights of rows of queries, of some vectors of a head.
always void mix(const struct heard *h, size_t first, const size_t rows, size_t d, const int count, size_t stride, const float *sums) {
  floats mixed[4][mixed_vectors];
  for (size_t r = 0; r < rows; r++)
    for (int i = 0; i < count; i++) mixed[r][i] = all(0);
  const float *weights = h->scores + first * stride;
  for (size_t j = 0; j < h->lengths[first]; j++) {
    const float *v = h->values + j * h->width + d;
    for (int i = 0; i < count; i++) {
      floats value = *(const floats *)(v + lanes * i);
      for (size_t r = 0; r < rows; r++) mixed[r][i] += value * weights[r * stride + j];
    }
  }
  // What only later queries may see is not even taken no times: it may be no number.
#pragma GCC unroll 4
  for (size_t r = 1; r < rows; r++)
    for (size_t j = h->lengths[first]; j < h->lengths[first + r]; j++)
      for (int i = 0; i < count; i++) mixed[r][i] += *(const floats *)(h->values + j * h->width + d + lanes * i) * weights[r * stride + j];
  for (size_t r = 0; r < rows; r++)
    for (int i = 0; i < count; i++) *(floats *)(h->out + (first + r) * h->width + d + lanes * i) = mixed[r][i] / sums[first + r];
}

always void mix_rows(const struct heard *h, size_t first, const size_t rows, size_t stride, const float *sums) {
  size_t d = 0;
  for (; d + mixed_vectors * lanes <= h->width; d += mixed_vectors * lanes) mix(h, first, rows, d, mixed_vectors, stride, sums);
  for (; d < h->width; d += lanes) mix(h, first, rows, d, 1, stride, sums);
}

target_here static void attend(const struct heard *h) {
  size_t stride = (h->longest + 15) / 16 * 16, i;
  float tile[16 * most_width] __attribute__((aligned(64))), end[16 * most_width], sums[most_queries];
  for (size_t at = 0; at < stride; at += 16) {
    const float *keys = h->keys + at * h->width;
    if (at + 16 > h->longest) { // the last tile is filled up: what stands behind the keys may be anything
      memset(end, 0, 16 * h->width * sizeof *end);
      memcpy(end, keys, (h->longest - at) * h->width * sizeof *end);
      keys = end;
    }
    for (i = 0; i < 16 * h->width; i += 16) { // the values are needed soon, and the keys of the next tiles
      __builtin_prefetch(h->keys + (at + 32) * h->width + i, 0, 3);
      __builtin_prefetch(h->values + at * h->width + i, 0, 2);
    }
    transpose(keys, h->width, tile);
    for (i = 0; most_scored >= 8 && i + 8 <= h->count; i += 8) score(h, tile, i, most_scored >= 8 ? 8 : 4, at, stride);
    for (; i + 4 <= h->count; i += 4) score(h, tile, i, 4, at, stride);
    if (h->count - i == 3) score(h, tile, i, 3, at, stride);
    if (h->count - i == 2) score(h, tile, i, 2, at, stride);
    if (h->count - i == 1) score(h, tile, i, 1, at, stride);
  }
  for (i = 0; i < h->count; i++) sums[i] = softmax(h->scores + i * stride, h->lengths[i]);
  for (i = 0; i + 4 <= h->count; i += 4) mix_rows(h, i, 4, stride, sums);
  if (h->count - i == 3) mix_rows(h, i, 3, stride, sums);
  if (h->count - i == 2) mix_rows(h, i, 2, stride, sums);
  if (h->count - i == 1) mix_rows(h, i, 1, stride, sums);
}
