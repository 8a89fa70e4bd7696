package ort

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"inkling/infer"
)

// reference is what the hashed model says after a prompt.
func reference(prompt string, tokens int) string {
	var ids []int32
	for _, b := range []byte(prompt) {
		ids = append(ids, int32(b))
	}
	var said []byte
	for range tokens {
		logits := hashed(ids)
		for id, v := range logits {
			if v > 0 {
				said, ids = append(said, byte(id)), append(ids, int32(id))
			}
		}
	}
	return string(said)
}

// shut closes an engine and fails the test where that fails.
func shut(t *testing.T, e *Engine) {
	t.Helper()
	if err := e.Close(); err != nil {
		t.Error(err)
	}
}

func TestOutputIsTheSameAloneTogetherAndAfterRollback(t *testing.T) {
	e := scriptedEngine(t, newScripted(hashed), 3, 64)
	defer shut(t, e)
	var wg sync.WaitGroup
	for typist := range 8 {
		wg.Go(func() {
			random := rand.New(rand.NewPCG(7, uint64(typist)))
			text := strings.Repeat("common beginning ", 5) + fmt.Sprint(typist%3)
			for range 40 {
				switch random.IntN(4) {
				case 0:
					text = text[:len(text)-random.IntN(len(text)/4)]
				default:
					text += string(rune('a' + random.IntN(26)))
				}
				req := by(fmt.Sprint(typist), infer.PriorityAutomatic, request(text, 1+random.IntN(12)))
				if random.IntN(4) == 0 { // leave after the first delta
					for _, err := range e.Generate(t.Context(), req) {
						if err != nil {
							t.Error(err)
						}
						break
					}
					continue
				}
				answers, err := gather(t.Context(), e, req)
				if err != nil {
					t.Error(err)
					return
				}
				if want := reference(text, req.Options.MaxTokens); answers[0].raw != want {
					t.Errorf("after %q: %q, want %q", text, answers[0].raw, want)
				}
			}
		})
	}
	wg.Wait()
	if s := e.Stats(); s.QueueLength != 0 || s.Errors != 0 || s.ReusedTokens == 0 || s.CancelToFreeMsP99 > 60_000 {
		t.Errorf("stats are %+v", s)
	}
}

func TestARequestCancelledInTheQueueIsNeverComputed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScripted(hashed)
		s.gate = make(chan error)
		e := scriptedEngine(t, s, 1, 8)
		defer shut(t, e)
		results := make(chan error, 2)
		go func() { _, err := gather(t.Context(), e, request("a", 1)); results <- err }()
		synctest.Wait()
		ctx, cancel := context.WithCancel(t.Context())
		go func() { _, err := gather(ctx, e, request("b", 1)); results <- err }()
		synctest.Wait()
		if n := e.Stats().QueueLength; n != 1 {
			t.Errorf("%d wait, want 1", n)
		}
		cancel()
		if err := <-results; !errors.Is(err, context.Canceled) {
			t.Errorf("the cancelled one got %v", err)
		}
		s.gate <- nil
		if err := <-results; err != nil {
			t.Errorf("the other one got %v", err)
		}
		synctest.Wait()
		if got := s.begun(); got != "a" {
			t.Errorf("computed were %q, want only a", got)
		}
		if n := e.Stats().QueueLength; n != 0 {
			t.Errorf("%d still wait", n)
		}
	})
}

func TestACancelledRequestEndsItsRunningStep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScripted(hashed)
		s.gate = make(chan error)
		e := scriptedEngine(t, s, 1, 8)
		defer shut(t, e)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { _, err := gather(ctx, e, request(strings.Repeat("p", 200), 5)); done <- err }()
		synctest.Wait()
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		synctest.Wait()
		stats := e.Stats()
		if stats.Cancelled != 1 || stats.Errors != 0 || stats.RowsBusy != 0 {
			t.Errorf("stats are %+v", stats)
		}
		close(s.gate) // what comes now runs
		answers, err := gather(t.Context(), e, request("next", 3))
		if err != nil || answers[0].raw != reference("next", 3) {
			t.Errorf("afterwards: %v, %v", answers, err)
		}
	})
}

func TestAChunkOfASessionsPromptOutlivesTheKeyThatOvertakesIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScripted(hashed)
		s.gate = make(chan error)
		e := scriptedEngine(t, s, 2, 8)
		defer shut(t, e)
		prompt := strings.Repeat("p", 200)
		typed := func(text string) infer.Request {
			req := request(text, 1)
			req.Document = infer.DocumentRef{Session: "s", URI: "file:///a.go"}
			return req
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { _, err := gather(ctx, e, typed(prompt)); done <- err }()
		synctest.Wait()
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		synctest.Wait()
		close(s.gate) // the chunk in flight ends, and what comes now runs
		synctest.Wait()
		if n := s.count(); n != 1 {
			t.Errorf("%d steps ran for what nobody waits for, want the one in flight", n)
		}
		if stats := e.Stats(); stats.Cancelled != 1 || stats.RowsBusy != 0 {
			t.Errorf("stats are %+v", stats)
		}
		answers, err := gather(t.Context(), e, typed(prompt+"q"))
		if err != nil || answers[0].raw != reference(prompt+"q", 1) {
			t.Fatalf("afterwards: %v, %v", answers, err)
		}
		if u := answers[0].usage; u.ReusedTokens != chunkTokens {
			t.Errorf("%d tokens were there already, want the chunk's %d", u.ReusedTokens, chunkTokens)
		}
	})
}

func TestLeavingTheLoopEndsTheGenerationBeforeTheNextToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScripted(hashed)
		s.gate = make(chan error)
		e := scriptedEngine(t, s, 1, 8)
		defer shut(t, e)
		go func() {
			for range e.Generate(t.Context(), request("ab", 100)) {
				break
			}
		}()
		synctest.Wait()
		s.gate <- nil
		synctest.Wait()
		if steps := len(s.steps); steps > 2 {
			t.Errorf("%d steps ran after the loop was left", steps)
		}
		if stats := e.Stats(); stats.RowsBusy != 0 || stats.Cancelled != 1 || stats.WastedTokens != 1 {
			t.Errorf("stats are %+v", stats)
		}
	})
}

func TestRowsAreGivenByPriorityAndInTurnBetweenUsers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScripted(hashed)
		s.gate = make(chan error)
		e := scriptedEngine(t, s, 1, 64)
		defer shut(t, e)
		var wg sync.WaitGroup
		submit := func(req infer.Request) {
			wg.Go(func() {
				if _, err := gather(t.Context(), e, req); err != nil {
					t.Error(err)
				}
			})
			synctest.Wait()
		}
		// The first takes the row; the others wait, in this order of arrival.
		submit(by("ann", infer.PriorityAutomatic, request("0", 1)))
		warming := by("eve", infer.PrioritySpeculative, request("s", 1))
		warming.Document.Session = "" // a session's own would be refused
		submit(warming)
		submit(by("ann", infer.PriorityAutomatic, request("1", 1)))
		submit(by("ann", infer.PriorityAutomatic, request("2", 1)))
		submit(by("ann", infer.PriorityAutomatic, request("3", 1)))
		submit(by("bob", infer.PriorityAutomatic, request("b", 1)))
		submit(by("bob", infer.PriorityAutomatic, request("c", 1)))
		submit(by("dan", infer.PriorityInvoked, request("i", 1)))
		close(s.gate)
		wg.Wait()
		if got, want := s.begun(), "0ib1c23s"; got != want {
			t.Errorf("begun in the order %q, want %q", got, want)
		}
	})
}

func TestASpeculativeRequestGivesItsRowToAnyOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScripted(hashed)
		s.gate = make(chan error)
		e := scriptedEngine(t, s, 1, 8)
		defer shut(t, e)
		speculative := make(chan error, 1)
		go func() {
			_, err := gather(t.Context(), e, by("ann", infer.PrioritySpeculative, request("common text", 50)))
			speculative <- err
		}()
		synctest.Wait()
		got := make(chan []answer, 1)
		go func() {
			a, err := gather(t.Context(), e, by("ann", infer.PriorityAutomatic, request("common text!", 2)))
			if err != nil {
				t.Error(err)
			}
			got <- a
		}()
		synctest.Wait()
		close(s.gate)
		if err := <-speculative; !errors.Is(err, infer.ErrOverloaded) {
			t.Errorf("the speculative one ended with %v", err)
		}
		a := (<-got)[0]
		if a.raw != reference("common text!", 2) || a.usage.ReusedTokens != len("common text!")-2 {
			t.Errorf("got %q with %+v", a.raw, a.usage)
		}
	})
}

func TestAFullQueueIsAnOverload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScripted(hashed)
		s.gate = make(chan error)
		e := scriptedEngine(t, s, 1, 2)
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				if _, err := gather(t.Context(), e, request("x", 1)); !errors.Is(err, infer.ErrClosed) {
					t.Errorf("after Close: %v", err)
				}
			})
			synctest.Wait()
		}
		_, err := gather(t.Context(), e, request("x", 1))
		var retry *infer.RetryError
		if !errors.Is(err, infer.ErrOverloaded) || !errors.As(err, &retry) || retry.After <= 0 {
			t.Errorf("got %v", err)
		}
		shut(t, e) // ends the running step and those that wait
		wg.Wait()
		if _, err := gather(t.Context(), e, request("x", 1)); !errors.Is(err, infer.ErrClosed) {
			t.Errorf("a closed engine says %v", err)
		}
	})
}

func TestAFailureHarmsOnlyTheRequestsInIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScripted(hashed)
		s.gate = make(chan error, 1)
		e := scriptedEngine(t, s, 2, 8)
		defer shut(t, e)
		s.gate <- nil
		if _, err := gather(t.Context(), e, request("abc", 1)); err != nil {
			t.Error(err)
		}
		s.gate <- errors.New("out of memory")
		_, err := gather(t.Context(), e, request("abcd", 1))
		if !errors.Is(err, infer.ErrRuntime) || !strings.Contains(err.Error(), "out of memory") {
			t.Errorf("got %v", err)
		}
		s.gate <- nil
		answers, err := gather(t.Context(), e, request("abcd", 1))
		if err != nil || answers[0].raw != reference("abcd", 1) || answers[0].usage.ReusedTokens != 0 {
			t.Errorf("afterwards: %+v, %v", answers, err)
		}
		if n := e.Stats().Errors; n != 1 {
			t.Errorf("%d errors are counted", n)
		}
	})
}

func TestLogitsThatAreNoNumbersEndOneRequestAlone(t *testing.T) {
	s := newScripted(func(context []int32) []float32 {
		if context[0] == 'n' && len(context) > 4 {
			return notANumber()
		}
		return hashed(context)
	})
	e := scriptedEngine(t, s, 2, 8)
	defer shut(t, e)
	var wg sync.WaitGroup
	wg.Go(func() {
		if _, err := gather(t.Context(), e, by("ann", 0, request("nan", 40))); !errors.Is(err, infer.ErrRuntime) {
			t.Errorf("got %v", err)
		}
	})
	wg.Go(func() {
		answers, err := gather(t.Context(), e, by("bob", 0, request("well", 40)))
		if err != nil || answers[0].raw != reference("well", 40) {
			t.Errorf("its neighbour: %+v, %v", answers, err)
		}
	})
	wg.Wait()
}
