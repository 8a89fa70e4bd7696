// Products of rows of activations and blocks of weights, for one panel of 16 columns; package panels has the layout.
#ifndef INKLING_KERNELS_H
#define INKLING_KERNELS_H

#include <stddef.h>
#include <stdint.h>

enum {
  block = 32,    // elements that share a scale
  columns = 16,  // of a panel
  most_rows = 8, // that a kernel takes at once
  most_width = 256,   // of a head
  most_queries = 128, // that attend at once
  half_bytes = 2,
  four_bytes = columns * block / 2 + 2 * columns * half_bytes, // of a block of a panel of 4 bits: quants, scales, offsets
  eight_bytes = columns * block,                               // of one of 8 bits: quants; the scales stand behind all blocks
};

// block_scale is what a block of activations has beside its quants, whose largest is 127 or -127.
struct block_scale {
  float scale;
  float total; // sum of the quants, times the scale
  int32_t sum; // of the quants
};

// panel multiplies rows of activations, [rows, blocks * 32] and [rows, blocks], by a panel. A row's result is the same, to the bit,
// whatever stands beside it: each block's sum is one of whole numbers, and blocks are added in their order.
typedef void panel(const uint8_t *weights, size_t blocks, const int8_t *quants, const struct block_scale *scales, size_t rows, float *out,
                   size_t stride);

// heard is what some queries, of one head of the cache, attend to.
struct heard {
  const float *queries;    // [count, width], turned and scaled
  const size_t *lengths;   // [count]: of the keys that each may see, none less than the one before
  size_t count, longest;   // the largest length
  const float *keys, *values; // [longest, width]
  size_t width;            // a multiple of 16
  float *scores;           // room for [count, longest rounded up to 16]
  float *out;              // [count, width]
};

struct kernels {
  const char *name;
  void (*quantize)(const float *x, size_t blocks, int8_t *quants, struct block_scale *scales);
  panel *four, *eight;
  void (*gate)(float *out, const float *gates, const float *ups); // silu(gate) * up of 16
  void (*attend)(const struct heard *h);
};

// The best ones that this processor has, unless INKLING_KERNELS names others that it has; and those of a name: NULL where it has none of that name.
const struct kernels *kernels_best(void);
const struct kernels *kernels_named(const char *name);

// All that there are for processors of this kind, the best first; NULL where this one has not got them.
size_t kernels_count(void);
const struct kernels *kernels_at(size_t i);

extern const struct kernels kernels_portable;
#if defined(__x86_64__)
#if defined(__clang__) ? __clang_major__ >= 12 : __GNUC__ >= 11
#define has_avxvnni 1 // the compiler
#endif
extern const struct kernels kernels_avx2, kernels_avxvnni, kernels_avx512;
void kernels_quantize_avx2(const float *x, size_t blocks, int8_t *quants, struct block_scale *scales);
void kernels_gate_avx2(float *out, const float *gates, const float *ups);
void kernels_attend_avx2(const struct heard *h);
#endif

#endif
