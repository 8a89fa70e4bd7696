// RowAttention as the runtime's operator: how it is declared, checked and run. What it computes is in attention.c.
#include "attention.h"
#include "custom_op.h"
#include <stdlib.h>

// instance is one node of a graph.
struct instance {
  api_t api;
  struct attention attention;
};

static status_t create(const struct custom_op *op, api_t api, const void *info, void **kernel) {
  int64_t heads, kv_heads, width, interleaved;
  status_t failed = op_attribute(op, api, info, "heads", 1, most_heads, &heads);
  if (!failed) failed = op_attribute(op, api, info, "kv_heads", 1, heads, &kv_heads);
  if (!failed) failed = op_attribute(op, api, info, "width", 16, most_width, &width);
  if (!failed) failed = op_attribute(op, api, info, "interleaved", 0, 1, &interleaved);
  if (!failed && (heads % kv_heads || width % 16 || heads / kv_heads > most_queries))
    failed = fail(api, "RowAttention: heads is no multiple of kv_heads, or above 128 times it, or width is no multiple of 16");
  if (failed) return failed;
  struct instance *made = malloc(sizeof *made);
  if (!made) return fail(api, "RowAttention: no memory");
  *made = (struct instance){api, {(size_t)heads, (size_t)kv_heads, (size_t)width, (int)interleaved, kernels_best()}};
  *kernel = made;
  return NULL;
}

enum { in_qkv, in_keys, in_values, in_last, in_fresh, in_cosines, in_sines, input_count };
enum { out_heads, out_keys, out_values, output_count };

static int is(const struct shape *s, size_t dimensions, const int64_t *sizes) {
  if (s->dimensions != dimensions) return 0;
  for (size_t i = 0; i < dimensions; i++)
    if (s->sizes[i] != sizes[i]) return 0;
  return 1;
}

// check compares the inputs' shapes; NULL where they fit.
static const char *check(const struct attention *a, const struct shape *s) {
  if (s[in_keys].dimensions != 4) return "RowAttention: the cache has not 4 dimensions";
  int64_t rows = s[in_keys].sizes[0], positions = s[in_cosines].sizes[0];
  const int64_t cache[] = {rows, (int64_t)a->kv_heads, s[in_keys].sizes[2], (int64_t)a->width};
  if (!is(&s[in_keys], 4, cache) || !is(&s[in_values], 4, cache)) return "RowAttention: the cache is not [rows, kv_heads, capacity, width]";
  if (!is(&s[in_last], 1, &rows) || !is(&s[in_fresh], 1, &rows)) return "RowAttention: there are not as many lengths as rows of the cache";
  const int64_t turns[] = {positions, (int64_t)a->width / 2};
  if (!is(&s[in_cosines], 2, turns) || !is(&s[in_sines], 2, turns)) return "RowAttention: the embedding is not [positions, width / 2]";
  const int64_t qkv[] = {s[in_qkv].sizes[0], (int64_t)((a->heads + 2 * a->kv_heads) * a->width)};
  if (!is(&s[in_qkv], 2, qkv)) return "RowAttention: the input is not [tokens, (heads + 2 kv_heads) width]";
  return NULL;
}

static status_t compute(void *kernel, void *context) {
  struct instance *k = kernel;
  api_t api = k->api;
  const struct attention *a = &k->attention;
  void *in[input_count], *out[output_count];
  struct shape s[input_count] = {0};
  for (size_t i = 0; i < input_count; i++) {
    status_t failed = op_input(api, context, i, &in[i], &s[i]);
    if (failed) return failed;
  }
  const char *wrong = check(a, s);
  if (wrong) return fail(api, wrong);
  const int64_t heads[] = {s[in_qkv].sizes[0], (int64_t)(a->heads * a->width)};
  status_t failed = op_output(api, context, out_heads, heads, 2, &out[out_heads]);
  if (!failed) failed = op_output(api, context, out_keys, s[in_keys].sizes, 4, &out[out_keys]);
  if (!failed) failed = op_output(api, context, out_values, s[in_values].sizes, 4, &out[out_values]);
  if (failed) return failed;
  if (out[out_keys] != in[in_keys] || out[out_values] != in[in_values]) return fail(api, "RowAttention: the cache is not kept in place");
  struct attention_call c = {
      .qkv = in[in_qkv],
      .keys = in[in_keys],
      .values = in[in_values],
      .cosines = in[in_cosines],
      .sines = in[in_sines],
      .last = in[in_last],
      .fresh = in[in_fresh],
      .tokens = (size_t)s[in_qkv].sizes[0],
      .rows = (size_t)s[in_keys].sizes[0],
      .capacity = (size_t)s[in_keys].sizes[2],
      .positions = (size_t)s[in_cosines].sizes[0],
      .out = out[out_heads],
  };
  if ((wrong = attention_check(&c))) return fail(api, wrong);
  struct pool pool = {api, context, NULL};
  if (!attention_run(a, &c, op_parallel, &pool)) return fail(api, "RowAttention: no memory");
  return pool.failed;
}

static const char *name(const struct custom_op *op) { return (void)op, "RowAttention"; }
static int input_type(const struct custom_op *op, size_t i) { return (void)op, i == in_last || i == in_fresh ? element_int32 : element_float; }
static size_t inputs(const struct custom_op *op) { return (void)op, input_count; }
static int output_type(const struct custom_op *op, size_t i) { return (void)op, (void)i, element_float; }
static size_t outputs(const struct custom_op *op) { return (void)op, output_count; }

const struct custom_op row_attention = {
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
