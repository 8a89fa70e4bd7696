package syntax

// #include "guard.h"
import "C"

import (
	"runtime"
	"sync/atomic"
	"time"
	"unsafe"

	sitter "github.com/tree-sitter/go-tree-sitter"
)

// maxReadBytes is how much a parse may read, over and over. Common code is read once or twice, broken Scala some 150
// times; a scanner that looks ahead to the text's end from every byte would read thousands of times, between two looks
// of the parser at its timeout, while the binding keeps a copy of every chunk.
const maxReadBytes = 64 << 20

// maxWaits bounds a parse, and the queries of an answer, on the clock, in their timeouts, which are the processor's time: where a
// machine is so busy that they last longer, an editor waits in vain.
const maxWaits = 4

// Natives counts what lives outside the Go heap and is not closed.
type Natives struct {
	Trees, Parsers, Cursors int64
}

var natives struct{ trees, parsers, cursors atomic.Int64 }

// OpenNatives returns how many trees, parsers and query cursors of this process are open.
func OpenNatives() Natives {
	return Natives{Trees: natives.trees.Load(), Parsers: natives.parsers.Load(), Cursors: natives.cursors.Load()}
}

// outcome is how a parse ended.
type outcome int

const (
	parsed  outcome = C.GUARD_PARSED
	stopped outcome = C.GUARD_STOPPED // it ran past its time, or read the text too often
	failed  outcome = C.GUARD_FAILED  // the grammar's own code failed
)

func newParser() *sitter.Parser {
	natives.parsers.Add(1)
	p := sitter.NewParser()
	C.guard_watch((*C.TSParser)(held(unsafe.Pointer(p))))
	return p
}

func closeParser(p *sitter.Parser) {
	p.Close()
	natives.parsers.Add(-1)
}

// parseText parses text; old, where not nil, is the edited tree of an older text and stays the caller's. The tree is nil
// unless the text was parsed; timeout is of the processor's time. A parser that was stopped must be closed, since a parse that was stopped while it balanced its
// tree leaves a mark that no reset takes away, and the next parse fails. One that failed is in a state that nobody knows: it
// must be left as it is, with all that it holds.
func parseText(p *sitter.Parser, text string, old *sitter.Tree, timeout time.Duration) (*sitter.Tree, outcome) {
	t := C.guarded_text{
		text: (*C.char)(unsafe.Pointer(unsafe.StringData(text))), length: C.uint32_t(len(text)),
		patience_ns: C.int64_t(timeout.Nanoseconds()), wait_ns: C.int64_t((maxWaits * timeout).Nanoseconds()), max_read: maxReadBytes,
	}
	var oldTree *C.TSTree
	if old != nil {
		oldTree = (*C.TSTree)(held(unsafe.Pointer(old)))
	}
	var pinned runtime.Pinner
	if text != "" {
		pinned.Pin(unsafe.StringData(text)) // only read, until the parse has ended
	}
	tree := C.guard_parse((*C.TSParser)(held(unsafe.Pointer(p))), oldTree, &t)
	pinned.Unpin()
	runtime.KeepAlive(old)
	if tree == nil {
		if t.outcome == C.GUARD_FAILED {
			natives.parsers.Add(-1)
		}
		return nil, outcome(t.outcome)
	}
	natives.trees.Add(1)
	return treeOf(tree), parsed
}

// processorTime returns what the thread that calls it has taken of the processor.
func processorTime() time.Duration { return time.Duration(C.guard_processor_ns()) }

// held returns the library's own object: the one field of the binding's Parser and Tree, which has no name outside it.
func held(object unsafe.Pointer) unsafe.Pointer { return *(*unsafe.Pointer)(object) }

func treeOf(tree *C.TSTree) *sitter.Tree {
	t := new(sitter.Tree)
	*(*unsafe.Pointer)(unsafe.Pointer(t)) = unsafe.Pointer(tree)
	return t
}

func cloneTree(t *sitter.Tree) *sitter.Tree {
	natives.trees.Add(1)
	return t.Clone()
}

func closeTree(t *sitter.Tree) {
	if t == nil {
		return
	}
	t.Close()
	natives.trees.Add(-1)
}

// eachMatch runs a query over what intersects [start, end) below node, and calls yield with every match; a match's
// captures are valid during the call only. maxDepth limits how deep below node a pattern may begin; -1 is no limit. A
// query that runs past the view's deadline ends the view: its answers are not whole, and later queries yield nothing.
func (v *view) eachMatch(q *query, node *sitter.Node, start, end, maxDepth int, yield func(captures []sitter.QueryCapture) bool) {
	left := v.timeLeft()
	if q == nil || v.late || left <= 0 {
		v.late = v.late || left <= 0
		return
	}
	cursor := sitter.NewQueryCursor()
	natives.cursors.Add(1)
	defer func() {
		cursor.Close()
		natives.cursors.Add(-1)
	}()
	cursor.SetMatchLimit(maxOpenMatches)
	cursor.SetTimeoutMicros(uint64(left.Microseconds()))
	cursor.SetByteRange(uint(start), uint(end))
	if maxDepth >= 0 {
		depth := uint(maxDepth)
		cursor.SetMaxStartDepth(&depth)
	}
	matches := cursor.Matches(q.native, node, unsafe.Slice(unsafe.StringData(v.text), len(v.text)))
	for match := matches.Next(); match != nil; match = matches.Next() {
		if !yield(match.Captures) {
			return
		}
	}
	v.late = v.timeLeft() <= 0
}

// timeLeft returns how long queries may still last on the clock, nothing where they have taken their time of the processor.
func (v *view) timeLeft() time.Duration {
	if v.processor() > v.until {
		return 0
	}
	return time.Until(v.deadline)
}

// maxOpenMatches bounds the partial matches of a query that is running; beyond it the oldest are given up.
const maxOpenMatches = 1024
