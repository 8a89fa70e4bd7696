#ifndef INKLING_PRODUCT_H
#define INKLING_PRODUCT_H

#include "kernels.h"
#include "parallel.h"

enum { most_inputs = 1 << 20, most_outputs = 1 << 24 };

// product is the multiplication of rows by weights, [outputs, inputs] transposed, in panels. A gated one has twice the panels: of gates and
// of what they let through, in turns; its outputs are silu(gate) * up.
struct product {
  size_t inputs, outputs;
  int bits, gated;
  const struct kernels *kernels;
};

// product_bytes is how long a product's weights are.
size_t product_bytes(const struct product *p);

// product_run fills y, [rows, outputs], with the product of x, [rows, inputs]. It returns 0 where there is no memory.
int product_run(const struct product *p, const float *x, size_t rows, const uint8_t *weights, float *y, parallel *in, void *of);

#endif
