// The library cannot be told to end in the midst of a step: one step may take n times n, and hold as much, of a text of n bytes (C: "%w("
// over and over, of which 50 kB take 26 s and gigabytes). So a parse can be left from where it takes memory, and then everything that it
// holds is given back. A block knows its slot by its last eight bytes, which the library does not know of; a block of other origin is told
// by its slot, which is not its own.
#include "memory.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef __APPLE__
#include <malloc/malloc.h>
#define usable_bytes(block) malloc_size(block)
#else
#include <malloc.h>
#define usable_bytes(block) malloc_usable_size(block)
#endif

enum {
	MARK_BYTES = sizeof(uint64_t), // at a block's end
	LOOK_BLOCKS = 256,             // between two looks
	LOOK_BYTES = 64 << 10,         // of a block that is worth one
};

static const size_t MOST_BYTES = SIZE_MAX / 4; // of a block; the library asks for no such thing

extern void ts_set_allocator(void *(*)(size_t), void *(*)(size_t, size_t), void *(*)(void *, size_t), void (*)(void *));

static _Thread_local ledger *open_ledger;

static void *or_abort(void *block, size_t size) {
	if (block) return block;
	fprintf(stderr, "tree-sitter failed to allocate %zu bytes", size);
	abort();
}

// A compiler that knows how much was asked for, and watches over it, is not to know it here.
static char *mark_of(void *block, size_t usable) {
	__asm__("" : "+r"(block));
	return (char *)block + usable - MARK_BYTES;
}

static void set_mark(void *block, size_t usable, uint64_t slot) { memcpy(mark_of(block, usable), &slot, MARK_BYTES); }

static uint64_t all_held; // atomic

uint64_t memory_held(void) { return __atomic_load_n(&all_held, __ATOMIC_RELAXED); }

// tell makes a parse's part of the sum so many bytes, and returns the sum.
static uint64_t tell(ledger *l, uint64_t bytes) {
	uint64_t change = bytes - l->told; // modulo 2^64, as the sum is
	l->told = bytes;
	return __atomic_add_fetch(&all_held, change, __ATOMIC_RELAXED);
}

// look comes before memory is taken: nothing is locked, and nothing is half done.
static void look(ledger *l, size_t size) {
	bool full = l->held + size > l->most;
	if (!full && size < LOOK_BYTES && ++l->taken < LOOK_BLOCKS) return;
	l->taken = 0;
	uint64_t all = tell(l, l->held + size);
	l->look(full ? MEMORY_FULL : all > l->most_of_all && l->told > l->least ? MEMORY_CROWDED : MEMORY_FREE);
}

static size_t vacant_slot(ledger *l) {
	if (l->vacant) {
		size_t slot = l->vacant >> 1;
		l->vacant = (uintptr_t)l->blocks[slot];
		return slot;
	}
	if (l->count == l->capacity) {
		l->capacity = l->capacity ? 2 * l->capacity : 1024;
		l->blocks = or_abort(realloc(l->blocks, l->capacity * sizeof(void *)), l->capacity * sizeof(void *));
	}
	return l->count++;
}

static void enter(ledger *l, void *block) {
	size_t usable = usable_bytes(block);
	if (!l) {
		set_mark(block, usable, UINT64_MAX);
		return;
	}
	size_t slot = vacant_slot(l);
	l->blocks[slot] = block;
	l->held += usable;
	set_mark(block, usable, slot);
}

// strike takes a block off the list, if it is there.
static void strike(ledger *l, void *block) {
	size_t usable = usable_bytes(block);
	if (usable < MARK_BYTES) return;
	uint64_t slot;
	memcpy(&slot, mark_of(block, usable), MARK_BYTES);
	if (slot >= l->count || l->blocks[slot] != block) return;
	l->held -= usable;
	l->blocks[slot] = (void *)l->vacant;
	l->vacant = (uintptr_t)slot << 1 | 1; // odd, as no block's address is
}

static void *take(size_t size) {
	if (size > MOST_BYTES) or_abort(NULL, size);
	ledger *l = open_ledger;
	if (l) look(l, size);
	void *block = or_abort(malloc(size + MARK_BYTES), size);
	enter(l, block);
	return block;
}

static void *take_zeroed(size_t count, size_t size) {
	if (size && count > MOST_BYTES / size) or_abort(NULL, size);
	ledger *l = open_ledger;
	if (l) look(l, count * size);
	void *block = or_abort(calloc(1, count * size + MARK_BYTES), count * size);
	enter(l, block);
	return block;
}

static void *take_more(void *block, size_t size) {
	if (!block) return take(size);
	if (size > MOST_BYTES) or_abort(NULL, size);
	ledger *l = open_ledger;
	if (l) {
		look(l, size);
		strike(l, block);
	}
	block = or_abort(realloc(block, size + MARK_BYTES), size);
	enter(l, block);
	return block;
}

static void give_back(void *block) {
	if (block && open_ledger) strike(open_ledger, block);
	free(block);
}

void memory_watch(void) { ts_set_allocator(take, take_zeroed, take_more, give_back); }

void memory_begin(ledger *l) { open_ledger = l; }

void memory_end(ledger *l) {
	open_ledger = NULL;
	tell(l, 0);
	free(l->blocks);
	l->blocks = NULL;
}

void memory_reclaim(ledger *l) {
	open_ledger = NULL;
	for (; l->vacant; ) {
		size_t slot = l->vacant >> 1;
		l->vacant = (uintptr_t)l->blocks[slot];
		l->blocks[slot] = NULL;
	}
	for (size_t slot = 0; slot < l->count; slot++) free(l->blocks[slot]);
	memory_end(l);
}
