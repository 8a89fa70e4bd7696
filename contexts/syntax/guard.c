// The library and the scanners of its grammars are C that trusts the text: an assertion that does not hold ends the process
// (Ruby: a heredoc whose word has more than 255 bytes; Python: 512 levels of indentation), and a loop that looks for what
// never comes at the end of the text runs for ever (Kotlin: a file that ends with an annotation). A document must not be
// able to do either. So assertions of this program come here: one that fails below guard_parse leaves it, as one that
// fails elsewhere ends the process as before. So does a parse that its own look at the time does not end: it looks after every hundredth
// step, and one step may take minutes. No Go frame lies between, since the text is read in C.
#include "guard.h"
#include "memory.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

// From the library's api.h and parser.h, at the version that go.mod names; TestTheParserIsTheOneThatIsGuarded holds them to it.
typedef struct {
	uint32_t row, column;
} TSPoint;

typedef struct {
	void *payload;
	const char *(*read)(void *payload, uint32_t at, TSPoint point, uint32_t *length);
	int encoding; // 0 is UTF-8
	void *decode;
} TSInput;

typedef struct {
	void *payload;
	uint32_t at;
	bool has_error;
} TSParseState;

typedef struct {
	void *payload;
	bool (*progress)(TSParseState *state);
} TSParseOptions;

// TSLexer is what a scanner sees, and how a TSParser begins.
typedef struct TSLexer TSLexer;
struct TSLexer {
	int32_t lookahead;
	uint16_t result_symbol;
	void (*advance)(TSLexer *, bool skip);
	void (*mark_end)(TSLexer *);
	uint32_t (*get_column)(TSLexer *);
	bool (*is_at_included_range_start)(const TSLexer *);
	bool (*eof)(const TSLexer *);
	void (*log)(const TSLexer *, const char *, ...);
};

typedef struct TSParser TSParser;

extern TSParser *ts_parser_new(void);
extern void ts_parser_delete(TSParser *);
extern bool ts_parser_set_language(TSParser *, const TSLanguage *);
extern TSTree *ts_parser_parse_with_options(TSParser *, const TSTree *, TSInput, TSParseOptions);
extern void ts_tree_delete(TSTree *);

enum {
	CHUNK_BYTES = 1 << 10,      // read at once: what is read again after a look ahead is counted again
	STEPS_AT_END = 1 << 12,     // at the end of the text, after which a newline is seen there now and then
	MAX_STEPS_AT_END = 1 << 20, // after which the parse is left
	LOOK_STEPS = 1 << 12,       // of a scanner, between two looks at the time
	LEAST_GRACE_NS = 10000000,  // of the processor, that a parse has to end by itself once its time is over
};

typedef struct {
	guarded_text *text;
	int64_t deadline;       // of the processor
	int64_t overdue;        // when it is left
	int64_t clock_deadline; // of the clock
	uint64_t served;
	uint32_t end; // of the chunk that was read last
	bool late;
	uint32_t at_end; // steps taken there
	uint32_t steps;  // since the time was looked at
	ledger memory;
	enum guard_outcome outcome; // of a parse that was left
	jmp_buf leave;
} guard;

static _Thread_local guard *current; // of the parse that this thread is in

static int64_t now(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int64_t guard_processor_ns(void) {
#ifdef CLOCK_THREAD_CPUTIME_ID
	struct timespec t;
	if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t) == 0) return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
#endif
	return now();
}

// A parse is one call, and so the time of one thread.
static bool late(guard *g) {
	return g->late = g->late || g->served > g->text->max_read || guard_processor_ns() > g->deadline || now() > g->clock_deadline;
}

// The lexer asks again for a character that a chunk's end has cut, or that is none, and were the text given up just then, it
// would read where there is nothing.
static const char *read_text(void *payload, uint32_t at, TSPoint point, uint32_t *length) {
	(void)point;
	guard *g = payload;
	const char *text = g->text->text;
	uint32_t end = g->text->length;
	*length = 0;
	bool again = at < g->end && g->end - at < 4;
	if (at >= end || (late(g) && !again)) return "";
	uint32_t to = end - at > CHUNK_BYTES ? at + CHUNK_BYTES : end;
	while (to < end && ((unsigned char)text[to] & 0xC0) == 0x80) to++;
	*length = to - at;
	g->served += *length;
	g->end = to;
	return text + at;
}

static bool stop(TSParseState *state) { return late(state->payload); }

static _Noreturn void leave(guard *g, enum guard_outcome outcome) {
	g->outcome = outcome;
	longjmp(g->leave, 1);
}

// look leaves the parse where it has not ended though it was asked to.
static void look(enum memory_state memory) {
	guard *g = current;
	if (memory == MEMORY_FULL || guard_processor_ns() > g->overdue) leave(g, GUARD_LEFT);
	if (memory == MEMORY_CROWDED) leave(g, GUARD_CROWDED);
}

static void step(void) {
	guard *g = current;
	if (++g->steps < LOOK_STEPS) return;
	g->steps = 0;
	look(MEMORY_FREE);
}

static TSLexer library; // its own functions, which are the same for all parsers

// At the end of the text the library's own stays where it is and shows NUL. A scanner that skips until white space comes
// sees a newline there after a while, and goes on as if the file ended with one.
static void watched_advance(TSLexer *lexer, bool skip) {
	step();
	if ((lexer->lookahead != 0 && lexer->lookahead != '\n') || !library.eof(lexer)) {
		library.advance(lexer, skip);
		return;
	}
	guard *g = current; // no parser is used but in guard_parse
	if (++g->at_end > MAX_STEPS_AT_END) leave(g, GUARD_FAILED);
	lexer->lookahead = g->at_end % STEPS_AT_END == 0 ? '\n' : 0;
}

static void watched_mark_end(TSLexer *lexer) {
	step();
	library.mark_end(lexer);
}

static uint32_t watched_get_column(TSLexer *lexer) {
	step();
	return library.get_column(lexer);
}

static bool watched_eof(const TSLexer *lexer) {
	step();
	return library.eof(lexer);
}

// watch lets a parser's scanners be seen at their steps.
static void watch(TSParser *parser) {
	TSLexer *lexer = (TSLexer *)parser;
	__atomic_store_n(&library.advance, lexer->advance, __ATOMIC_RELAXED);
	__atomic_store_n(&library.mark_end, lexer->mark_end, __ATOMIC_RELAXED);
	__atomic_store_n(&library.get_column, lexer->get_column, __ATOMIC_RELAXED);
	__atomic_store_n(&library.eof, lexer->eof, __ATOMIC_RELAXED);
	lexer->advance = watched_advance;
	lexer->mark_end = watched_mark_end;
	lexer->get_column = watched_get_column;
	lexer->eof = watched_eof;
}

// guarded parses below the mark to which a parse is left.
static TSTree *guarded(guard *g, const TSLanguage *language, const TSTree *old) {
	if (setjmp(g->leave)) return NULL;
	TSParser *parser = ts_parser_new();
	ts_parser_set_language(parser, language);
	watch(parser);
	TSInput input = {.payload = g, .read = read_text};
	TSParseOptions options = {.payload = g, .progress = stop};
	TSTree *tree = ts_parser_parse_with_options(parser, old, input, options);
	ts_parser_delete(parser);
	if (tree && g->late) { // of a text that seemed to end early
		ts_tree_delete(tree);
		tree = NULL;
	}
	g->outcome = tree ? GUARD_PARSED : GUARD_STOPPED;
	return tree;
}

TSTree *guard_parse(const TSLanguage *language, const TSTree *old, guarded_text *text) {
	int64_t start = guard_processor_ns();
	guard g = {
		.text = text,
		.deadline = start + text->patience_ns,
		.overdue = start + text->patience_ns + text->patience_ns / 2 + LEAST_GRACE_NS,
		.clock_deadline = now() + text->wait_ns,
		.memory = {.most = text->max_held, .most_of_all = text->max_of_all, .least = text->least_held, .look = look},
	};
	current = &g;
	memory_begin(&g.memory);
	TSTree *tree = guarded(&g, language, old);
	current = NULL;
	if (g.outcome == GUARD_PARSED || g.outcome == GUARD_STOPPED) {
		memory_end(&g.memory);
	} else {
		memory_reclaim(&g.memory);
	}
	text->outcome = g.outcome;
	return tree;
}

void guard_fault(void) {
	guard *g = current;
	if (g) leave(g, GUARD_FAILED);
}

static _Noreturn void assertion_failed(const char *what, const char *file, unsigned line) {
	guard *g = current;
	if (g) leave(g, GUARD_FAILED);
	fprintf(stderr, "%s:%u: assertion failed: %s\n", file, line, what);
	abort();
}

// What assert calls: glibc and musl have the first, macOS the second.
#ifdef __APPLE__
_Noreturn void __assert_rtn(const char *function, const char *file, int line, const char *what) {
	(void)function;
	assertion_failed(what, file, (unsigned)line);
}
#else
_Noreturn void __assert_fail(const char *what, const char *file, unsigned line, const char *function) {
	(void)function;
	assertion_failed(what, file, line);
}
#endif
