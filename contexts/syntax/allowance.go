package syntax

import (
	"runtime"
	"sync"
	"time"
)

// What a document's answers may take of the processor beyond what is cheap. A file of 300 kB is opened for a third of [DefaultDocumentTime], and a key
// in it takes some milliseconds; a text of which each key is a parse of the whole takes its share, and is plain text meanwhile.
const (
	DefaultDocumentTime = time.Second // at once; two parses that run to their timeout
	documentShare       = 4           // of the clock's time, one part in so many comes back

	// cheapAnswer is what of an answer's time is not counted: a file that is no trouble keeps its tree however fast it is typed.
	cheapAnswer = 10 * time.Millisecond
)

// allowance is what of the processor's time a document's answers may take: full at first, and filled again as the clock's time
// passes. Whoever finds some left may take more than that, and the next ones wait until it is made good. Documents that show the
// same file share one, so it is safe for concurrent use.
type allowance struct {
	full time.Duration

	mu   sync.Mutex
	left time.Duration // at the time below; less than nothing after an answer that took more
	at   time.Time
}

func newAllowance(full time.Duration, now time.Time) *allowance {
	return &allowance{full: full, left: full, at: now}
}

// some reports whether any is left.
func (a *allowance) some(now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.fill(now)
	return a.left > 0
}

// spend takes what an answer took.
func (a *allowance) spend(now time.Time, took time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.fill(now)
	a.left -= max(0, took-cheapAnswer)
}

// fill is called with a.mu held.
func (a *allowance) fill(now time.Time) {
	if passed := now.Sub(a.at); passed > 0 {
		a.left = min(a.full, a.left+passed/documentShare)
		a.at = now
	}
}

// begin begins an answer. Its caller, who holds t.mu, calls done at the end of it, which tells what it took of the processor. It
// reports false, and there is no end, where the document has no time left.
func (t *Tree) begin() (done func() time.Duration, ok bool) {
	if !t.allowance.some(t.pool.now()) {
		t.pool.count(func(s *Stats) { s.Overspent++ })
		return nil, false
	}
	runtime.LockOSThread() // whose time is counted
	start := t.pool.processor()
	return func() time.Duration {
		took := t.pool.processor() - start
		runtime.UnlockOSThread()
		t.allowance.spend(t.pool.now(), took)
		return took
	}, true
}
