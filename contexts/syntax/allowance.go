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

// What the documents that share an allowance may take together, however cheap each answer is. An editor that opens 50 files of 300 kB at once
// takes 3.7 s, and has 5.8 while it does; ten keys a second in one of them take 10 ms of each second.
const (
	maxSharedTime = 4 * time.Second // at once
	sharedShare   = 2               // of the clock's time, one part in so many comes back
)

// Allowance is what of the processor's time answers may take together: full at first, and filled again as the clock's time passes.
// Whoever finds some left may take more than that, and the next ones wait until it is made good. It is safe for concurrent use. There
// is no end of a nil one.
type Allowance struct {
	full  time.Duration
	share int           // of the clock's time, one part in so many comes back
	cheap time.Duration // of an answer's time, what is not counted

	mu   sync.Mutex
	left time.Duration // at the time below; less than nothing after an answer that took more
	at   time.Time     // zero before it was first asked
}

func newAllowance(full time.Duration, share int, cheap time.Duration) *Allowance {
	return &Allowance{full: full, share: share, cheap: cheap, left: full}
}

// NewShared returns the allowance of one client, for [Tree.Share].
func NewShared() *Allowance { return newAllowance(maxSharedTime, sharedShare, 0) }

// some reports whether any is left.
func (a *Allowance) some(now time.Time) bool {
	if a == nil {
		return true
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.fill(now)
	return a.left > 0
}

// Whole reports whether nothing of it is taken that has not come back.
func (a *Allowance) Whole(now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.fill(now)
	return a.left == a.full
}

// Spend takes what an answer took.
func (a *Allowance) Spend(now time.Time, took time.Duration) {
	if a == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.fill(now)
	a.left -= max(0, took-a.cheap)
}

// fill is called with a.mu held.
func (a *Allowance) fill(now time.Time) {
	switch passed := now.Sub(a.at); {
	case a.at.IsZero():
		a.at = now
	case passed > 0:
		a.left = min(a.full, a.left+passed/time.Duration(a.share))
		a.at = now
	}
}

// Share lets a document that is not asked about yet take of an allowance besides its own. While that has none left, the answers of all
// documents that share it are those of plain text.
func (t *Tree) Share(a *Allowance) { t.shared = a }

// begin begins an answer. Its caller, who holds t.mu, calls done at the end of it, which tells what it took of the processor. It
// reports false, and there is no end, where the document, or what it shares, has no time left.
func (t *Tree) begin() (done func() time.Duration, ok bool) {
	if now := t.pool.now(); !t.own.some(now) || !t.shared.some(now) {
		t.pool.count(func(s *Stats) { s.Overspent++ })
		return nil, false
	}
	runtime.LockOSThread() // whose time is counted
	start := t.pool.processor()
	return func() time.Duration {
		took := t.pool.processor() - start
		runtime.UnlockOSThread()
		now := t.pool.now()
		t.own.Spend(now, took)
		t.shared.Spend(now, took)
		return took
	}, true
}
