package chaos

import (
	"fmt"

	"inkling/stream/wire"
)

var _ = register(Scenario{Name: "vanish", Short: true, Run: vanish,
	About: "40 clients break their connections, without a word, while suggestions run for them"})

func vanish(t *T) error {
	s, err := t.Plain()
	if err != nil {
		return err
	}
	if err := s.Base(t); err != nil {
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
	for i := range 40 {
		p, err := t.Sit(s, SitOptions{})
		if err != nil {
			return err
		}
		m, _ := Marked(t.Rand, fmt.Sprintf("file:///gone%d.py", i))
		if err := p.Open(m); err != nil {
			return err
		}
		a, err := p.Ask(m.URI, len(m.Text), wire.CompleteOptions{MaxTokens: 64})
		if err != nil {
			return err
		}
		if t.Rand.IntN(2) == 0 { // some in the queue, some in the middle of a suggestion
			if err := t.Pause(t.Between(0, 50e6)); err != nil {
				return err
			}
		}
		p.Vanish()
		if a.Answered() {
			t.Note("one was answered before it vanished")
		}
	}
	list, err := witness.Complete(t.Ctx, own.URI, len(own.Text))
	if err != nil {
		return fmt.Errorf("the one who stayed: %w", err)
	}
	t.Note("the one who stayed got %d items", len(list.Items))
	if err := witness.Check(t.Ctx); err != nil {
		return err
	}
	if err := witness.Leave(); err != nil {
		return err
	}
	return s.Quiet(t)
}
