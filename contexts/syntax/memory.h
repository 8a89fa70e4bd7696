// What a parse holds while it runs: see memory.c.
#ifndef INKLING_SYNTAX_MEMORY_H
#define INKLING_SYNTAX_MEMORY_H

#include <stddef.h>
#include <stdint.h>

enum memory_state {
	MEMORY_FREE,
	MEMORY_CROWDED, // all parses together hold too much, and this one not little
	MEMORY_FULL,    // this one holds too much
};

// ledger lists the blocks that one parse has taken and not given back. All zero but for its limit and its look, it is empty.
typedef struct {
	uint64_t most;                   // bytes that it may hold
	uint64_t most_of_all, least;     // that all parses may hold together, and that this one may whatever others hold
	void (*look)(enum memory_state); // called now and then while memory is taken; may leave the parse by longjmp
	uint64_t held;                   // bytes
	uint64_t told;                   // of those, in the sum of all parses
	void **blocks;                   // by their slots; in a free slot, the next free one
	size_t count, capacity;
	uintptr_t vacant; // the first free slot, marked; 0 is none
	uint32_t taken;   // since look was called
} ledger;

// memory_watch makes the library take its memory here, in the whole process; what it has taken elsewhere, it may still give back.
void memory_watch(void);

// memory_begin lists what this thread takes from now on, until memory_end; what is listed then stays with its owners.
void memory_begin(ledger *l);
void memory_end(ledger *l);

// memory_reclaim is memory_end after a parse that was left: everything that it held is given back.
void memory_reclaim(ledger *l);

// memory_held returns how many bytes the parses that run now hold together, to within what each takes between two looks.
uint64_t memory_held(void);

#endif
