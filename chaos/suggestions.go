package chaos

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"inkling/stream/wire"
)

var (
	_ = register(Scenario{Name: "own-document", Short: true, Run: ownDocument,
		About: "8 typists with documents that differ in a mark alone: every suggestion that holds a mark holds its own"})
	_ = register(Scenario{Name: "typing-along", Short: true, Run: typingAlong,
		About: "typists type what suggestions say, accept them whole or by halves, and part from them: texts stay in step"})
	_ = register(Scenario{Name: "rest-vanish", Short: true, Run: restVanish,
		About: "40 callers of the REST door go away in the middle of an answer: their rows are free again"})
)

func ownDocument(t *T) error {
	s, err := t.Based()
	if err != nil {
		return err
	}
	all, err := t.Seat(s, 8, SitOptions{})
	if err != nil {
		return err
	}
	sum, err := t.typing(all, func(p *Typist, rng *rand.Rand) (Tally, error) {
		m, sum := p.only(), Tally{}
		text := m.Text
		for range 3 {
			lead := []string{"", "\"", "\"mk"}[rng.IntN(3)]
			end := wire.Range{Start: m.Position(len(text), p.Encoding), End: m.Position(len(m.Text), p.Encoding)}
			if err := p.Edit(m.URI, wire.Change{Range: &end, Text: lead}); err != nil {
				return sum, err
			}
			if _, err := p.Complete(t.Ctx, m.URI, len(m.Text)); err != nil {
				return sum, err
			}
		}
		sum["marks"] += p.Copied()
		return sum, p.Violations()
	})
	if err != nil {
		return err
	}
	t.Note("%d suggestions held their own mark, none another's", sum["marks"])
	if sum["marks"] < 2 {
		return fmt.Errorf("only %d suggestions held a mark: nothing was tried", sum["marks"])
	}
	return t.Finish(s, all...)
}

func typingAlong(t *T) error {
	s, err := t.Based()
	if err != nil {
		return err
	}
	before, err := s.Levels(t.Ctx)
	if err != nil {
		return err
	}
	all, err := t.Seat(s, 6, SitOptions{})
	if err != nil {
		return err
	}
	sum, err := t.typing(all, t.along)
	if err != nil {
		return err
	}
	after, err := s.Levels(t.Ctx)
	if err != nil {
		return err
	}
	along := after["inkling_session_typed_along_total"] - before["inkling_session_typed_along_total"]
	t.Note("%v; %v served by typing along", sum, along)
	if along == 0 {
		return errors.New("nothing was typed along")
	}
	return t.Finish(s, all...)
}

// along asks, types what the answer says, and at last something else.
func (t *T) along(p *Typist, rng *rand.Rand) (Tally, error) {
	sum, m := Tally{}, p.only()
	for range 8 {
		at := len(m.Text)
		list, err := p.Complete(t.Ctx, m.URI, at)
		if err != nil {
			return sum, err
		}
		if len(list.Items) == 0 {
			sum["empty"]++
			if err := p.Insert(m.URI, at, "\n    x = "); err != nil {
				return sum, err
			}
			continue
		}
		rest := list.Items[0].InsertText
		for rest != "" && rng.IntN(6) > 0 {
			n := 1 + rng.IntN(4)
			_, size := utf8.DecodeRuneInString(rest)
			piece := rest[:max(size, nextOffset(rest, 0, n))]
			rest = rest[len(piece):]
			if err := p.Insert(m.URI, at, piece); err != nil {
				return sum, err
			}
			at += len(piece)
			if list, err = p.Complete(t.Ctx, m.URI, at); err != nil {
				return sum, err
			}
			if list.Inkling.Along && len(list.Items) > 0 && !strings.HasPrefix(list.Items[0].InsertText, rest) {
				return sum, errors.New("what is left of a suggestion is not what it said")
			}
			sum["pieces"]++
		}
		if err := p.Insert(m.URI, at, "\ny = "); err != nil {
			return sum, err
		}
	}
	return sum, p.Check(t.Ctx)
}

func restVanish(t *T) error {
	s, err := t.Based()
	if err != nil {
		return err
	}
	const body = `{"context":{"language":"python","position":{"line":1,"column":4},"previousLines":["def f%d(a):"],"currentLine":"    "},"max_suggestions":2,"max_tokens":64,"stream":%v}`
	left, whole := 0, 0
	for i := range 40 {
		ctx, cancel := context.WithTimeout(t.Ctx, t.Between(time.Millisecond, 120*time.Millisecond))
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+s.Addr+"/api/v1/completion",
			strings.NewReader(fmt.Sprintf(body, t.Rand.IntN(1000), i%2 == 0)))
		if err != nil {
			cancel()
			return err
		}
		req.Header.Set("Content-Type", "application/json")
		response, err := scraper.Do(req)
		if err == nil {
			_, err = io.Copy(io.Discard, response.Body)
			_ = response.Body.Close() // it was read, or is given up
			if response.StatusCode != http.StatusOK {
				cancel()
				return fmt.Errorf("REST answers %d", response.StatusCode)
			}
		}
		cancel()
		if err != nil {
			left++
		} else {
			whole++
		}
	}
	t.Note("%d went away, %d stayed", left, whole)
	if left == 0 {
		return errors.New("nobody went away: nothing was tried")
	}
	return s.Quiet(t)
}
