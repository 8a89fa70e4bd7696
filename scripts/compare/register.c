// Makes the server's operators known to sessions of the runtime in Python, for the scripts beside: register_custom_ops_library of
//   cc -O3 -shared -fPIC -I infer/ort/products -o native.so scripts/compare/register.c infer/ort/products/*.c -lm
#include "op.h"

status_t RegisterCustomOps(void *options, const void *const *base) {
  static void *domain; // for as long as the process lives
  return op_add(((api_t(*)(uint32_t))base[0])(17), options, &domain);
}
