package ort

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"inkling/infer"
)

// gate is a finisher that hides what it is fed, and ends after some tokens.
type gate struct{ left int }

func (g *gate) Feed(p infer.Piece) infer.Verdict {
	g.left -= p.Tokens
	return infer.Verdict{Done: g.left <= 0, Stop: infer.StopFinished, Why: infer.WhyFiltered}
}

func (g *gate) Flush(reason infer.StopReason) infer.Verdict {
	return infer.Verdict{Done: true, Stop: reason}
}

func TestTypingWhatAHiddenSuggestionSaidComputesNothingAgain(t *testing.T) {
	s := newScripted(hashed)
	e := scriptedEngine(t, s, 2, 8)
	defer shut(t, e)
	hidden := func(prefix string) (req infer.Request) {
		req = request(prefix, 32) // of no session: nothing is decoded ahead
		req.NewFinisher = func(int) infer.Finisher { return &gate{4} }
		return req
	}
	text := "some text"
	first := collect(t, e, hidden(text))[0]
	if first.text != "" || first.raw != reference(text, 4) {
		t.Fatalf("the first said %q and showed %q", first.raw, first.text)
	}
	for typed := 1; typed <= 4; typed++ { // of the last token typed, no logits were computed
		before := s.count()
		a := collect(t, e, hidden(text+first.raw[:typed]))[0]
		if want := reference(text+first.raw[:typed], 4); a.raw != want {
			t.Errorf("after %d characters: %q, want %q", typed, a.raw, want)
		}
		if a.usage.ReusedTokens+a.usage.ComputedTokens != a.usage.PromptTokens {
			t.Errorf("after %d characters: %+v", typed, a.usage)
		}
		if steps := s.count() - before; steps > 1 {
			t.Errorf("after %d characters: %d steps ran for one token more", typed, steps)
		}
	}
	if stats := e.Stats(); stats.AdoptedTokens != 3*4 {
		t.Errorf("%d tokens were adopted, want 12", stats.AdoptedTokens)
	}
}

func TestAWordTypedOnLeavesThePromptAsItWas(t *testing.T) {
	s := newScripted(hashed)
	e := scriptedEngine(t, s, 2, 8)
	defer shut(t, e)
	ask := func(prefix string) answer {
		req := request(prefix, 4)
		req.Options.NoHealing = false
		return collect(t, e, req)[0]
	}
	ask("begin w")
	before := s.count()
	a := ask("begin wo") // the word is said again from its start, for which one step is new: that of the o
	if a.usage.ComputedTokens != 0 || s.count()-before != 1 {
		t.Errorf("%d steps, %+v", s.count()-before, a.usage)
	}
	if want := reference("begin wo", 1); a.raw != want {
		t.Errorf("got %q, want %q", a.raw, want)
	}
}

func TestWhatFollowsAShownSuggestionIsDecodedAhead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScripted(hashed)
		e := scriptedEngine(t, s, 2, 8)
		defer shut(t, e)
		text := "some text"
		shown := collect(t, e, by("ann", infer.PriorityAutomatic, request(text, 5)))[0]
		time.Sleep(aheadPause - 1)
		synctest.Wait()
		if n := e.Stats().AheadTokens; n != 0 {
			t.Errorf("%d tokens were decoded ahead before anybody paused", n)
		}
		time.Sleep(1 * time.Nanosecond)
		synctest.Wait()
		if n := e.Stats().AheadTokens; n != aheadTokens {
			t.Errorf("%d tokens were decoded ahead, want %d", n, aheadTokens)
		}
		before := s.count()
		text += shown.raw
		next := collect(t, e, by("ann", infer.PriorityAutomatic, request(text, aheadTokens)))[0]
		if next.raw != reference(text, aheadTokens) || next.usage.ComputedTokens != 0 {
			t.Errorf("got %q, want %q, %+v", next.raw, reference(text, aheadTokens), next.usage)
		}
		time.Sleep(aheadPause)
		synctest.Wait()
		if n := s.count() - before; n != aheadTokens {
			t.Errorf("%d steps ran, want those ahead of the next alone", n)
		}
	})
}

func TestDecodingAheadGivesWayAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScripted(hashed)
		s.gate = make(chan error)
		e := scriptedEngine(t, s, 2, 8)
		defer shut(t, e)
		go func() { s.gate <- nil }()
		collect(t, e, by("ann", infer.PriorityAutomatic, request("some text", 1)))
		time.Sleep(aheadPause)
		synctest.Wait() // the step ahead waits at the gate
		done := make(chan string, 1)
		go func() {
			answers, err := gather(t.Context(), e, by("bob", infer.PriorityAutomatic, request("another", 1)))
			if err != nil {
				t.Error(err)
			}
			done <- answers[0].raw
		}()
		synctest.Wait() // now his
		s.gate <- nil
		if raw := <-done; raw != reference("another", 1) {
			t.Errorf("got %q", raw)
		}
		if n := e.Stats().AheadTokens; n != 0 {
			t.Errorf("%d tokens were decoded ahead", n)
		}
	})
}

// TestASessionsPromptComesBeforeDecodingAhead: the edit's prompt is fed while its request is on its way.
func TestASessionsPromptComesBeforeDecodingAhead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScripted(hashed)
		s.gate = make(chan error)
		e := scriptedEngine(t, s, 2, 8)
		defer shut(t, e)
		go func() { s.gate <- nil }()
		collect(t, e, by("ann", infer.PriorityAutomatic, request("some text", 1)))
		time.Sleep(aheadPause)
		synctest.Wait() // the step ahead waits at the gate
		ended := make(chan error, 1)
		go func() {
			_, err := gather(t.Context(), e, by("ann", infer.PrioritySpeculative, request("some text!", 1)))
			ended <- err
		}()
		synctest.Wait()
		if n := s.count(); n != 3 {
			t.Errorf("%d steps have begun, want the prompt's, one ahead and the edit's", n)
		}
		close(s.gate)
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// TestAPromptOfAnotherPlaceGivesWay has a session's prompt fed that an edit elsewhere in the document has made worthless.
func TestAPromptOfAnotherPlaceGivesWay(t *testing.T) {
	for _, c := range []struct {
		next string
		ends bool
	}{{"elsewhere", true}, {strings.Repeat("a", chunkTokens-1) + "b", false}} {
		synctest.Test(t, func(t *testing.T) {
			s := newScripted(hashed)
			s.gate = make(chan error)
			e := scriptedEngine(t, s, 4, 8)
			defer shut(t, e)
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error, 2)
			ask := func(ctx context.Context, priority infer.Priority, text string) {
				_, err := gather(ctx, e, by("ann", priority, request(text, 1)))
				ended <- err
			}
			go ask(ctx, infer.PrioritySpeculative, strings.Repeat("a", 2*chunkTokens))
			synctest.Wait()
			cancel()
			<-ended
			go ask(t.Context(), infer.PriorityAutomatic, c.next)
			synctest.Wait()
			if begun := s.count(); begun == 2 != c.ends {
				t.Errorf("%q: %d steps have begun", c.next, begun)
			}
			close(s.gate)
			if err := <-ended; err != nil {
				t.Error(err)
			}
		})
	}
}

// TestAStepThatWasEndedLeavesNothingBehindItsPast: other text is pasted, and taken back while it is fed.
func TestAStepThatWasEndedLeavesNothingBehindItsPast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScripted(hashed)
		s.gate = make(chan error)
		e := scriptedEngine(t, s, 2, 8)
		defer shut(t, e)
		before := strings.Repeat("a", 20) + strings.Repeat("b", 40)
		go func() { s.gate <- nil }()
		collect(t, e, by("ann", infer.PriorityAutomatic, request(before, 1)))
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() {
			_, err := gather(ctx, e, by("ann", infer.PriorityAutomatic, request(strings.Repeat("a", 20)+strings.Repeat("c", 40), 1)))
			ended <- err
		}()
		synctest.Wait()
		cancel()
		<-ended
		said := make(chan string, 1)
		go func() {
			a, err := gather(t.Context(), e, by("ann", infer.PriorityAutomatic, request(before, 6)))
			if err != nil {
				t.Error(err)
			}
			said <- a[0].raw
		}()
		synctest.Wait()
		close(s.gate)
		if got, want := <-said, reference(before, 6); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

// TestAKeyThatIsTakenBackComputesNothing: the logits behind the text before it are kept, and those behind the key.
func TestAKeyThatIsTakenBackComputesNothing(t *testing.T) {
	s := newScripted(hashed)
	e := scriptedEngine(t, s, 2, 8)
	defer shut(t, e)
	text := "some text"
	said := collect(t, e, request(text, 6))[0].raw
	before := s.count()
	for range 3 {
		collect(t, e, request(text+said[:1], 1))
		collect(t, e, request(text, 1))
	}
	if steps := s.count() - before; steps != 0 {
		t.Errorf("%d steps ran", steps)
	}
}

func TestASessionsPromptIsPrefilledOnlyWhileNobodyAsks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScripted(hashed)
		s.gate = make(chan error)
		e := scriptedEngine(t, s, 4, 8)
		defer shut(t, e)
		foreseen := by("ann", infer.PrioritySpeculative, request(strings.Repeat("a", 100), 1))
		ended := make(chan error, 2)
		go func() { _, err := gather(t.Context(), e, foreseen); ended <- err }()
		synctest.Wait()
		s.gate <- nil // its first chunk
		synctest.Wait()
		go func() { // its own request keeps what runs
			_, err := gather(t.Context(), e, by("ann", infer.PriorityAutomatic, request(strings.Repeat("a", 100), 1)))
			ended <- err
		}()
		synctest.Wait()
		if _, err := gather(t.Context(), e, by("bob", infer.PrioritySpeculative, request("b", 1))); !errors.Is(err, infer.ErrOverloaded) {
			t.Errorf("while somebody asks: %v", err)
		}
		s.gate <- nil
		if err := <-ended; err == nil {
			<-ended // in whatever order
		} else if !errors.Is(err, infer.ErrOverloaded) {
			t.Error(err)
		}
		if n := e.Stats().ComputedTokens; n != 100 {
			t.Errorf("%d tokens were computed, want 100: the prompt once", n)
		}
	})
}

// TestWhereATypistPartsFromALongAnswerNothingIsComputedAgain: the logits right behind the prompt stay, however much is decoded after them.
func TestWhereATypistPartsFromALongAnswerNothingIsComputedAgain(t *testing.T) {
	for _, length := range []int{keptLogits, keptLogits + firstLogits + 4} {
		s := newScripted(hashed)
		e := scriptedEngine(t, s, 2, 8)
		text := "some text"
		for range 2 { // the second prompt's logits are kept
			answer := collect(t, e, request(text, length))[0]
			before := s.count()
			for range firstLogits {
				text, answer.raw = text+answer.raw[:1], answer.raw[1:]
				collect(t, e, request(text, 1))
			}
			if steps := s.count() - before; steps != 0 {
				t.Errorf("an answer of %d tokens: %d steps ran", length, steps)
			}
		}
		shut(t, e)
	}
}
