// Products without the runtime, for tests and tools.
#include "check.h"

// in_turn runs the last part first: none may need another.
static void in_turn(void *of, void (*run)(void *with, size_t part), size_t total, void *with) {
  (void)of;
  while (total) run(with, --total);
}

int check_run(const char *kernels, size_t inputs, size_t outputs, int bits, int gated, const float *x, size_t rows, const uint8_t *weights,
              float *y) {
  struct product p = {.inputs = inputs, .outputs = outputs, .bits = bits, .gated = gated, .kernels = kernels_named(kernels)};
  return p.kernels && product_run(&p, x, rows, weights, y, in_turn, NULL);
}

size_t check_bytes(size_t inputs, size_t outputs, int bits, int gated) {
  struct product p = {.inputs = inputs, .outputs = outputs, .bits = bits, .gated = gated};
  return product_bytes(&p);
}
