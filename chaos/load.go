package chaos

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"inkling/stream/wire"
)

// LoadOptions say how much. Zero fields are the defaults.
type LoadOptions struct {
	Options
	Idle     int           // sessions that do nothing; 10,000
	Edits    int           // a second, by sessions that ask for nothing; 1,000
	Typists  int           // 32; below 0: none
	Storm    int           // sessions that come at once; 1,000
	Vanish   int           // clients that vanish with a suggestion running or waiting for them; 1,000
	Duration time.Duration // of each stretch of typing; 20 s
}

// load is a run of it.
type load struct {
	t   *T
	s   *Server
	o   LoadOptions
	out io.Writer
}

// Load puts a server under load, writes the figures, and holds that documents are whole and nothing is left behind.
func Load(ctx context.Context, o LoadOptions) error {
	o.Idle, o.Edits, o.Typists = or(o.Idle, 10_000), or(o.Edits, 1_000), or(o.Typists, 32)
	o.Storm, o.Vanish, o.Duration = or(o.Storm, 1_000), or(o.Vanish, 1_000), or(o.Duration, 20*time.Second)
	m := &machine{binary: o.Binary, home: o.Home, workers: or(o.Workers, 2), log: o.Out}
	t, err := newT(ctx, "load", o.Seed, m)
	if err != nil {
		return err
	}
	l := &load{t: t, o: o, out: o.Out}
	err = l.run()
	return errors.Join(t.blame("load", err), t.end())
}

func (l *load) run() (err error) {
	if l.s, err = l.t.StartBased(ServerConfig{Env: []string{"RATE_LIMIT_REQUESTS=1000000"}}); err != nil {
		return err
	}
	typists, err := l.t.Seat(l.s, l.o.Typists, SitOptions{})
	if err != nil {
		return err
	}
	steps := []func([]*Typist) error{l.alone, l.crowd, l.stalled, l.again}
	if len(typists) == 0 {
		steps = steps[1:2] // only what idle sessions take
	}
	for _, step := range steps {
		if err := step(typists); err != nil {
			return err
		}
	}
	if err := l.t.Finish(l.s, typists...); err != nil {
		return err
	}
	for _, step := range []func() error{l.storm, l.vanish} {
		if err := step(); err != nil {
			return err
		}
		if err := l.s.Quiet(l.t); err != nil {
			return err
		}
	}
	return nil
}

// alone types with nobody else there: what the rest is compared with.
func (l *load) alone(typists []*Typist) error { return l.press(typists, "typists alone") }

// again does so once more at the end: what the machine itself, or longer documents, have changed.
func (l *load) again(typists []*Typist) error { return l.press(typists, "typists alone again") }

// crowd adds idle sessions and edits.
func (l *load) crowd(typists []*Typist) error {
	before, err := l.s.Resident()
	if err != nil {
		return err
	}
	started := time.Now()
	idle, err := l.connect(l.o.Idle)
	if err != nil {
		return err
	}
	took := time.Since(started)
	after, err := l.s.Resident()
	if err != nil {
		return err
	}
	fmt.Fprintf(l.out, "%d idle sessions, each with a document, all connected in %.1f s: %.1f MB more (%.1f kB a session), %.0f MB in all\n",
		len(idle), took.Seconds(), float64(after-before)/(1<<20), float64(after-before)/1024/float64(len(idle)), float64(after)/(1<<20))
	quiet, err := l.s.rest(l.t, started)
	if err != nil {
		return err
	}
	more := quiet.Resident - float64(before)/(1<<20)
	fmt.Fprintf(l.out, "once the collector has run: %.1f MB more (%.1f kB a session), %.0f MB in all; %.0f goroutines\n",
		more, more*1024/float64(len(idle)), quiet.Resident, quiet.Goroutines)
	if len(typists) == 0 {
		return l.all(idle, func(p *Typist) error { return errors.Join(p.Check(l.t.Ctx), p.Leave()) })
	}
	if err := l.press(typists, fmt.Sprintf("with %d idle", len(idle))); err != nil {
		return err
	}
	editing, stop := context.WithCancel(l.t.Ctx)
	edited := make(chan error, 1)
	go func() { edited <- l.edit(editing, idle[:min(1000, len(idle))]) }()
	err = l.press(typists, fmt.Sprintf("with %d edits a second besides", l.o.Edits))
	stop()
	if err := errors.Join(err, <-edited); err != nil {
		return err
	}
	return l.all(idle, func(p *Typist) error { return errors.Join(p.Check(l.t.Ctx), p.Leave()) })
}

// connect opens so many sessions, some at a time.
func (l *load) connect(n int) ([]*Typist, error) {
	idle := make([]*Typist, n)
	err := l.parallel(n, func(i int) (err error) {
		if idle[i], err = l.t.Sit(l.s, SitOptions{Encoding: encodings[i%len(encodings)]}); err != nil {
			return fmt.Errorf("session %d: %w", i, err)
		}
		m := NewMirror(fmt.Sprintf("file:///idle%d.go", i), "go", fmt.Sprintf("package idle%d\n\nfunc main() {\n\tprintln(%d)\n}\n", i, i))
		return idle[i].Open(m)
	})
	return idle, err
}

// all does something with each.
func (l *load) all(those []*Typist, do func(*Typist) error) error {
	return l.parallel(len(those), func(i int) error { return do(those[i]) })
}

// parallel calls f with 0 to n-1, at most 100 at once.
func (l *load) parallel(n int, f func(int) error) error {
	errs := make([]error, n)
	slots := make(chan struct{}, 100)
	var group sync.WaitGroup
	for i := range n {
		slots <- struct{}{}
		group.Go(func() {
			defer func() { <-slots }()
			errs[i] = f(i)
		})
	}
	group.Wait()
	return errors.Join(errs...)
}

// edit makes so many edits a second until ctx ends.
func (l *load) edit(ctx context.Context, those []*Typist) error {
	rng := l.t.Fork()
	const ticks = 50 // a second
	tick := time.NewTicker(time.Second / ticks)
	defer tick.Stop()
	started, done := time.Now(), 0
	for {
		select {
		case <-ctx.Done():
			fmt.Fprintf(l.out, "%.0f edits a second were made\n", float64(done)/time.Since(started).Seconds())
			return nil
		case <-tick.C:
		}
		for done < int(time.Since(started).Seconds()*float64(l.o.Edits)) {
			p := those[done%len(those)]
			if err := p.Scribble(rng, p.only().URI, 1); err != nil {
				return err
			}
			done++
		}
	}
}

// press lets typists press keys at a person's pace, and writes how long they waited.
func (l *load) press(typists []*Typist, when string) error {
	until := time.Now().Add(l.o.Duration)
	var mu sync.Mutex
	var first, whole []float64
	sum, err := l.t.typing(typists, func(p *Typist, rng *rand.Rand) (Tally, error) {
		sum := Tally{}
		var asks []*Ask
		for time.Now().Before(until) {
			a, err := p.typeOne(rng)
			if err != nil {
				return sum, err
			}
			asks = append(asks, a)
			if err := l.t.Pause(time.Duration(80+rng.ExpFloat64()*400) * time.Millisecond); err != nil {
				return sum, err
			}
		}
		for _, a := range asks {
			outcome, err := a.Outcome(l.t.Ctx)
			if err != nil {
				return sum, err
			}
			sum[outcome]++
			mu.Lock()
			if outcome == "list" {
				whole = append(whole, ms(a.ended.Sub(a.sent)))
			}
			if !a.first.IsZero() {
				first = append(first, ms(a.first.Sub(a.sent)))
			}
			mu.Unlock()
		}
		return sum, p.Check(l.t.Ctx)
	})
	if err != nil {
		return fmt.Errorf("%s: %w", when, err)
	}
	fmt.Fprintf(l.out, "%d typists, %s: first text %s; whole %s; %v\n", len(typists), when, quantiles(first), quantiles(whole), sum)
	return nil
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// quantiles are the nearest ranks.
func quantiles(values []float64) string {
	if len(values) == 0 {
		return "never"
	}
	slices.Sort(values)
	at := func(q float64) float64 { return values[max(int(math.Ceil(q*float64(len(values))))-1, 0)] }
	return fmt.Sprintf("p50 %.1f, p95 %.1f, p99 %.1f ms (n %d)", at(0.5), at(0.95), at(0.99), len(values))
}

// stalled adds clients that do not read.
func (l *load) stalled(typists []*Typist) error {
	const stalled = 3
	flooded := make(chan error, stalled)
	for range stalled {
		p, err := l.t.dial(l.s, SitOptions{})
		if err != nil {
			return err
		}
		p.Tap.Stall()
		go func() { flooded <- p.flood() }()
	}
	err := l.press(typists, fmt.Sprintf("beside %d clients that send and never read", stalled))
	for range stalled {
		err = errors.Join(err, <-flooded)
	}
	return err
}

// storm lets many come at once.
func (l *load) storm() error {
	all, took := make([]*Typist, l.o.Storm), make([]float64, l.o.Storm)
	errs := make([]error, l.o.Storm)
	started := time.Now()
	var group sync.WaitGroup
	for i := range all {
		group.Go(func() {
			all[i], errs[i] = l.t.Sit(l.s, SitOptions{})
			took[i] = since(started)
		})
	}
	group.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	fmt.Fprintf(l.out, "%d sessions at once: initialised after %s\n", len(all), quantiles(took))
	return l.all(all, (*Typist).Leave)
}

// vanish lets many vanish for whom a suggestion runs or waits, wave by wave and each once tokens of a suggestion come, and
// reads how soon their rows were free.
func (l *load) vanish() error {
	const wave = 100
	var free []float64
	before, err := l.s.Levels(l.t.Ctx)
	if err != nil {
		return err
	}
	for gone := 0; gone < l.o.Vanish; gone += wave {
		all, err := l.t.Seat(l.s, wave, SitOptions{})
		if err != nil {
			return err
		}
		asks := make([]*Ask, len(all))
		for i, p := range all {
			m := p.only()
			if asks[i], err = p.Ask(m.URI, len(m.Text), wire.CompleteOptions{MaxTokens: 64}); err != nil {
				return err
			}
		}
		if err := Until(l.t.Ctx, "a suggestion of the wave begins", func() bool {
			for i, p := range all {
				if p.Begun(asks[i]) {
					return true
				}
			}
			return false
		}); err != nil {
			return err
		}
		if err := l.t.Pause(l.t.Between(0, 100*time.Millisecond)); err != nil {
			return err
		}
		for _, p := range all {
			p.Tap.Break()
		}
		started := time.Now()
		if err := l.idle(); err != nil {
			return err
		}
		free = append(free, since(started))
		for _, p := range all {
			p.Vanish()
		}
	}
	levels, err := l.s.Levels(l.t.Ctx)
	if err != nil {
		return err
	}
	const steps, cancels = "inkling_engine_step_seconds", "inkling_engine_cancel_to_free_seconds"
	step, ran := levels.quantile(steps, 0.99, before)
	half, _ := levels.quantile(steps, 0.5, before)
	p99, n := levels.quantile(cancels, 0.99, before)
	p50, _ := levels.quantile(cancels, 0.5, before)
	fmt.Fprintf(l.out, "%d clients vanished: cancel to free p50 at most %.2f, p99 at most %.2f ms (n %.0f); a step of the model p50 at most %.2f, p99 at most %.2f ms (n %.0f); "+
		"no row busy and nothing waiting, as a poll of /metrics sees it, after %s\n",
		l.o.Vanish, 1000*p50, 1000*p99, n, 1000*half, 1000*step, ran, quantiles(free))
	return nil
}

// idle waits until no row is busy and nothing waits for one.
func (l *load) idle() error {
	return Until(l.t.Ctx, "the engine is idle", func() bool {
		levels, err := l.s.Levels(l.t.Ctx)
		return err == nil && levels["inkling_engine_rows_busy"] == 0 && levels["inkling_engine_queue_length"] == 0
	})
}
