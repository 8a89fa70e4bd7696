package chaos

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// SoakOptions say how long and how hard.
type SoakOptions struct {
	Options
	Duration time.Duration // of the typing; 0: an hour
	Typists  int           // at once; 0: 200
	Every    time.Duration // between samples; 0: 5 s
}

// Sample is what was seen of the server at one time.
type Sample struct {
	At         time.Duration
	Resident   float64 // MB
	Heap       float64 // MB in use
	Cache      float64 // MB of it that answers are kept in, up to a limit
	KV         float64 // MB that the engine keeps of prompts, up to a limit of its own
	Goroutines float64
	FDs        float64
	Sessions   float64
	RowsBusy   float64
}

// SoakReport is what came of a soak.
type SoakReport struct {
	Samples          []Sample
	Before, After    Sample // with nobody there; after a first full house, and at the end
	Sessions         int64  // that came and went
	Keys             int64
	Outcomes         Tally
	Checks, Diverged int64 // of documents
	Took             time.Duration
	Verdict          error // nil: nothing is higher than before
}

// Limits of the verdict: what the allocator and the runtime may have kept without it being a leak.
const (
	soakResidentShare = 1.10 // of before
	soakHeapSlack     = 16   // MB
)

// The first houses come one after the other until one of them adds less than a share to what is resident.
const (
	soakFirstHouses = 5
	soakGrowing     = 1.03
)

// soak is a running one.
type soak struct {
	t     *T
	s     *Server
	until time.Time
	out   io.Writer

	sessions, keys, checks, diverged atomic.Int64
	mu                               sync.Mutex // guards the fields below
	outcomes                         Tally
	errs                             []error
}

// Soak lets typists come, type and go for long, and compares the server before and after.
func Soak(ctx context.Context, o SoakOptions) (*SoakReport, error) {
	o.Duration, o.Typists, o.Every = or(o.Duration, time.Hour), or(o.Typists, 200), or(o.Every, 5*time.Second)
	m := &machine{binary: o.Binary, home: o.Home, workers: or(o.Workers, 2), log: o.Out}
	t, err := newT(ctx, "soak", o.Seed, m)
	if err != nil {
		return nil, err
	}
	report, err := t.soak(o)
	return report, errors.Join(t.blame("soak", err), t.end())
}

func or[V comparable](v, def V) V {
	var zero V
	if v == zero {
		return def
	}
	return v
}

func (t *T) soak(o SoakOptions) (*SoakReport, error) {
	s, err := t.StartBased(ServerConfig{Env: []string{"RATE_LIMIT_REQUESTS=1000000"}})
	if err != nil {
		return nil, err
	}
	started := time.Now()
	if err := t.fill(s, o, started); err != nil {
		return nil, fmt.Errorf("the first house: %w", err)
	}
	r := &SoakReport{}
	if r.Before, err = s.rest(t, started); err != nil {
		return nil, err
	}
	fmt.Fprintf(o.Out, "before: %v\n", r.Before)
	k := &soak{t: t, s: s, until: time.Now().Add(o.Duration), out: o.Out, outcomes: Tally{}}
	sampling, stop := context.WithCancel(t.Ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		r.Samples = s.watch(sampling, started, o.Every, o.Out)
	}()
	k.run(o.Typists)
	stop()
	<-done
	r.Sessions, r.Keys, r.Checks, r.Diverged, r.Outcomes = k.sessions.Load(), k.keys.Load(), k.checks.Load(), k.diverged.Load(), k.outcomes
	r.Verdict = errors.Join(errors.Join(k.errs...), s.Quiet(t))
	if r.After, err = s.rest(t, started); err != nil {
		return nil, err
	}
	r.Took = time.Since(started)
	r.Verdict = errors.Join(r.Verdict, r.Before.exceeded(r.After))
	return r, nil
}

// fill has the house full until the server's caches and pools are: what it leaves is what the rest is compared with. How
// long that takes hangs on how much the machine computes, and so it goes on while memory grows.
func (t *T) fill(s *Server, o SoakOptions, started time.Time) error {
	last := 0.0
	for range soakFirstHouses {
		house := &soak{t: t, s: s, until: time.Now().Add(min(o.Duration/10, 2*time.Minute)), out: o.Out, outcomes: Tally{}}
		house.run(o.Typists)
		if err := errors.Join(errors.Join(house.errs...), s.Quiet(t)); err != nil {
			return err
		}
		now, err := s.sample(t.Ctx, started)
		if err != nil {
			return err
		}
		fmt.Fprintf(o.Out, "filling: %v\n", now)
		own := now.Resident - now.kept()
		if own <= last*soakGrowing {
			return nil
		}
		last = own
	}
	return nil // the verdict compares with what is there by then
}

// kept is what is kept up to limits, whatever comes and goes.
func (b Sample) kept() float64 { return b.Cache + b.KV }

// exceeded names what is higher after than before.
func (b Sample) exceeded(after Sample) error {
	var errs []error
	for _, c := range []struct {
		name         string
		after, limit float64
	}{
		{"goroutines", after.Goroutines, b.Goroutines}, {"descriptors", after.FDs, b.FDs}, {"busy rows", after.RowsBusy, 0},
		{"sessions", after.Sessions, 0}, {"resident MB without what is kept", after.Resident - after.kept(), (b.Resident - b.kept()) * soakResidentShare},
		{"heap MB without the cache", after.Heap - after.Cache, b.Heap - b.Cache + soakHeapSlack},
	} {
		if c.after > c.limit {
			errs = append(errs, fmt.Errorf("%s: %.1f after, at most %.1f", c.name, c.after, c.limit))
		}
	}
	return errors.Join(errs...)
}

// rest samples the server once its collector has run over what was left: it does so every two minutes where nothing is
// done.
func (s *Server) rest(t *T, started time.Time) (Sample, error) {
	l, err := s.Levels(t.Ctx)
	if err != nil {
		return Sample{}, err
	}
	const collected = "go_memstats_last_gc_time_seconds"
	for range 2 { // the second run frees what finalizers of the first let go
		last := l[collected]
		ctx, cancel := context.WithTimeout(t.Ctx, 3*time.Minute)
		err := Until(ctx, "the collector runs", func() bool {
			l, err = s.Levels(ctx)
			return err == nil && l[collected] > last
		})
		cancel()
		if err != nil {
			return Sample{}, err
		}
	}
	if err := t.Pause(10 * time.Second); err != nil { // freed memory goes back to the system little by little
		return Sample{}, err
	}
	return s.sample(t.Ctx, started)
}

// sample looks at the server.
func (s *Server) sample(ctx context.Context, started time.Time) (Sample, error) {
	l, err := s.Levels(ctx)
	if err != nil {
		return Sample{}, err
	}
	resident, err := s.Resident()
	return Sample{At: time.Since(started), Resident: float64(resident) / (1 << 20), Heap: l["go_memstats_heap_inuse_bytes"] / (1 << 20),
		Cache: l["inkling_cache_bytes"] / (1 << 20), KV: l["inkling_engine_kv_bytes"] / (1 << 20),
		Goroutines: l["go_goroutines"], FDs: l["process_open_fds"], Sessions: l["inkling_sessions_open"],
		RowsBusy: l["inkling_engine_rows_busy"]}, err
}

// watch samples until ctx ends.
func (s *Server) watch(ctx context.Context, started time.Time, every time.Duration, out io.Writer) []Sample {
	var all []Sample
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return all
		case <-tick.C:
		}
		one, err := s.sample(ctx, started)
		if err != nil {
			continue // the next one may do
		}
		all = append(all, one)
		if len(all)%12 == 0 {
			fmt.Fprintf(out, "%v\n", one)
		}
	}
}

// String is a line of a report.
func (b Sample) String() string {
	return fmt.Sprintf("%7.0f s  %6.1f MB resident, %5.1f of them KV  %6.1f MB heap, %4.1f of them cache  %5.0f goroutines  %4.0f descriptors  %4.0f sessions  %2.0f rows busy",
		b.At.Seconds(), b.Resident, b.KV, b.Heap, b.Cache, b.Goroutines, b.FDs, b.Sessions, b.RowsBusy)
}

// run keeps so many seats taken until the time is up.
func (k *soak) run(typists int) {
	var group sync.WaitGroup
	for i := range typists {
		rng := k.t.Fork()
		group.Go(func() {
			for time.Now().Before(k.until) && k.t.Ctx.Err() == nil {
				if err := k.session(i, rng); err != nil {
					k.mu.Lock()
					k.errs = append(k.errs, fmt.Errorf("seat %d: %w", i, err))
					fmt.Fprintf(k.out, "seat %d: %v\n", i, err) // the report comes in an hour
					k.mu.Unlock()
					return
				}
			}
		})
	}
	group.Wait()
}

// session is one typist's stay: it opens, types at a person's pace, and leaves in one way or another.
func (k *soak) session(i int, rng *rand.Rand) error {
	p, err := k.t.Sit(k.s, SitOptions{Encoding: encodings[rng.IntN(len(encodings))], User: fmt.Sprintf("seat%d", i)})
	if err != nil {
		return err
	}
	defer p.Vanish()
	k.sessions.Add(1)
	m, _ := Marked(rng, fmt.Sprintf("file:///soak%d.py", i))
	if err := p.Open(m); err != nil {
		return err
	}
	stay := time.Now().Add(time.Duration(5+rng.IntN(60)) * time.Second)
	var asks []*Ask
	for time.Now().Before(stay) && time.Now().Before(k.until) {
		a, err := p.typeOne(rng)
		if err != nil {
			return err
		}
		k.keys.Add(1)
		asks = append(asks, a)
		pause := time.Duration(80+rng.ExpFloat64()*300) * time.Millisecond
		if rng.IntN(25) == 0 {
			pause += time.Duration(rng.IntN(8)) * time.Second // thinking
		}
		if err := k.t.Pause(pause); err != nil {
			return err
		}
	}
	if err := p.Check(k.t.Ctx); err != nil {
		if !errors.Is(err, errLost) {
			k.diverged.Add(1)
		}
		return err
	}
	k.checks.Add(1)
	if rng.IntN(4) == 0 {
		return p.Violations() // and vanishes
	}
	if err := k.count(asks); err != nil {
		return err
	}
	return p.Leave()
}

// count waits for the answers and counts how they ended.
func (k *soak) count(asks []*Ask) error {
	sum := Tally{}
	for _, a := range slices.Backward(asks) {
		outcome, err := a.Outcome(k.t.Ctx)
		if err != nil {
			return err
		}
		sum[outcome]++
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	for name, n := range sum {
		k.outcomes[name] += n
	}
	return nil
}
