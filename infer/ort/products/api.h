// The runtime's functions, by their places in its table.
#ifndef INKLING_API_H
#define INKLING_API_H

#include "slots.h"
#include <stddef.h>
#include <stdint.h>

// Opaque: the runtime's table of functions (api) and its errors (NULL: none).
typedef const void *api_t;
typedef void *status_t;

// call is the function at a place of the table, as a function of the given types.
#define call(api, name, ...) ((status_t(*)(__VA_ARGS__))((void *const *)(api))[slot_##name])

static inline status_t fail(api_t api, const char *message) {
  enum { invalid_argument = 2 };
  return call(api, CreateStatus, int, const char *)(invalid_argument, message);
}

static inline void release(api_t api, int slot, void *what) { ((void (*)(void *))((void *const *)api)[slot])(what); }

#endif
