package ort

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"inkling/infer"
)

func TestWhatIsKnownIsAnsweredWhileOthersRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScripted(hashed)
		s.gate = make(chan error)
		e := scriptedEngine(t, s, 4, 8)
		defer shut(t, e)
		ask := func(user, text string, tokens int) <-chan answer {
			done := make(chan answer, 1)
			go func() {
				answers, err := gather(t.Context(), e, by(user, infer.PriorityAutomatic, request(text, tokens)))
				if err != nil {
					t.Errorf("%s: %v", user, err)
				}
				done <- answers[0]
			}()
			synctest.Wait()
			return done
		}
		step := func() { s.gate <- nil; synctest.Wait() }
		first := ask("ann", "some text", 1)
		step()
		<-first
		bob := ask("bob", "another", 1) // his step waits at the gate
		again := ask("ann", "some text", 1)
		select {
		case a := <-again:
			if a.raw != reference("some text", 1) || a.usage.ComputedTokens != 0 {
				t.Errorf("got %q, %+v", a.raw, a.usage)
			}
		default:
			t.Fatal("what is known waits for another's step")
		}
		longer := ask("ann", "some text", 2) // its second token needs a step, after bob's
		select {
		case a := <-longer:
			t.Errorf("two tokens came from one row of logits: %q", a.raw)
		default:
		}
		step()
		if a := <-bob; a.raw != reference("another", 1) {
			t.Errorf("bob got %q", a.raw)
		}
		step()
		if a := <-longer; a.raw != reference("some text", 2) {
			t.Errorf("ann got %q", a.raw)
		}
		if n := e.Stats().QueueLength; n != 0 {
			t.Errorf("%d wait", n)
		}
		close(s.gate)
		time.Sleep(aheadPause)
		synctest.Wait()
	})
}

func TestUnderLoadWhatIsKnownComesAtOnceAndTheRestIsHeldBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLoaded(t, "some text")
		l.ask(t.Context(), "ann", "some text", 3) // 3 of 4 lanes are busy: she is held back for some 50 ms
		l.expect("ann", reference("some text", 1), "while the others' step runs")
		l.step(time.Millisecond) // the others', in which she came
		if n := l.step(time.Millisecond); n != 3 {
			t.Errorf("%d rows in a step while she is held back, want the others' 3", n)
		}
		l.step(maxDebounce)
		if n := l.step(time.Millisecond); n != 4 {
			t.Errorf("%d rows in a step after it, want 4", n)
		}
		l.step(time.Millisecond)
		l.expect("ann", reference("some text", 3), "at the end")
	})
}

func TestUnderLoadWhatIsKnownComesWhenTheRequestBeforeItHasLeftTheRow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLoaded(t, "some text")
		ctx, cancel := context.WithCancel(t.Context())
		l.ask(ctx, "ann", "some text", 60)
		l.step(time.Millisecond)
		l.step(maxDebounce)
		l.step(time.Millisecond) // her row is in it, and in the next one
		cancel()
		synctest.Wait()
		l.said.clear()
		l.ask(t.Context(), "ann", "some text", 3)
		l.expect("ann", "", "while her row is in a step")
		l.step(time.Millisecond)
		l.expect("ann", reference("some text", 3), "after it") // what follows was said before, and is kept as well
	})
}

func TestWhatIsKnownLeavesTheLastLaneToWhoAskedByHand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLoaded(t, "some text")
		go func() {
			if _, err := gather(t.Context(), l.e, by("eve", infer.PriorityInvoked, request("eve asks", 40))); err != nil && t.Context().Err() == nil {
				t.Error(err)
			}
		}()
		synctest.Wait()
		l.ask(t.Context(), "ann", "some text", 3)
		l.expect("ann", "", "while eve waits for the last lane")
		l.step(time.Millisecond)
		if n := l.step(time.Millisecond); n != 4 {
			t.Errorf("%d rows in the step after eve asked, want the others' 3 and hers", n)
		}
		l.expect("ann", "", "while no lane is free")
	})
}

func TestWhatSurvivesAFailureIsFedAgainInChunks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		text := strings.Repeat("some text ", 30)
		l, fresh := newLoaded(t, text), newScripted(hashed)
		l.e.reopen = func() (lm, error) { return fresh, nil }
		l.ask(t.Context(), "ann", text, 3)
		l.expect("ann", reference(text, 1), "before the failure") // she is in no step
		l.s.gate <- errors.New("out of memory")
		time.Sleep(aheadPause)
		synctest.Wait()
		l.expect("ann", reference(text, 3), "after it")
		if len(fresh.steps) == 0 {
			t.Error("the model was not opened anew")
		}
		for _, step := range fresh.steps {
			if n := len(step[0].ids); n > chunkTokens {
				t.Errorf("%d tokens were fed at once, want at most %d", n, chunkTokens)
			}
		}
	})
}

// loaded is an engine three of whose four lanes are busy, with steps of 200 ms, and that knows what follows a text of ann's.
type loaded struct {
	t    *testing.T
	s    *scripted
	e    *Engine
	said texts
}

// texts are what users were told.
type texts struct {
	mu     sync.Mutex
	byUser map[string]string
}

func (s *texts) add(user, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.byUser[user] += text
}

func (s *texts) clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.byUser)
}

func newLoaded(t *testing.T, known string) *loaded {
	s := newScripted(hashed)
	s.gate = make(chan error)
	l := &loaded{t: t, s: s, e: scriptedEngine(t, s, 4, 8), said: texts{byUser: map[string]string{}}}
	t.Cleanup(func() {
		close(s.gate)
		shut(t, l.e)
	})
	l.ask(t.Context(), "ann", known, 1)
	for range 1 + len(known)/chunkTokens {
		l.step(0)
	}
	for _, other := range []string{"bob", "cid", "dan"} {
		l.ask(t.Context(), other, other+" types", 100)
	}
	for range 12 {
		l.step(200 * time.Millisecond)
	}
	l.said.clear()
	return l
}

// ask begins a request, and waits until nothing moves without a step.
func (l *loaded) ask(ctx context.Context, user, text string, tokens int) {
	go func() {
		for d, err := range l.e.Generate(ctx, by(user, infer.PriorityAutomatic, request(text, tokens))) {
			if err != nil && ctx.Err() == nil && !errors.Is(err, infer.ErrRuntime) {
				l.t.Errorf("%s: %v", user, err)
			}
			l.said.add(user, d.Raw)
		}
	}()
	synctest.Wait()
}

// step ends the running step some time from now, and says how many rows were in it.
func (l *loaded) step(after time.Duration) int {
	time.Sleep(after)
	l.s.mu.Lock()
	rows := len(l.s.steps[len(l.s.steps)-1])
	l.s.mu.Unlock()
	l.s.gate <- nil
	synctest.Wait()
	return rows
}

func (l *loaded) expect(user, text, when string) {
	l.t.Helper()
	l.said.mu.Lock()
	defer l.said.mu.Unlock()
	if l.said.byUser[user] != text {
		l.t.Errorf("%s: %s was told %q, want %q", when, user, l.said.byUser[user], text)
	}
}
