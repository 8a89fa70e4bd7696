#include "api.h"

// op_add makes the domain with the operators known to a session's options. The domain is to be released after all sessions of them.
status_t op_add(api_t api, void *options, void **domain);
