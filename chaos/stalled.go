package chaos

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"inkling/stream/wire"
)

var _ = register(Scenario{Name: "stalled-readers", Run: stalledReaders,
	About: "4 clients send requests without reading the answers: each is closed, nobody else waits for them"})

func stalledReaders(t *T) error {
	s, err := t.Plain()
	if err != nil {
		return err
	}
	if err := s.Base(t); err != nil {
		return err
	}
	before, err := s.Levels(t.Ctx)
	if err != nil {
		return err
	}
	witness, err := t.Sit(s, SitOptions{})
	if err != nil {
		return err
	}
	own, _ := Marked(t.Rand, "file:///witness.py")
	if err := witness.Open(own); err != nil {
		return err
	}
	const stalled = 4
	flooded := make(chan error, stalled)
	var all []*Typist
	for range stalled {
		p, err := t.dial(s, SitOptions{})
		if err != nil {
			return err
		}
		all = append(all, p)
		p.Tap.Stall()
		go func() { flooded <- p.flood() }()
	}
	slowest := time.Duration(0)
	for range 20 {
		started := time.Now()
		if err := witness.Check(t.Ctx); err != nil {
			return err
		}
		slowest = max(slowest, time.Since(started))
	}
	if _, err := witness.Complete(t.Ctx, own.URI, len(own.Text)); err != nil {
		return err
	}
	for range stalled {
		if err := <-flooded; err != nil {
			return err
		}
	}
	t.Note("the slowest check meanwhile took %v", slowest.Round(time.Millisecond))
	for _, p := range all {
		p.Vanish()
	}
	if err := witness.Leave(); err != nil {
		return err
	}
	after, err := s.Levels(t.Ctx)
	if err != nil {
		return err
	}
	if closed := after["inkling_session_slow_closed_total"] - before["inkling_session_slow_closed_total"]; closed != stalled {
		return fmt.Errorf("%v sessions were closed because they do not read, want %d", closed, stalled)
	}
	return s.Quiet(t)
}

// flood sends requests until the server ends the connection. It fails where it never does.
func (p *Typist) flood() error {
	id := strings.Repeat("i", wire.MaxIDBytes-12)
	for n := 0; ; n++ {
		err := p.send(wire.Request(wire.TextID(fmt.Sprintf("%s%d", id, n)), "nothing", nil))
		switch {
		case err == nil:
		case p.ctx.Err() != nil || errors.Is(err, context.DeadlineExceeded):
			return fmt.Errorf("after %d requests the server has not closed the connection of a client that does not read: %w", n, err)
		default:
			return nil
		}
	}
}
