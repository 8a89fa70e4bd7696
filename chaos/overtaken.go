package chaos

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"

	"inkling/stream/wire"
)

var _ = register(Scenario{Name: "overtaken", Short: true, Run: overtaken,
	About: "6 typists whose edits overtake their neighbours, as LSP4IJ sends them: no answer for a text without the late one, texts stay in step"})

func overtaken(t *T) error {
	s, err := t.Based()
	if err != nil {
		return err
	}
	all, err := t.Seat(s, 6, SitOptions{})
	if err != nil {
		return err
	}
	sum, err := t.typing(all, t.overtake)
	if err != nil {
		return err
	}
	t.Note("%v", sum)
	if sum["overtaken"] == 0 || sum["between"] == 0 || sum["list"] == 0 {
		return fmt.Errorf("nothing was overtaken, or asked for: %v", sum)
	}
	return t.Finish(s, all...)
}

// overtake makes bursts of edits, and compares the documents after each.
func (t *T) overtake(p *Typist, rng *rand.Rand) (Tally, error) {
	sum := Tally{}
	if err := p.Open(NewMirror("file:///free.js", "javascript", randomText(rng, 40))); err != nil {
		return sum, err
	}
	for burst := range 40 {
		m := p.any(rng)
		for range 1 + rng.IntN(8) {
			if err := t.swapped(p, rng, m, sum); err != nil {
				return sum, err
			}
		}
		if err := p.Check(t.Ctx); err != nil {
			return sum, err
		}
		a, err := p.Ask(m.URI, randomOffset(rng, m.Text), short)
		if err != nil {
			return sum, err
		}
		if burst%20 > 0 {
			continue // what comes next makes it old
		}
		if outcome, err := a.Outcome(t.Ctx); err != nil || outcome != "list" {
			return sum, fmt.Errorf("after a burst a request is answered %q, %v", outcome, err)
		}
		sum["list"]++
	}
	return sum, p.Violations()
}

// swapped makes two edits, of which the second mostly is sent first. Sometimes it asks between the two: once the server has seen that
// this client's edits overtake each other, it has no answer for a text that the client never had.
func (t *T) swapped(p *Typist, rng *rand.Rand, m *Mirror, sum Tally) error {
	first := p.edit(m.URI, p.scrawl(rng, m.URI)...)
	changes := p.scrawl(rng, m.URI)
	second := p.edit(m.URI, changes...)
	if rng.IntN(4) == 0 {
		return errors.Join(p.send(first), p.send(second))
	}
	if err := p.send(second); err != nil {
		return err
	}
	whole := slices.ContainsFunc(changes, func(c wire.Change) bool { return c.Range == nil }) // nothing is missing
	if sum["overtaken"] > 0 && !whole && rng.IntN(3) == 0 {
		a, err := p.Ask(m.URI, 0, short)
		if err != nil {
			return err
		}
		if outcome, err := a.Outcome(t.Ctx); err != nil || outcome != "modified" {
			return fmt.Errorf("between an edit and the one before it, a request is answered %q, %v", outcome, err)
		}
		sum["between"]++
	}
	sum["overtaken"]++
	return p.send(first)
}
