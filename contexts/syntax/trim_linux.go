package syntax

/*
#include <malloc.h>

static void trim(void) {
#ifdef __GLIBC__
	malloc_trim(0);
#endif
}
*/
import "C"

// trim gives memory of trees that were dropped back to the system: the C library keeps it, in an arena of each thread that parsed.
func trim() { C.trim() }
