package chaos

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"inkling/stream/wire"
)

// Seat lets n typists sit down, in all encodings, each with a marked document.
func (t *T) Seat(s *Server, n int, o SitOptions) ([]*Typist, error) {
	var all []*Typist
	for i := range n {
		one := o
		if one.Encoding == "" {
			one.Encoding = encodings[i%len(encodings)]
		}
		p, err := t.Sit(s, one)
		if err != nil {
			return nil, fmt.Errorf("typist %d: %w", i, err)
		}
		m, _ := Marked(t.Rand, fmt.Sprintf("file:///work/typist%d.py", i))
		if err := p.Open(m); err != nil {
			return nil, fmt.Errorf("typist %d: %w", i, err)
		}
		all = append(all, p)
	}
	return all, nil
}

// Tally counts how requests ended, by [Ask.Outcome].
type Tally map[string]int

// String lists what there was.
func (c Tally) String() string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(c)) {
		parts = append(parts, fmt.Sprintf("%d %s", c[name], name))
	}
	return strings.Join(parts, ", ")
}

// Type lets typists press keys, all at once, each a suggestion, with pauses of up to most, and waits for all answers. The
// last answer of a typist whose connection stands must be a list, since nothing came after it.
func (t *T) Type(all []*Typist, keys int, most time.Duration) (Tally, error) {
	return t.typing(all, func(p *Typist, rng *rand.Rand) (Tally, error) { return t.typeFor(p, rng, keys, most) })
}

// typing lets each typist do something in a goroutine of its own.
func (t *T) typing(all []*Typist, do func(*Typist, *rand.Rand) (Tally, error)) (Tally, error) {
	sums, errs := make([]Tally, len(all)), make([]error, len(all))
	var group sync.WaitGroup
	for i, p := range all {
		rng := t.Fork()
		group.Go(func() { sums[i], errs[i] = do(p, rng) })
	}
	group.Wait()
	sum := Tally{}
	for _, one := range sums {
		for name, n := range one {
			sum[name] += n
		}
	}
	return sum, errors.Join(errs...)
}

// typeFor presses keys and waits for what comes of them.
func (t *T) typeFor(p *Typist, rng *rand.Rand, keys int, most time.Duration) (Tally, error) {
	sum := Tally{}
	var asks []*Ask
	for range keys {
		a, err := p.typeOne(rng)
		if err != nil {
			if p.gone() {
				sum["lost"]++
				break
			}
			return sum, err
		}
		asks = append(asks, a)
		if most > 0 {
			if err := t.Pause(time.Duration(rng.Int64N(int64(most)))); err != nil {
				return sum, err
			}
		}
	}
	last := ""
	for _, a := range asks {
		outcome, err := a.Outcome(t.Ctx)
		if err != nil {
			return sum, err
		}
		sum[outcome]++
		last = outcome
	}
	if len(asks) > 0 && (last == "modified" || last == "superseded" || last == "cancelled") {
		return sum, fmt.Errorf("the last request ended with %s, and nothing came after it", last)
	}
	return sum, p.Violations()
}

// Finish compares all documents, lets everybody leave, and holds that nothing is left behind.
func (t *T) Finish(s *Server, all ...*Typist) error {
	if err := t.Part(all...); err != nil {
		return err
	}
	return s.Quiet(t)
}

// Part compares all documents and lets everybody leave.
func (t *T) Part(all ...*Typist) error {
	for _, p := range all {
		if err := p.Check(t.Ctx); err != nil {
			return err
		}
		if err := p.Leave(); err != nil {
			return err
		}
	}
	return nil
}

// ReturnAll lets everybody come back.
func (t *T) ReturnAll(s *Server, all []*Typist, o SitOptions) ([]*Typist, error) {
	back := make([]*Typist, len(all))
	for i, p := range all {
		var err error
		if back[i], err = p.ReturnTo(t, s, o); err != nil {
			return nil, fmt.Errorf("typist %d comes back: %w", i, err)
		}
	}
	return back, nil
}

// Based returns the shared server, at its base levels.
func (t *T) Based() (*Server, error) {
	s, err := t.Plain()
	if err != nil {
		return nil, err
	}
	return s, s.Base(t)
}

// StartBased starts a server for this scenario and notes its base levels.
func (t *T) StartBased(c ServerConfig) (*Server, error) {
	s, err := t.Start(c)
	if err != nil {
		return nil, err
	}
	return s, s.Base(t)
}

// short is a request for a short suggestion.
var short = wire.CompleteOptions{MaxTokens: 8}
