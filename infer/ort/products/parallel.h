#ifndef INKLING_PARALLEL_H
#define INKLING_PARALLEL_H

#include <stddef.h>

// parallel runs total parts, with their numbers; it returns when all are done.
typedef void parallel(void *of, void (*run)(void *with, size_t part), size_t total, void *with);

#endif
