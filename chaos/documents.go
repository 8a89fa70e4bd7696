package chaos

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"inkling/stream/wire"
)

var (
	_ = register(Scenario{Name: "random-edits", Short: true, Run: randomEdits,
		About: "2,000 random edits of each of 6 typists, in all encodings and of all line ends, requests in between"})
	_ = register(Scenario{Name: "document-churn", Short: true, Run: documentChurn,
		About: "documents are opened, opened again, asked for and closed in any order: no request outlives its document"})
	_ = register(Scenario{Name: "resync", Short: true, Run: resync,
		About: "edits that do not fit: each is answered by a resync, nothing is guessed, and after opening again all is well"})
	_ = register(Scenario{Name: "big-document", Run: bigDocument,
		About: "edits all over a document of 1.9 MB in one session, a line of 1 MB in another, typists beside them"})
	_ = register(Scenario{Name: "too-much", Run: tooMuch,
		About: "too many documents, too large ones and ones that grow too large: refused, while the others stay in step"})
)

func randomEdits(t *T) error {
	s, err := t.Based()
	if err != nil {
		return err
	}
	all, err := t.Seat(s, 6, SitOptions{})
	if err != nil {
		return err
	}
	_, err = t.typing(all, func(p *Typist, rng *rand.Rand) (Tally, error) {
		m := NewMirror("file:///free.js", "javascript", randomText(rng, 40))
		if err := p.Open(m); err != nil {
			return nil, err
		}
		for range 40 {
			if err := p.Scribble(rng, p.any(rng).URI, 50); err != nil {
				return nil, err
			}
			one := p.any(rng)
			if _, err := p.Ask(one.URI, randomOffset(rng, one.Text), short); err != nil {
				return nil, err
			}
			if err := p.Check(t.Ctx); err != nil {
				return nil, err
			}
		}
		return nil, nil
	})
	if err != nil {
		return err
	}
	return t.Finish(s, all...)
}

func documentChurn(t *T) error {
	s, err := t.Based()
	if err != nil {
		return err
	}
	all, err := t.Seat(s, 5, SitOptions{})
	if err != nil {
		return err
	}
	sum, err := t.typing(all, t.churn)
	if err != nil {
		return err
	}
	t.Note("%v", sum)
	if sum["closed"] == 0 || sum["modified"] == 0 {
		return fmt.Errorf("no request met the end of its document: %v", sum)
	}
	return t.Finish(s, all...)
}

// churn opens, asks for, edits and closes one document after the other.
func (t *T) churn(p *Typist, rng *rand.Rand) (Tally, error) {
	sum := Tally{}
	for i := range 30 {
		m := NewMirror(fmt.Sprintf("file:///churn%d.py", i%5), "python", "def f(a):\n    return a.b\n"+randomText(rng, 10))
		if err := p.Open(m); err != nil {
			return sum, err
		}
		a, err := p.Ask(m.URI, randomOffset(rng, m.Text), wire.CompleteOptions{MaxTokens: 32})
		if err != nil {
			return sum, err
		}
		if err := t.Pause(time.Duration(rng.Int64N(int64(20 * time.Millisecond)))); err != nil {
			return sum, err
		}
		switch rng.IntN(3) {
		case 0:
			err = p.CloseDocument(m.URI)
		case 1:
			m.Text, m.Version = randomText(rng, 5), m.Version+1
			err = p.Open(m)
		case 2:
			err = p.Scribble(rng, m.URI, 1)
		}
		if err != nil {
			return sum, err
		}
		if err := p.Check(t.Ctx); err != nil { // and so answers a that is old
			return sum, err
		}
		outcome, err := a.Outcome(t.Ctx)
		if err != nil {
			return sum, err
		}
		sum[outcome]++
	}
	return sum, nil
}

func resync(t *T) error {
	s, err := t.Based()
	if err != nil {
		return err
	}
	all, err := t.Seat(s, 6, SitOptions{})
	if err != nil {
		return err
	}
	kinds := map[string]int{}
	for round := range 8 {
		for i, p := range all {
			m := p.only()
			kind, err := p.misfit(m, round+i)
			if err != nil {
				return err
			}
			kinds[kind]++
			if err := p.askedAgain(t, m.URI, round+1); err != nil {
				return fmt.Errorf("%s: %w", kind, err)
			}
			a, err := p.Ask(m.URI, 0, short)
			if err != nil {
				return err
			}
			if outcome, err := a.Outcome(t.Ctx); err != nil || outcome != "resync" {
				return fmt.Errorf("%s: a request for a document out of step is answered %q, %v", kind, outcome, err)
			}
			m.Version += 5
			if err := p.Open(m); err != nil {
				return err
			}
			if err := errors.Join(p.Scribble(t.Rand, m.URI, 10), p.Check(t.Ctx)); err != nil {
				return err
			}
		}
	}
	t.Note("%d kinds of misfit", len(kinds))
	return t.Finish(s, all...)
}

// misfit sends an edit that does not fit. The mirror stays as it is: so must the server's document.
func (p *Typist) misfit(m *Mirror, which int) (string, error) {
	lines := uint32(len(m.lines()))
	at := func(l, c uint32) wire.Position { return wire.Position{Line: l, Character: c} }
	good := wire.Change{Range: &wire.Range{}, Text: "never"}
	version := m.Version + 1
	var kind string
	var bad wire.Change
	switch which % 5 {
	case 0:
		kind, bad, version = "version that does not rise", good, m.Version
	case 1:
		kind, bad = "line past the end", wire.Change{Range: &wire.Range{Start: at(lines, 0), End: at(lines, 0)}, Text: "x"}
	case 2:
		kind, bad = "end before start", wire.Change{Range: &wire.Range{Start: at(1, 0), End: at(0, 0)}, Text: "x"}
	case 3:
		kind, bad = "end past the end", wire.Change{Range: &wire.Range{End: at(lines+7, 0)}, Text: "x"}
	case 4:
		kind, bad, version = "version that falls", good, m.Version-1
	}
	return kind, p.notify(wire.MethodChange, wire.ChangeParams{
		TextDocument: wire.VersionedID{URI: m.URI, Version: version}, ContentChanges: []wire.Change{good, bad}})
}

// askedAgain waits until the server has asked for a document so many times.
func (p *Typist) askedAgain(t *T, uri string, times int) error {
	return Until(t.Ctx, "the server asks for the document again", func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		n := 0
		for _, r := range p.resyncs {
			if r == uri {
				n++
			}
		}
		return n >= times
	})
}

func bigDocument(t *T) error {
	s, err := t.Based()
	if err != nil {
		return err
	}
	beside, err := t.Seat(s, 2, SitOptions{})
	if err != nil {
		return err
	}
	line := "    value = compute(value, 'Grüße 😀', 17)  # step\n"
	texts := []string{strings.Repeat(line, 1_900_000/len(line)), strings.Repeat("x+", 500_000) + "\n" + line}
	var big []*Typist
	for i, text := range texts {
		p, err := t.Sit(s, SitOptions{Encoding: encodings[(i+int(t.Seed))%len(encodings)]})
		if err != nil {
			return err
		}
		if err := p.Open(NewMirror("file:///big.py", "python", text)); err != nil {
			return err
		}
		big = append(big, p)
	}
	for _, p := range big {
		m := p.only()
		for range 12 {
			at := randomOffset(t.Rand, m.Text)
			if err := p.Insert(m.URI, at, scrap(t.Rand)); err != nil {
				return err
			}
		}
		a, err := p.Ask(m.URI, randomOffset(t.Rand, m.Text), short)
		if err != nil {
			return err
		}
		if _, err := a.Outcome(t.Ctx); err != nil {
			return err
		}
	}
	if _, err := t.Type(beside, 5, 0); err != nil {
		return err
	}
	return t.Finish(s, slices.Concat(big, beside)...)
}

func tooMuch(t *T) error {
	s, err := t.Based()
	if err != nil {
		return err
	}
	p, err := t.Sit(s, SitOptions{})
	if err != nil {
		return err
	}
	for i := range 256 {
		if err := p.Open(NewMirror(fmt.Sprintf("file:///many%d.c", i), "c", "int x;\n")); err != nil {
			return err
		}
	}
	one := NewMirror("file:///one-too-many.c", "c", "")
	if err := errors.Join(p.Open(one), p.Until(t, "remark", func() bool { return len(p.remarks) == 1 })); err != nil {
		return err
	}
	delete(p.Docs, one.URI)
	for i := range 100 {
		if err := p.CloseDocument(fmt.Sprintf("file:///many%d.c", i)); err != nil {
			return err
		}
	}
	large := NewMirror("file:///large.c", "c", strings.Repeat("x", 2<<20+1))
	if err := errors.Join(p.Open(large), p.Until(t, "remark", func() bool { return len(p.remarks) == 2 })); err != nil {
		return err
	}
	grows := NewMirror("file:///grows.c", "c", strings.Repeat("x", 2<<20-5))
	err = errors.Join(p.Open(grows), p.Insert(grows.URI, 7, "abc"), p.Insert(grows.URI, 7, "abc"),
		p.Until(t, "remark", func() bool { return len(p.remarks) == 3 }))
	if err != nil {
		return err
	}
	for _, uri := range []string{large.URI, grows.URI} {
		a, err := p.Ask(uri, 0, short)
		if err != nil {
			return err
		}
		list, err := a.List(t.Ctx)
		if err != nil || list.Inkling.Why != "unsupported" {
			return fmt.Errorf("%s: %+v, %w", uri, list, err)
		}
		delete(p.Docs, uri) // no text is kept
	}
	return t.Finish(s, p)
}

// Until waits for something that the reader notes. The mutex is held while it looks.
func (p *Typist) Until(t *T, what string, ok func() bool) error {
	ctx := t.Ctx
	return Until(ctx, what, func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		return ok()
	})
}
