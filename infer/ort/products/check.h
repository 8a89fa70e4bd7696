#include "product.h"

// check_run is a product by the kernels of a name, its parts one after another. It returns 0 where there is no memory, or no such kernels.
int check_run(const char *kernels, size_t inputs, size_t outputs, int bits, int gated, const float *x, size_t rows, const uint8_t *weights,
              float *y);

// check_bytes is how long the weights are to be.
size_t check_bytes(size_t inputs, size_t outputs, int bits, int gated);
