#include "custom_op.h"
#include <stdio.h>

const char *op_provider(const struct custom_op *op) { return (void)op, (const char *)NULL; }
int op_required(const struct custom_op *op, size_t i) { return (void)op, (void)i, 0; }
int op_one(const struct custom_op *op) { return (void)op, 1; }

status_t op_shape(api_t api, const void *tensor, struct shape *shape) {
  void *of = NULL;
  status_t failed = call(api, GetTensorTypeAndShape, const void *, void **)(tensor, &of);
  if (failed) return failed;
  failed = call(api, GetTensorShapeElementCount, const void *, size_t *)(of, &shape->elements);
  if (!failed) failed = call(api, GetDimensionsCount, const void *, size_t *)(of, &shape->dimensions);
  if (!failed && shape->dimensions > most_dimensions) failed = fail(api, "a tensor has more than 4 dimensions");
  if (!failed) failed = call(api, GetDimensions, const void *, int64_t *, size_t)(of, shape->sizes, shape->dimensions);
  release(api, slot_ReleaseTensorTypeAndShapeInfo, of);
  return failed;
}

status_t op_attribute(const struct custom_op *op, api_t api, const void *info, const char *name, int64_t least, int64_t most, int64_t *value) {
  status_t missing = call(api, KernelInfoGetAttribute_int64, const void *, const char *, int64_t *)(info, name, value);
  if (!missing && *value >= least && *value <= most) return NULL;
  char message[160];
  if (missing)
    snprintf(message, sizeof message, "%s: attribute %s is missing", op->name(op), name);
  else
    snprintf(message, sizeof message, "%s: attribute %s: %lld is not from %lld to %lld", op->name(op), name, (long long)*value, (long long)least,
             (long long)most);
  release(api, slot_ReleaseStatus, missing);
  return fail(api, message);
}

status_t op_input(api_t api, void *context, size_t i, void **memory, struct shape *shape) {
  const void *tensor = NULL;
  status_t failed = call(api, KernelContext_GetInput, const void *, size_t, const void **)(context, i, &tensor);
  if (!failed && shape) failed = op_shape(api, tensor, shape);
  if (!failed) failed = call(api, GetTensorMutableData, const void *, void **)(tensor, memory);
  return failed;
}

status_t op_output(api_t api, void *context, size_t i, const int64_t *sizes, size_t dimensions, void **memory) {
  void *tensor = NULL;
  status_t failed = call(api, KernelContext_GetOutput, void *, size_t, const int64_t *, size_t, void **)(context, i, sizes, dimensions, &tensor);
  if (!failed) failed = call(api, GetTensorMutableData, const void *, void **)(tensor, memory);
  return failed;
}

void op_parallel(void *pool, void (*run)(void *, size_t), size_t total, void *with) {
  struct pool *p = pool;
  status_t failed = call(p->api, KernelContext_ParallelFor, const void *, void (*)(void *, size_t), size_t, size_t, void *)(
      p->context, run, total, 0, with);
  if (failed && p->failed) release(p->api, slot_ReleaseStatus, failed);
  if (failed && !p->failed) p->failed = failed;
}
