// For processors without kernels of their own: what a compiler makes of plain C.
#include "kernels.h"
#include <math.h>
#include <string.h>

static void quantize(const float *x, size_t blocks, int8_t *quants, struct block_scale *scales) {
  for (size_t b = 0; b < blocks; b++, x += block, quants += block) {
    float top = 0;
    int unknown = 0;
    for (int i = 0; i < block; i++) {
      float size = fabsf(x[i]);
      top = size > top ? size : top;
      unknown |= x[i] != x[i];
    }
    float scale = top / 127, inverse = top > 0 ? 127 / top : 0;
    int32_t sum = 0;
    for (int i = 0; i < block; i++) {
      // What is no number makes the scale none, and its quant is 0.
      float q = unknown ? 0 : nearbyintf(x[i] * inverse);
      quants[i] = (int8_t)(q >= -127 && q <= 127 ? q : 0);
      sum += quants[i];
    }
    scale = unknown ? NAN : scale;
    scales[b] = (struct block_scale){scale, scale * (float)sum, sum};
  }
}

// widen makes a float of an IEEE 754 half.
static float widen(const uint8_t *at) {
  uint16_t h;
  memcpy(&h, at, sizeof h);
  uint32_t exponent = h >> 10 & 31, bits = (uint32_t)(h & 1023) << 13;
  float value;
  if (exponent == 0) {
    value = (float)(h & 1023) / (1 << 24);
  } else {
    bits |= (exponent == 31 ? 255 : exponent + 112) << 23;
    memcpy(&value, &bits, sizeof value);
  }
  return h >> 15 ? -value : value;
}

static void four(const uint8_t *weights, size_t blocks, const int8_t *quants, const struct block_scale *scales, size_t rows, float *out,
                 size_t stride) {
  for (; rows; rows--, quants += blocks * block, scales += blocks, out += stride) {
    float sums[columns] = {0};
    const uint8_t *w = weights;
    for (size_t b = 0; b < blocks; b++, w += four_bytes) {
      int32_t dots[columns] = {0};
      for (int i = 0; i < block / 2; i++) {
        int32_t low = quants[b * block + i], high = quants[b * block + block / 2 + i];
        for (int c = 0; c < columns; c++) {
          uint8_t q = w[i / 4 * 64 + c * 4 + i % 4];
          dots[c] += low * (q & 15) + high * (q >> 4);
        }
      }
      const uint8_t *d = w + columns * block / 2, *m = d + columns * half_bytes;
      for (int c = 0; c < columns; c++) {
        sums[c] += (float)dots[c] * (widen(d + 2 * c) * scales[b].scale);
        sums[c] += widen(m + 2 * c) * scales[b].total;
      }
    }
    memcpy(out, sums, sizeof sums);
  }
}

static void eight(const uint8_t *weights, size_t blocks, const int8_t *quants, const struct block_scale *scales, size_t rows, float *out,
                  size_t stride) {
  for (; rows; rows--, quants += blocks * block, scales += blocks, out += stride) {
    float sums[columns] = {0};
    const uint8_t *w = weights, *d = weights + blocks * eight_bytes;
    for (size_t b = 0; b < blocks; b++, w += eight_bytes, d += columns * half_bytes) {
      int32_t dots[columns] = {0};
      for (int i = 0; i < block; i++)
        for (int c = 0; c < columns; c++) dots[c] += quants[b * block + i] * (w[i / 4 * 64 + c * 4 + i % 4] - 128);
      for (int c = 0; c < columns; c++) sums[c] += (float)dots[c] * (widen(d + 2 * c) * scales[b].scale);
    }
    memcpy(out, sums, sizeof sums);
  }
}

static void gate(float *out, const float *gates, const float *ups) {
  for (int i = 0; i < columns; i++) out[i] = gates[i] / (1 + expf(-gates[i])) * ups[i];
}

static void transpose(const float *keys, size_t width, float *into) {
  for (size_t d = 0; d < width; d++)
    for (size_t j = 0; j < 16; j++) into[d * 16 + j] = keys[j * width + d];
}

#define target_here
enum { lanes = 4, most_scored = 4 };

#include "attend.h"

const struct kernels kernels_portable = {"portable", quantize, four, eight, gate, attend};
