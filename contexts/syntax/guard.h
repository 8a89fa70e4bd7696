// The parser, called from C: see guard.c.
#ifndef INKLING_SYNTAX_GUARD_H
#define INKLING_SYNTAX_GUARD_H

#include <stdbool.h>
#include <stdint.h>

typedef struct TSParser TSParser; // of the binding's library, whose headers other packages cannot include
typedef struct TSTree TSTree;

enum guard_outcome {
	GUARD_PARSED,  // there is a tree
	GUARD_STOPPED, // it took too long or read too much: the parser is to be closed
	GUARD_FAILED,  // an assertion did not hold, or a scanner went round at the text's end: the parser must not be touched again
};

typedef struct {
	const char *text;
	uint32_t length;
	int64_t patience_ns; // of the processor, that the parse may take
	int64_t wait_ns;     // on the clock, however busy the machine is
	uint64_t max_read;   // how many bytes it may read, over and over
	enum guard_outcome outcome;
} guarded_text;

// guard_processor_ns returns what this thread has taken of the processor, or the clock where the system does not tell.
int64_t guard_processor_ns(void);

// guard_watch makes a new parser's scanners stop at the end of a text. Once for each parser.
void guard_watch(TSParser *parser);

// guard_parse parses UTF-8 text; old, which may be NULL, stays the caller's. It returns NULL but for GUARD_PARSED.
TSTree *guard_parse(TSParser *parser, const TSTree *old, guarded_text *text);

#endif
