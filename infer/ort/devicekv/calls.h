#include <stddef.h>
#include <stdint.h>

// Opaque: the runtime's structs, its table of functions (api) and its errors (NULL: none).
typedef const void *api_t;
typedef void *status_t;

status_t kv_memory_info(api_t api, const char *name, void **info);
status_t kv_allocator(api_t api, void *session, void *info, void **allocator);
status_t kv_alloc(api_t api, void *allocator, size_t bytes, void **memory);
void kv_free(api_t api, void *allocator, void *memory);
status_t kv_tensor(api_t api, void *info, void *memory, size_t bytes, const int64_t *shape, size_t dimensions, int kind, void **tensor);
status_t kv_binding(api_t api, void *session, void **binding);
status_t kv_bind(api_t api, int slot, void *binding, const char *name, void *tensor);
status_t kv_run(api_t api, void *session, void *options, void *binding);
