// BlockProduct as the runtime's operator: how it is declared, checked and run. What it computes is in product.c.
#include "custom_op.h"
#include "product.h"
#include <stdlib.h>

// instance is one node of a graph.
struct instance {
  api_t api;
  struct product product;
};

static status_t create(const struct custom_op *op, api_t api, const void *info, void **kernel) {
  int64_t inputs, outputs, bits, gated;
  status_t failed = op_attribute(op, api, info, "K", block, most_inputs, &inputs);
  if (!failed) failed = op_attribute(op, api, info, "N", 1, most_outputs, &outputs);
  if (!failed) failed = op_attribute(op, api, info, "bits", 4, 8, &bits);
  if (!failed) failed = op_attribute(op, api, info, "gated", 0, 1, &gated);
  if (!failed && (inputs % block || (bits != 4 && bits != 8) || (gated && outputs % columns)))
    failed = fail(api, "BlockProduct: K is no multiple of 32, bits is neither 4 nor 8, or N of a gated product is no multiple of 16");
  if (failed) return failed;
  struct product p = {.inputs = (size_t)inputs, .outputs = (size_t)outputs, .bits = (int)bits, .gated = (int)gated, .kernels = kernels_best()};
  int constant = 0;
  const void *weights = NULL;
  struct shape shape = {0};
  failed = call(api, KernelInfoGetConstantInput_tensor, const void *, size_t, int *, const void **)(info, 1, &constant, &weights);
  if (!failed && (!constant || !weights)) failed = fail(api, "BlockProduct: the weights are not constant");
  if (!failed) failed = op_shape(api, weights, &shape);
  if (!failed && shape.elements != product_bytes(&p)) failed = fail(api, "BlockProduct: the weights are not as many as K, N and bits say");
  if (failed) return failed;
  struct instance *made = malloc(sizeof *made);
  if (!made) return fail(api, "BlockProduct: no memory");
  *made = (struct instance){api, p};
  *kernel = made;
  return NULL;
}

static status_t compute(void *kernel, void *context) {
  struct instance *k = kernel;
  api_t api = k->api;
  void *x, *weights, *y;
  struct shape shape;
  status_t failed = op_input(api, context, 0, &x, &shape);
  if (!failed && (shape.dimensions != 2 || shape.sizes[1] != (int64_t)k->product.inputs))
    failed = fail(api, "BlockProduct: the input is not [rows, K]");
  if (!failed) failed = op_input(api, context, 1, &weights, NULL);
  if (failed) return failed;
  const int64_t sizes[] = {shape.sizes[0], (int64_t)k->product.outputs};
  failed = op_output(api, context, 0, sizes, 2, &y);
  if (failed) return failed;
  struct pool pool = {api, context, NULL};
  if (!product_run(&k->product, x, (size_t)shape.sizes[0], weights, y, op_parallel, &pool)) return fail(api, "BlockProduct: no memory");
  return pool.failed;
}

static const char *name(const struct custom_op *op) { return (void)op, "BlockProduct"; }
static int input_type(const struct custom_op *op, size_t i) { return (void)op, i == 0 ? element_float : element_uint8; }
static size_t inputs(const struct custom_op *op) { return (void)op, 2; }
static int output_type(const struct custom_op *op, size_t i) { return (void)op, (void)i, element_float; }
static size_t outputs(const struct custom_op *op) { return (void)op, 1; }

const struct custom_op block_product = {
    .version = op_version,
    .name = name,
    .provider = op_provider,
    .input_type = input_type,
    .inputs = inputs,
    .output_type = output_type,
    .outputs = outputs,
    .destroy = free,
    .input_characteristic = op_required,
    .output_characteristic = op_required,
    .input_memory = op_required,
    .input_arity = op_one,
    .input_homogeneity = op_one,
    .output_arity = op_one,
    .output_homogeneity = op_one,
    .create = create,
    .compute = compute,
};
