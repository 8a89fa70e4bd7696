package syntax

// #include "guard.h"
// #include "memory.h"
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
// of the parser at its timeout.
const maxReadBytes = 64 << 20

// How much memory a parse may hold. Mixed code takes 43 to 175 bytes for each byte of the text, one-letter statements in Ruby 423, while one
// step of the parser may take the square of the text's size.
const (
	maxHeldBytes   = 32 << 20
	maxHeldPerByte = 512 // of the text, beside those

	maxHeldByAll   = 1 << 30 // all parses together, beyond which those are left that hold more than the next
	leastHeldByAll = 8 << 20
)

// heldByAll is what all parses of the process may hold together.
var heldByAll atomic.Int64

func init() { heldByAll.Store(maxHeldByAll) }

// HoldAtMost makes all parses of the process hold so many bytes together, and no more than a gigabyte. Each of them may hold 8 MiB
// whatever the others hold.
func HoldAtMost(bytes int64) { heldByAll.Store(min(bytes, maxHeldByAll)) }

// maxWaits bounds a parse, and the queries of an answer, on the clock, in their timeouts, which are the processor's time: where a
// machine is so busy that they last longer, an editor waits in vain.
const maxWaits = 4

// Natives counts what lives outside the Go heap and is not closed.
type Natives struct {
	Trees, Cursors int64
}

var natives struct{ trees, cursors atomic.Int64 }

// OpenNatives returns how many trees and query cursors of this process are open.
func OpenNatives() Natives {
	return Natives{Trees: natives.trees.Load(), Cursors: natives.cursors.Load()}
}

// outcome is how a parse ended.
type outcome int

const (
	parsed  outcome = C.GUARD_PARSED
	stopped outcome = C.GUARD_STOPPED // it ran past its time, or read the text too often
	left    outcome = C.GUARD_LEFT    // likewise, or it held too much memory, all in one step
	crowded outcome = C.GUARD_CROWDED // all parses together held too much memory
	failed  outcome = C.GUARD_FAILED  // the grammar's own code failed
)

// parseText parses text; old, where not nil, is the edited tree of an older text and stays the caller's. The tree is nil
// unless the text was parsed; timeout is of the processor's time. Each parse has a parser of its own: one that was stopped while it
// balanced its tree fails in its next parse, reset or not, and of one that was left nobody knows the state. A parse that was left, for
// whatever reason, or failed, has lost what it shared with old: that is not given back when old is closed.
func parseText(l *sitter.Language, text string, old *sitter.Tree, timeout time.Duration) (*sitter.Tree, outcome) {
	all := heldByAll.Load()
	most := min(int64(maxHeldBytes+maxHeldPerByte*len(text)), max(all, leastHeldByAll))
	t := C.guarded_text{
		text: (*C.char)(unsafe.Pointer(unsafe.StringData(text))), length: C.uint32_t(len(text)),
		patience_ns: C.int64_t(timeout.Nanoseconds()), wait_ns: C.int64_t((maxWaits * timeout).Nanoseconds()), max_read: maxReadBytes,
		max_held: C.uint64_t(most), max_of_all: C.uint64_t(all), least_held: leastHeldByAll,
	}
	var oldTree *C.TSTree
	if old != nil {
		oldTree = (*C.TSTree)(held(unsafe.Pointer(old)))
	}
	var pinned runtime.Pinner
	if text != "" {
		pinned.Pin(unsafe.StringData(text)) // only read, until the parse has ended
	}
	tree := C.guard_parse((*C.TSLanguage)(unsafe.Pointer(l.Inner)), oldTree, &t)
	pinned.Unpin()
	runtime.KeepAlive(old)
	if tree == nil {
		return nil, outcome(t.outcome)
	}
	natives.trees.Add(1)
	return treeOf(tree), parsed
}

// heldByParses returns how many bytes the parses that run now hold together.
func heldByParses() uint64 { return uint64(C.memory_held()) }

// processorTime returns what the thread that calls it has taken of the processor.
func processorTime() time.Duration { return time.Duration(C.guard_processor_ns()) }

// held returns the library's own object: the one field of the binding's Tree, which has no name outside it.
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
	cursor.SetTimeoutMicros(uint64(left.Microseconds()) + 1) // none is no timeout
	cursor.SetByteRange(uint(start), uint(end))
	if maxDepth >= 0 {
		depth := uint(maxDepth)
		cursor.SetMaxStartDepth(&depth)
	}
	matches := cursor.Matches(q.native, node, unsafe.Slice(unsafe.StringData(v.text), len(v.text)))
	for match, n := matches.Next(), 1; match != nil; match, n = matches.Next(), n+1 {
		if !yield(match.Captures) {
			return
		}
		if n%matchesPerLook == 0 && v.timeLeft() <= 0 {
			break
		}
	}
	v.late = v.timeLeft() <= 0
}

// matchesPerLook is how many matches a query yields between two looks at the time. The cursor itself looks at every hundredth step, unless
// that step matches.
const matchesPerLook = 32

// timeLeft returns how long queries may still last on the clock, nothing where they have taken their time of the processor.
func (v *view) timeLeft() time.Duration {
	if v.processor() > v.until {
		return 0
	}
	return time.Until(v.deadline)
}

// maxOpenMatches bounds the partial matches of a query that is running; beyond it the oldest are given up.
const maxOpenMatches = 1024
