#include <stdint.h>

void *capi_library(const char *path);
void capi_close(void *library);
const void *capi_table(void *library, uint32_t version);
const char *capi_message(const void *table, void *status);
void capi_release(const void *table, int slot, void *what);
