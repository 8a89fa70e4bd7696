package client

import (
	"errors"
	"strings"
	"testing"

	"inkling/stream/wire"
)

// TestOnlySoMuchOfAnAnswerWaits: what was read does not count, and nothing that came is lost before the limit.
func TestOnlySoMuchOfAnAnswerWaits(t *testing.T) {
	delta := func(bytes int) Step { return Step{Delta: &wire.Delta{Text: strings.Repeat("x", bytes-stepBytes)}} }
	for over := range 2 {
		one := newCall()
		for range 3 {
			one.put(delta(maxUnread / 2))
			if s, ok, err := one.next(t.Context()); !ok || err != nil || s.bytes() != maxUnread/2 {
				t.Fatalf("%d bytes, %v, %v", s.bytes(), ok, err)
			}
		}
		one.put(delta(maxUnread / 2))
		one.put(delta(maxUnread/2 + over))
		one.put(Step{final: &wire.Message{}})
		if over == 1 {
			if _, ok, err := one.next(t.Context()); ok || !errors.Is(err, ErrUnread) || one.steps != nil {
				t.Errorf("a byte too much: %v, %v", ok, err)
			}
			continue
		}
		steps := 0
		for ; ; steps++ {
			s, ok, err := one.next(t.Context())
			if !ok || err != nil {
				t.Fatalf("step %d: %v, %v", steps, ok, err)
			}
			if s.final != nil {
				break
			}
		}
		if steps != 2 {
			t.Errorf("%d steps before the last one", steps)
		}
	}
}
