// What the operators are declared by, and share.
#ifndef INKLING_CUSTOM_OP_H
#define INKLING_CUSTOM_OP_H

#include "api.h"

enum { op_version = 16, element_float = 1, element_uint8 = 2, element_int32 = 6, most_dimensions = 4 };

// custom_op is OrtCustomOp up to version 16.
struct custom_op {
  uint32_t version;
  void *(*create_old)(const struct custom_op *, api_t, const void *);
  const char *(*name)(const struct custom_op *);
  const char *(*provider)(const struct custom_op *);
  int (*input_type)(const struct custom_op *, size_t);
  size_t (*inputs)(const struct custom_op *);
  int (*output_type)(const struct custom_op *, size_t);
  size_t (*outputs)(const struct custom_op *);
  void (*compute_old)(void *, void *);
  void (*destroy)(void *);
  int (*input_characteristic)(const struct custom_op *, size_t);
  int (*output_characteristic)(const struct custom_op *, size_t);
  int (*input_memory)(const struct custom_op *, size_t);
  int (*input_arity)(const struct custom_op *);
  int (*input_homogeneity)(const struct custom_op *);
  int (*output_arity)(const struct custom_op *);
  int (*output_homogeneity)(const struct custom_op *);
  status_t (*create)(const struct custom_op *, api_t, const void *, void **);
  status_t (*compute)(void *, void *);
};

extern const struct custom_op block_product, row_attention;

// Callbacks that are the same for all operators.
const char *op_provider(const struct custom_op *op);         // the processor
int op_required(const struct custom_op *op, size_t i);       // all inputs and outputs are, and of the default memory
int op_one(const struct custom_op *op);                      // arity and homogeneity, where there are no variadic ones

// shape is a tensor's.
struct shape {
  size_t elements, dimensions;
  int64_t sizes[most_dimensions];
};

status_t op_shape(api_t api, const void *tensor, struct shape *shape);

// op_attribute is a whole number of a node's. Its error names the operator, which the runtime does not.
status_t op_attribute(const struct custom_op *op, api_t api, const void *info, const char *name, int64_t least, int64_t most, int64_t *value);

// op_input is an input of a run: its memory, and its shape unless that is NULL.
status_t op_input(api_t api, void *context, size_t i, void **memory, struct shape *shape);
status_t op_output(api_t api, void *context, size_t i, const int64_t *sizes, size_t dimensions, void **memory);

// pool runs parts on the session's threads.
struct pool {
  api_t api;
  void *context;
  status_t failed;
};

void op_parallel(void *pool, void (*run)(void *, size_t), size_t total, void *with);

#endif
