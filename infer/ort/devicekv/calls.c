#include "calls.h"
#include "slots.h"

// call is the function at a place of the table, as a function of the given type.
#define call(api, name, ...) ((status_t(*)(__VA_ARGS__))((void *const *)(api))[slot_##name])

// OrtDeviceAllocator and OrtMemTypeDefault.
enum { device_allocator = 0, memory_default = 0 };

static void release(api_t api, int slot, void *what) { ((void (*)(void *))((void *const *)api)[slot])(what); }

status_t kv_memory_info(api_t api, const char *name, void **info) {
  return call(api, CreateMemoryInfo, const char *, int, int, int, void **)(name, device_allocator, 0, memory_default, info);
}

status_t kv_allocator(api_t api, void *session, void *info, void **allocator) {
  return call(api, CreateAllocator, void *, void *, void **)(session, info, allocator);
}

status_t kv_alloc(api_t api, void *allocator, size_t bytes, void **memory) {
  return call(api, AllocatorAlloc, void *, size_t, void **)(allocator, bytes, memory);
}

void kv_free(api_t api, void *allocator, void *memory) {
  status_t status = call(api, AllocatorFree, void *, void *)(allocator, memory);
  if (status) release(api, slot_ReleaseStatus, status);
}

status_t kv_tensor(api_t api, void *info, void *memory, size_t bytes, const int64_t *shape, size_t dimensions, int kind, void **tensor) {
  return call(api, CreateTensorWithDataAsOrtValue, void *, void *, size_t, const int64_t *, size_t, int, void **)(
      info, memory, bytes, shape, dimensions, kind, tensor);
}

status_t kv_binding(api_t api, void *session, void **binding) {
  return call(api, CreateIoBinding, void *, void **)(session, binding);
}

status_t kv_bind(api_t api, int slot, void *binding, const char *name, void *tensor) {
  return ((status_t(*)(void *, const char *, void *))((void *const *)api)[slot])(binding, name, tensor);
}

status_t kv_run(api_t api, void *session, void *options, void *binding) {
  return call(api, RunWithBinding, void *, void *, void *)(session, options, binding);
}
