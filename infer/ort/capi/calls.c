#include "calls.h"
#include "slots.h"
#include <dlfcn.h>

void *capi_library(const char *path) { return dlopen(path, RTLD_LAZY | RTLD_NOLOAD); }

const void *capi_table(void *library, uint32_t version) {
  // OrtApiBase begins with GetApi.
  const void *const *(*base)(void) = (const void *const *(*)(void))dlsym(library, "OrtGetApiBase");
  return base ? ((const void *(*)(uint32_t))base()[0])(version) : 0;
}

void capi_close(void *library) { dlclose(library); }

const char *capi_message(const void *table, void *status) {
  return ((const char *(*)(void *))((void *const *)table)[slot_GetErrorMessage])(status);
}

void capi_release(const void *table, int slot, void *what) { ((void (*)(void *))((void *const *)table)[slot])(what); }
