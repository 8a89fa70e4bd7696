package chaos

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"sync"
	"time"
)

// ErrSkip is wrapped by the error of a scenario that cannot run on this machine.
var ErrSkip = errors.New("skipped")

// Skip says why a scenario cannot run.
func Skip(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrSkip, fmt.Sprintf(format, args...))
}

// T is one run of a scenario.
type T struct {
	Ctx  context.Context // ends with the scenario's time
	Seed uint64
	Rand *rand.Rand // belongs to the scenario's own goroutine; others get theirs from [T.Fork]
	Dir  string     // for files; removed afterwards

	machine *machine
	mu      sync.Mutex // guards the fields below
	forks   uint64
	notes   []string
	cleanup []func()
	servers []*Server
}

// newT begins a run.
func newT(ctx context.Context, name string, seed uint64, m *machine) (*T, error) {
	dir, err := os.MkdirTemp("", "inkling-chaos-")
	if err != nil {
		return nil, err
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(name)) // never fails
	t := &T{Ctx: ctx, Seed: seed, Dir: dir, machine: m, Rand: rand.New(rand.NewPCG(seed, h.Sum64()))}
	t.forks = t.Rand.Uint64()
	return t, nil
}

// Fork returns a source of its own for another goroutine; the same ones in the same order for a seed.
func (t *T) Fork() *rand.Rand {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.forks++
	return rand.New(rand.NewPCG(t.Seed, t.forks))
}

// Note adds a figure to the scenario's line in the report.
func (t *T) Note(format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.notes = append(t.notes, fmt.Sprintf(format, args...))
}

// Cleanup runs f when the scenario has ended, the last one first.
func (t *T) Cleanup(f func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.cleanup = append(t.cleanup, f)
}

// end runs what was left for the end.
func (t *T) end() error {
	for {
		t.mu.Lock()
		n := len(t.cleanup)
		if n == 0 {
			t.mu.Unlock()
			return os.RemoveAll(t.Dir)
		}
		f := t.cleanup[n-1]
		t.cleanup = t.cleanup[:n-1]
		t.mu.Unlock()
		f()
	}
}

// blame adds to an error of a long run what the servers' logs say, and keeps those.
func (t *T) blame(name string, err error) error {
	for i, s := range t.servers {
		if line := s.broken(); line != "" {
			err = errors.Join(err, fmt.Errorf("the server failed in itself: %s", line))
		}
		if err != nil {
			err = errors.Join(err, fmt.Errorf("log: %s", s.keepLog(fmt.Sprintf("inkling-chaos-%s-%d-%d", name, t.Seed, i))))
		}
	}
	return err
}

// Until waits for something of another process that nothing announces.
func Until(ctx context.Context, what string, ok func() bool) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("waited in vain until %s", what)
		}
	}
	return nil
}

// Pause lets the time of a trouble pass.
func (t *T) Pause(d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-t.Ctx.Done():
		return t.Ctx.Err()
	}
}

// Between returns a time between two, by the seed.
func (t *T) Between(low, high time.Duration) time.Duration {
	return low + time.Duration(t.Rand.Int64N(int64(high-low)))
}
