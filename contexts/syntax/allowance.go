package syntax

import (
	"runtime"
	"time"
)

// Limits of what the answers about one document may take of a processor. A tree that serves takes 1 to 5 ms for an answer, a place
// in an excerpt up to 10; what comes near the timeouts at every key is a text that no excerpt can be made of, such as one line
// of 200 kB, or one that the parser cannot make sense of.
const (
	cheapAnswer    = 10 * time.Millisecond // what an answer takes up to this is not counted
	allowanceBurst = time.Second           // saved up at the most: two parses that run into their timeout
	allowanceShare = 5                     // saved up again: one part in so many of the time that passes
)

// allowance is the processor time that answers about a document may take beyond what is cheap. It is saved up while time
// passes, and an answer that begins with some of it left is finished, so that it can be overdrawn by one. Where it is used up,
// the document is plain text for a while; its tree stays, and edits go on moving it. The zero value is full.
type allowance struct {
	used time.Duration // at the time at; what is saved up is taken from it
	at   time.Time
}

// spent reports whether nothing is left.
func (a *allowance) spent(now time.Time, burst time.Duration) bool {
	if passed := now.Sub(a.at); passed > 0 {
		a.used, a.at = max(0, a.used-passed/allowanceShare), now
	}
	return a.used >= burst
}

// take counts an answer.
func (a *allowance) take(d time.Duration) { a.used += max(0, d-cheapAnswer) }

// spent reports whether the document has used up its allowance, and counts that.
func (t *Tree) spent() bool {
	if !t.allowance.spent(t.pool.now(), t.pool.cfg.AllowanceBurst) {
		return false
	}
	t.pool.count(func(s *Stats) { s.Spent++ })
	return true
}

// spend begins an answer, whose processor time is counted when the function that it returns is called, by the same
// goroutine: until then it stays on its thread.
func (t *Tree) spend() func() {
	runtime.LockOSThread()
	began := t.pool.processor()
	return func() {
		t.allowance.take(t.pool.processor() - began)
		runtime.UnlockOSThread()
	}
}
