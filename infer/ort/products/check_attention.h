#include "attention.h"

// check_attend is a run of attention, its parts one after another. It returns what is wrong, or NULL.
const char *check_attend(const struct attention *a, const struct attention_call *c, size_t order);
