package chaos

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"inkling/stream/wire"
)

var (
	_ = register(Scenario{Name: "drain", Short: true, Run: drain,
		About: "the server is told to end while ten type: all requests are answered, all are told by 1012, and it ends in good order"})
	_ = register(Scenario{Name: "kill-loop", Run: killLoop,
		About: "the server is killed five times while typists edit behind a proxy that stays: they come back to whole documents"})
	_ = register(Scenario{Name: "frozen", Run: frozen,
		About: "the server is stopped for 3 to 6 s while clients type on, then goes on: a jump of its clocks; nothing is lost"})
	_ = register(Scenario{Name: "stutter", Run: stutter,
		About: "the server runs for some ms and stands still for some, for 5 s, while typists press keys"})
	_ = register(Scenario{Name: "early", Short: true, Run: early,
		About: "clients come while the model is still being loaded: they are told to wait, keep their documents, and are served then"})
	_ = register(Scenario{Name: "port-taken", Short: true, Run: portTaken,
		About: "a second server on the same port says so and ends; the first one does not notice"})
)

func drain(t *T) error {
	s, err := t.Start(ServerConfig{})
	if err != nil {
		return err
	}
	all, err := t.Seat(s, 10, SitOptions{})
	if err != nil {
		return err
	}
	stopped := make(chan error, 1)
	asks, sum := make([]*Ask, len(all)), Tally{}
	for i, p := range all {
		m := p.only()
		a, err := p.Ask(m.URI, len(m.Text), wire.CompleteOptions{MaxTokens: 40})
		switch {
		case err != nil && i <= len(all)/2:
			return err
		case err != nil:
			sum["too late"]++ // the server has ended; with which code is looked at below
			continue
		}
		asks[i] = a
		if i%2 == 0 && i < len(all)/2 {
			if err := p.Check(t.Ctx); err != nil { // and so the request has been taken in
				return err
			}
		}
		if i == len(all)/2 {
			started := time.Now()
			go func() {
				err := s.Stop(t.Ctx)
				t.Note("it ended after %.1f s", time.Since(started).Seconds())
				stopped <- err
			}()
		}
	}
	for i, a := range asks {
		if a == nil {
			continue
		}
		outcome, err := a.Outcome(t.Ctx)
		if err != nil {
			return err
		}
		sum[outcome]++
		if outcome == "lost" && i%2 == 0 && i < len(all)/2 {
			return fmt.Errorf("request %d, which was taken in before the end, was never answered: %w", i, <-stopped)
		}
	}
	t.Note("%v", sum)
	for _, p := range all {
		<-p.Gone()
		if code := p.CloseCode(); code != wire.CloseRestarting {
			return fmt.Errorf("a session was closed with %d, want %d", code, wire.CloseRestarting)
		}
		if err := p.Violations(); err != nil {
			return err
		}
	}
	return <-stopped
}

func killLoop(t *T) error {
	s, err := t.Start(ServerConfig{})
	if err != nil {
		return err
	}
	proxy, err := t.Proxy(s.Addr)
	if err != nil {
		return err
	}
	behind := SitOptions{URL: proxy.URL()}
	all, err := t.Seat(s, 5, behind)
	if err != nil {
		return err
	}
	for range 5 {
		time.AfterFunc(t.Between(5*time.Millisecond, 400*time.Millisecond), s.Kill)
		sum, err := t.typing(all, func(p *Typist, rng *rand.Rand) (Tally, error) { return t.untilLost(p, rng) })
		if err != nil {
			return err
		}
		t.Note("%v", sum)
		<-s.ended
		if s, err = s.Again(t); err != nil {
			return err
		}
		if all, err = t.ReturnAll(s, all, behind); err != nil {
			return err
		}
		for _, p := range all {
			if err := p.Check(t.Ctx); err != nil {
				return err
			}
		}
	}
	return t.Part(all...)
}

// untilLost edits and asks until the connection breaks.
func (t *T) untilLost(p *Typist, rng *rand.Rand) (Tally, error) {
	sum := Tally{}
	for !p.gone() {
		if _, err := p.typeOne(rng); err != nil {
			break // the connection is about to be gone
		}
		sum["keys"]++
		if err := t.Pause(time.Duration(rng.Int64N(int64(5 * time.Millisecond)))); err != nil {
			return sum, err
		}
	}
	select {
	case <-p.Gone():
	case <-t.Ctx.Done():
		return sum, errors.New("the connection to a server that was killed does not end")
	}
	return sum, p.Violations()
}

func frozen(t *T) error {
	s, err := t.StartBased(ServerConfig{})
	if err != nil {
		return err
	}
	all, err := t.Seat(s, 6, SitOptions{})
	if err != nil {
		return err
	}
	var asks []*Ask
	for _, p := range all {
		a, err := p.typeOne(t.Rand)
		if err != nil {
			return err
		}
		asks = append(asks, a)
	}
	if err := s.Freeze(); err != nil {
		return err
	}
	for _, p := range all {
		for range 5 {
			a, err := p.typeOne(t.Rand)
			if err != nil {
				return err
			}
			asks = append(asks, a)
		}
	}
	if err := t.Pause(t.Between(3*time.Second, 6*time.Second)); err != nil {
		return err
	}
	if err := s.Thaw(); err != nil {
		return err
	}
	sum := Tally{}
	for _, a := range asks {
		outcome, err := a.Outcome(t.Ctx)
		if err != nil {
			return err
		}
		sum[outcome]++
	}
	t.Note("%v", sum)
	if sum["lost"] > 0 {
		return errors.New("a connection was lost over a pause that is shorter than the pings' patience")
	}
	return t.Finish(s, all...)
}

func stutter(t *T) error {
	s, err := t.StartBased(ServerConfig{})
	if err != nil {
		return err
	}
	all, err := t.Seat(s, 6, SitOptions{})
	if err != nil {
		return err
	}
	rng, end, done := t.Fork(), make(chan struct{}), make(chan error, 1)
	go func() {
		for {
			for i, signal := range []func() error{s.Freeze, s.Thaw} {
				if err := signal(); err != nil {
					done <- err
					return
				}
				if err := t.Pause(time.Duration(5+rng.IntN(40*(2-i))) * time.Millisecond); err != nil {
					done <- err
					return
				}
			}
			select {
			case <-end:
				done <- s.Thaw()
				return
			default:
			}
		}
	}()
	sum, err := t.Type(all, 50, 100*time.Millisecond)
	close(end)
	if err := errors.Join(err, <-done); err != nil {
		return err
	}
	t.Note("%v", sum)
	return t.Finish(s, all...)
}

func early(t *T) error {
	s, err := t.Start(ServerConfig{NotReady: true})
	if err != nil {
		return err
	}
	all, err := t.Seat(s, 4, SitOptions{})
	if err != nil {
		return err
	}
	sum, err := t.Type(all, 5, 5*time.Millisecond)
	if err != nil {
		return err
	}
	t.Note("before the model was there: %v", sum)
	if err := s.Ready(t.Ctx); err != nil {
		return err
	}
	if sum, err = t.Type(all, 3, 5*time.Millisecond); err != nil {
		return err
	}
	t.Note("after: %v", sum)
	if sum["list"] < len(all) {
		return fmt.Errorf("somebody is not served: %v", sum)
	}
	if err := t.Part(all...); err != nil {
		return err
	}
	if err := s.Base(t); err != nil {
		return err
	}
	return s.Quiet(t)
}

func portTaken(t *T) error {
	s, err := t.Based()
	if err != nil {
		return err
	}
	all, err := t.Seat(s, 1, SitOptions{})
	if err != nil {
		return err
	}
	second, err := t.Start(ServerConfig{Port: s.Port()})
	switch {
	case err == nil:
		return errors.New("two servers listen on one port")
	case !second.Says("another program uses this port"):
		return fmt.Errorf("the second server does not say why it ends: %w", err)
	}
	<-second.ended
	if code := second.process.ProcessState.ExitCode(); code != 1 {
		return fmt.Errorf("the second server ended with %d", code)
	}
	return t.Finish(s, all...)
}
