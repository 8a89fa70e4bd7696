// The parser, called from C: see guard.c.
#ifndef INKLING_SYNTAX_GUARD_H
#define INKLING_SYNTAX_GUARD_H

#include <stdbool.h>
#include <stdint.h>

typedef struct TSLanguage TSLanguage; // of the binding's library, whose headers other packages cannot include
typedef struct TSTree TSTree;

enum guard_outcome {
	GUARD_PARSED,  // there is a tree
	GUARD_STOPPED, // it took too long or read too much
	GUARD_LEFT,    // it took too long, or too much memory, in one step, and was left in its midst
	GUARD_CROWDED, // all parses together held too much, and it was left
	GUARD_FAILED,  // an assertion did not hold, memory was read where there is none, or a scanner went round at the text's end: left in its midst too
};

typedef struct {
	const char *text;
	uint32_t length;
	int64_t patience_ns; // of the processor, that the parse may take; it is left after half as much again and 10 ms
	int64_t wait_ns;     // on the clock, however busy the machine is
	uint64_t max_read;   // how many bytes it may read, over and over
	uint64_t max_held;   // how many bytes of memory it may hold
	uint64_t max_of_all; // and all parses together, beyond which those are left that hold more than the next
	uint64_t least_held;
	enum guard_outcome outcome;
} guarded_text;

// guard_processor_ns returns what this thread has taken of the processor, or the clock where the system does not tell.
int64_t guard_processor_ns(void);

// guard_parse parses UTF-8 text with a language of a version that the library knows; old, which may be NULL, stays the caller's. It
// returns NULL but for GUARD_PARSED. A parse that was left gives back what it held, but for a scanner's own state and for what it
// shared with old, which is not given back with old either.
TSTree *guard_parse(const TSLanguage *language, const TSTree *old, guarded_text *text);

// guard_fault leaves the parse that this thread is in; it returns where there is none.
void guard_fault(void);

#endif
