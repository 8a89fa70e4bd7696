package chaos

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"inkling/stream/wire"
)

var (
	_ = register(Scenario{Name: "supersede-storm", Short: true, Run: supersedeStorm,
		About: "8 typists press 50 keys each without waiting: every request is answered, the last one of each with a list"})
	_ = register(Scenario{Name: "cancel-storm", Short: true, Run: cancelStorm,
		About: "requests are cancelled before, while and after they run, twice, and ones that never were: each is answered once"})
	_ = register(Scenario{Name: "reconnect-storm", Run: reconnectStorm,
		About: "300 clients come at once and open a document, three times; half break off, half leave"})
	_ = register(Scenario{Name: "exit-storm", Run: exitStorm,
		About: "30 clients say shutdown and exit, or exit alone, while suggestions run for them"})
	_ = register(Scenario{Name: "overload", Run: overload,
		About: "one row, 24 typists: each is served or told when to ask again, none is forgotten"})
)

func supersedeStorm(t *T) error {
	s, err := t.Based()
	if err != nil {
		return err
	}
	all, err := t.Seat(s, 8, SitOptions{})
	if err != nil {
		return err
	}
	sum, err := t.Type(all, 50, 6*time.Millisecond)
	if err != nil {
		return err
	}
	t.Note("%v", sum)
	if sum["modified"] == 0 || sum["list"] < len(all) {
		return fmt.Errorf("nothing was superseded, or somebody has no list: %v", sum)
	}
	return t.Finish(s, all...)
}

func cancelStorm(t *T) error {
	s, err := t.Based()
	if err != nil {
		return err
	}
	all, err := t.Seat(s, 6, SitOptions{})
	if err != nil {
		return err
	}
	sum, err := t.typing(all, t.cancelAll)
	if err != nil {
		return err
	}
	t.Note("%v", sum)
	if sum["cancelled"] == 0 {
		return errors.New("nothing was cancelled")
	}
	return t.Finish(s, all...)
}

// cancelAll asks and takes back, at various times.
func (t *T) cancelAll(p *Typist, rng *rand.Rand) (Tally, error) {
	sum, m := Tally{}, p.only()
	for range 25 {
		a, err := p.Ask(m.URI, randomOffset(rng, m.Text), wire.CompleteOptions{MaxTokens: 24})
		if err != nil {
			return sum, err
		}
		if rng.IntN(3) > 0 {
			if err := t.Pause(time.Duration(rng.Int64N(int64(60 * time.Millisecond)))); err != nil {
				return sum, err
			}
		}
		never := &Ask{ID: a.ID + 1_000_000}
		for _, which := range []*Ask{a, never, a} {
			if err := p.Cancel(which); err != nil {
				return sum, err
			}
		}
		outcome, err := a.Outcome(t.Ctx)
		if err != nil {
			return sum, err
		}
		sum[outcome]++
	}
	return sum, p.Violations()
}

func reconnectStorm(t *T) error {
	s, err := t.Based()
	if err != nil {
		return err
	}
	const clients = 300
	slowest := 0.0
	var mu sync.Mutex
	for wave := range 3 {
		errs := make([]error, clients)
		var group sync.WaitGroup
		for i := range clients {
			rng := t.Fork()
			group.Go(func() {
				started := time.Now()
				p, err := t.Sit(s, SitOptions{Encoding: encodings[i%len(encodings)]})
				if err != nil {
					errs[i] = err
					return
				}
				mu.Lock()
				slowest = max(slowest, since(started))
				mu.Unlock()
				m := NewMirror(fmt.Sprintf("file:///storm%d.go", i), "go", randomText(rng, 20))
				errs[i] = errors.Join(p.Open(m), p.Scribble(rng, m.URI, 3), p.Check(t.Ctx))
				if i%2 == wave%2 {
					p.Vanish()
				} else {
					errs[i] = errors.Join(errs[i], p.Leave())
				}
			})
		}
		group.Wait()
		if err := errors.Join(errs...); err != nil {
			return err
		}
	}
	t.Note("900 sessions, the slowest began after %.0f ms", slowest)
	return s.Quiet(t)
}

func exitStorm(t *T) error {
	s, err := t.Based()
	if err != nil {
		return err
	}
	all, err := t.Seat(s, 30, SitOptions{})
	if err != nil {
		return err
	}
	for i, p := range all {
		m := p.only()
		a, err := p.Ask(m.URI, len(m.Text), wire.CompleteOptions{MaxTokens: 48})
		if err != nil {
			return err
		}
		if i%2 == 0 {
			down, err := p.begin("", wire.MethodShutdown, func(wire.ID) any { return nil })
			if err != nil {
				return err
			}
			if err := down.wait(t.Ctx); err != nil {
				return fmt.Errorf("shutdown: %w", err)
			}
			if !a.Answered() {
				return errors.New("shutdown is answered, and the request before it is not")
			}
		}
		if err := p.notify(wire.MethodExit, nil); err != nil {
			return err
		}
		select {
		case <-p.Gone():
		case <-t.Ctx.Done():
			return errors.New("exit does not end the session")
		}
		if code := p.CloseCode(); code != wire.CloseNormal {
			return fmt.Errorf("exit was answered by close code %d", code)
		}
		if err := p.Violations(); err != nil {
			return err
		}
	}
	return s.Quiet(t)
}

func overload(t *T) error {
	s, err := t.StartBased(ServerConfig{Args: []string{"--rows", "1"}})
	if err != nil {
		return err
	}
	all, err := t.Seat(s, 24, SitOptions{})
	if err != nil {
		return err
	}
	sum, err := t.Type(all, 4, 30*time.Millisecond)
	if err != nil {
		return err
	}
	t.Note("%v", sum)
	if sum["list"] == 0 {
		return errors.New("nobody was served")
	}
	return t.Finish(s, all...)
}
