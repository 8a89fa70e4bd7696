#include "product.h"
#include <stdlib.h>
#include <string.h>

enum {
  least_work = 48 << 10,  // bytes of weights, times rows / 2, that are worth a part of their own: some microseconds
  most_parts = 64,        // of a product
  on_stack = 32 << 10,    // bytes of quantised rows that need no memory of their own
  rows_at_once = 16,      // that are quantised in one part
};

static size_t panel_bytes(const struct product *p) {
  size_t blocks = p->inputs / block;
  return p->bits == 4 ? blocks * four_bytes : blocks * (eight_bytes + columns * half_bytes);
}

static size_t panels(const struct product *p) { return (p->outputs + columns - 1) / columns; }

size_t product_bytes(const struct product *p) { return panel_bytes(p) * panels(p) * (p->gated ? 2 : 1); }

// job is a product that runs.
struct job {
  const struct product *p;
  const float *x;
  const uint8_t *weights;
  float *y;
  size_t rows, parts;
  int8_t *quants;
  struct block_scale *scales;
};

static void quantize_part(void *with, size_t part) {
  const struct job *j = with;
  size_t inputs = j->p->inputs, blocks = inputs / block, from = part * rows_at_once, n = j->rows - from;
  if (n > rows_at_once) n = rows_at_once;
  j->p->kernels->quantize(j->x + from * inputs, n * blocks, j->quants + from * inputs, j->scales + from * blocks); // rows are dense
}

static void gated_panel(const struct job *j, panel *multiply, size_t i) {
  size_t blocks = j->p->inputs / block, bytes = panel_bytes(j->p);
  float gates[most_rows * columns], ups[most_rows * columns];
  for (size_t r = 0; r < j->rows; r += most_rows) {
    size_t n = j->rows - r < most_rows ? j->rows - r : most_rows;
    const int8_t *quants = j->quants + r * j->p->inputs;
    multiply(j->weights + 2 * i * bytes, blocks, quants, j->scales + r * blocks, n, gates, columns);
    multiply(j->weights + (2 * i + 1) * bytes, blocks, quants, j->scales + r * blocks, n, ups, columns);
    for (size_t k = 0; k < n; k++)
      j->p->kernels->gate(j->y + (r + k) * j->p->outputs + i * columns, gates + k * columns, ups + k * columns);
  }
}

// narrow_panel is the last one, where outputs are no multiple of 16.
static void narrow_panel(const struct job *j, panel *multiply, size_t i) {
  size_t blocks = j->p->inputs / block, left = j->p->outputs - i * columns;
  float out[most_rows * columns];
  for (size_t r = 0; r < j->rows; r += most_rows) {
    size_t n = j->rows - r < most_rows ? j->rows - r : most_rows;
    multiply(j->weights + i * panel_bytes(j->p), blocks, j->quants + r * j->p->inputs, j->scales + r * blocks, n, out, columns);
    for (size_t k = 0; k < n; k++) memcpy(j->y + (r + k) * j->p->outputs + i * columns, out + k * columns, left * sizeof *out);
  }
}

static void multiply_part(void *with, size_t part) {
  const struct job *j = with;
  const struct product *p = j->p;
  panel *multiply = p->bits == 4 ? p->kernels->four : p->kernels->eight;
  size_t all = panels(p), to = all * (part + 1) / j->parts;
  for (size_t i = all * part / j->parts; i < to; i++) {
    if (p->gated)
      gated_panel(j, multiply, i);
    else if (p->outputs - i * columns < columns)
      narrow_panel(j, multiply, i);
    else
      multiply(j->weights + i * panel_bytes(p), p->inputs / block, j->quants, j->scales, j->rows, j->y + i * columns, p->outputs);
  }
}

int product_run(const struct product *p, const float *x, size_t rows, const uint8_t *weights, float *y, parallel *in, void *of) {
  struct job j = {.p = p, .x = x, .weights = weights, .y = y, .rows = rows};
  if (!rows) return 1;
  size_t quants = (rows * p->inputs + 63) / 64 * 64, bytes = quants + rows * (p->inputs / block) * sizeof *j.scales;
  _Alignas(64) int8_t small[on_stack];
  void *large = NULL;
  if (bytes > on_stack && !(large = malloc(bytes))) return 0;
  j.quants = large ? large : small;
  j.scales = (struct block_scale *)(j.quants + quants);
  size_t runs = (rows + rows_at_once - 1) / rows_at_once;
  if (runs > 1)
    in(of, quantize_part, runs, &j);
  else
    quantize_part(&j, 0);
  j.parts = product_bytes(p) * (rows + 1) / 2 / least_work + 1;
  if (j.parts > most_parts) j.parts = most_parts;
  if (j.parts > panels(p)) j.parts = panels(p);
  if (j.parts > 1)
    in(of, multiply_part, j.parts, &j);
  else
    multiply_part(&j, 0);
  free(large);
  return 1;
}
