// The domain of the operators.
#include "op.h"
#include "custom_op.h"

status_t op_add(api_t api, void *options, void **domain) {
  status_t failed = call(api, CreateCustomOpDomain, const char *, void **)("inkling", domain);
  if (!failed) failed = call(api, CustomOpDomain_Add, void *, const void *)(*domain, &block_product);
  if (!failed) failed = call(api, CustomOpDomain_Add, void *, const void *)(*domain, &row_attention);
  if (!failed) failed = call(api, AddCustomOpDomain, void *, void *)(options, *domain);
  return failed;
}
