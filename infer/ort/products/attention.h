#ifndef INKLING_ATTENTION_H
#define INKLING_ATTENTION_H

#include "kernels.h"
#include "parallel.h"

enum {
  most_heads = 1 << 10,
  most_block = 16,       // tokens that one part attends for
  scores_bytes = 128 << 10, // about as much as a part's scores take, where it attends for more than one token
};

// attention is grouped-query attention with a rotary embedding over a cache in place.
struct attention {
  size_t heads, kv_heads, width;
  int interleaved; // the embedding turns elements 2i and 2i+1, not i and i + width/2
  const struct kernels *kernels;
};

// attention_call is one run of it.
struct attention_call {
  const float *qkv;              // [tokens, heads + 2 kv_heads, width]: row after row
  float *keys, *values;          // [rows, kv_heads, capacity, width]
  const float *cosines, *sines;  // [positions, width / 2]
  const int32_t *last;           // [rows]: past + new tokens - 1
  const int32_t *fresh;          // [rows]: new tokens; 0: the row stays as it is
  size_t tokens, rows, capacity, positions;
  float *out;                    // [tokens, heads, width]
};

// attention_check says what is wrong with a call's lengths; NULL where nothing is.
const char *attention_check(const struct attention_call *c);

// attention_run appends the new tokens' keys and values to the cache, and attends. It returns 0 where there is no memory.
int attention_run(const struct attention *a, const struct attention_call *c, parallel *in, void *of);

#endif
