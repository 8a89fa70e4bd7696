package cache

import (
	"strings"
	"time"

	"inkling/infer"
)

// Limits of a block.
const (
	maxHeads      = 16        // line heads kept at one place, the newest first
	maxBlockBytes = 256 << 10 // of all that was said there
	entryBytes    = 96        // about what an entry takes besides its texts
	pieceBytes    = 40        // and a piece
)

// block is what is kept under a key. It is never changed: a new entry makes a new block.
type block struct {
	entries []entry // newest first
	bytes   int     // about what it takes in memory
}

// entry is what the model said after one line head.
type entry struct {
	at           int64 // Unix seconds, when it was said
	head         string
	promptTokens int
	said         []said // by suggestion
}

// said is one suggestion, raw.
type said struct {
	pieces []infer.Piece
	stop   infer.StopReason
}

func (e *entry) bytes() int {
	n := entryBytes + len(e.head)
	for _, s := range e.said {
		for _, p := range s.pieces {
			n += pieceBytes + len(p.Text)
		}
	}
	return n
}

// fresh says whether an entry is not older than ttl. One from the future was written by a clock that was wrong since.
func (e *entry) fresh(now time.Time, ttl time.Duration) bool {
	age := now.Sub(time.Unix(e.at, 0))
	return age <= ttl && age >= -ttl
}

// with returns a block with a further entry in place of one of the same head, and without what there is no room for.
func (b *block) with(e entry) *block {
	next := &block{entries: []entry{e}, bytes: e.bytes()}
	if b == nil {
		return next
	}
	for _, old := range b.entries {
		size := old.bytes()
		if old.head == e.head || len(next.entries) == maxHeads || next.bytes+size > maxBlockBytes {
			continue
		}
		next.entries = append(next.entries, old)
		next.bytes += size
	}
	return next
}

// merged returns b with the entries of other whose heads it lacks.
func (b *block) merged(other *block) *block {
	if b == nil {
		return other
	}
	next := &block{entries: append([]entry(nil), b.entries...), bytes: b.bytes}
	for _, e := range other.entries {
		if size := e.bytes(); !next.has(e.head) && len(next.entries) < maxHeads && next.bytes+size <= maxBlockBytes {
			next.entries = append(next.entries, e)
			next.bytes += size
		}
	}
	return next
}

func (b *block) has(head string) bool {
	for i := range b.entries {
		if b.entries[i].head == head {
			return true
		}
	}
	return false
}

// answer is what a block has for a line head: for each suggestion, what was said, and how many of its bytes are typed.
type answer struct {
	said         []said
	typed        int
	promptTokens int
}

// answers returns what may answer a request for n suggestions, best first: what was said after this very head, then, for a
// single suggestion, what was said after a shorter head and goes on as the line does.
func (b *block) answers(head string, n int, now time.Time, ttl time.Duration) []answer {
	var found []answer
	if b == nil {
		return nil
	}
	for i := range b.entries {
		if e := &b.entries[i]; e.head == head && len(e.said) >= n && e.fresh(now, ttl) {
			found = append(found, answer{said: e.said[:n], promptTokens: e.promptTokens})
		}
	}
	if n != 1 {
		return found // further suggestions differ from the first at the very place they are asked for
	}
	for i := range b.entries {
		e := &b.entries[i]
		if len(e.head) >= len(head) || !strings.HasPrefix(head, e.head) || !e.fresh(now, ttl) {
			continue
		}
		for j, s := range e.said {
			if s.follows(head[len(e.head):], j > 0) {
				found = append(found, answer{said: e.said[j : j+1], typed: len(head) - len(e.head), promptTokens: e.promptTokens})
				break
			}
		}
	}
	return found
}

// follows says whether what was typed is how the suggestion begins. A further suggestion was made to differ in its first
// token: only where all of that is typed did it go on as a first one would.
func (s *said) follows(typed string, further bool) bool {
	if further && (len(s.pieces) == 0 || len(s.pieces[0].Text) > len(typed)) {
		return false
	}
	for _, p := range s.pieces {
		n := min(len(p.Text), len(typed))
		if p.Text[:n] != typed[:n] {
			return false
		}
		if typed = typed[n:]; typed == "" {
			return true
		}
	}
	return false
}
