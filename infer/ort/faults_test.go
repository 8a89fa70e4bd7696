package ort

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"inkling/infer"
)

func TestAFailedRuntimeIsOpenedAnewAndHarmsOnlyWhoWasInTheRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broken, fresh := newScripted(hashed), newScripted(hashed)
		broken.gate = make(chan error)
		c := Config{Rows: 4, Queue: 8}
		e := configured(t, broken, c)
		e.reopen = func() (lm, error) { return fresh, nil }
		defer shut(t, e)
		long, short := strings.Repeat("l", 150), "s"
		results := make(chan error, 2)
		ask := func(text string, priority infer.Priority) {
			go func() {
				a, err := gather(t.Context(), e, by(text[:1], priority, request(text, 3)))
				if err == nil && a[0].raw != reference(text, 3) {
					err = fmt.Errorf("%q is wrong", a[0].raw)
				}
				results <- err
			}()
			synctest.Wait()
		}
		ask(long, infer.PriorityAutomatic)
		ask(short, infer.PriorityInvoked) // waits for the first chunk
		broken.gate <- nil
		synctest.Wait() // both are in the next step, the long one with a chunk
		broken.gate <- nil
		synctest.Wait()
		broken.gate <- errors.New("out of memory")
		first, second := <-results, <-results
		for _, err := range []error{first, second} {
			if !errors.Is(err, infer.ErrRuntime) || !strings.Contains(err.Error(), "out of memory") {
				t.Errorf("got %v", err)
			}
		}
		ask(long, infer.PriorityAutomatic) // on the model that was opened anew
		if err := <-results; err != nil {
			t.Errorf("afterwards: %v", err)
		}
		if s := e.Stats(); s.Rebuilt != 1 || s.Errors != 2 {
			t.Errorf("stats are %+v", s)
		}
	})
}

func TestAModelThatCannotBeOpenedAgainIsTriedWithEveryRequest(t *testing.T) {
	s, tries := newScripted(hashed), 0
	s.gate = make(chan error, 1)
	e := scriptedEngine(t, s, 2, 8)
	fresh := newScripted(hashed)
	e.reopen = func() (lm, error) {
		if tries++; tries < 3 {
			return nil, errors.New("no memory")
		}
		return fresh, nil
	}
	defer shut(t, e)
	s.gate <- errors.New("broken")
	for try := range 4 {
		a, err := gather(t.Context(), e, request("abc", 2))
		if try < 3 && !errors.Is(err, infer.ErrRuntime) {
			t.Errorf("try %d: %v", try, err)
		}
		if try == 3 && (err != nil || a[0].raw != reference("abc", 2)) {
			t.Errorf("at last: %q, %v", a[0].raw, err)
		}
	}
}

func TestAModelThatCannotBeOpenedIsFailedAndTriedAgainWhereNobodyAsks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, fresh, tries := newScripted(hashed), newScripted(hashed), 0
		s.gate = make(chan error, 1)
		e := scriptedEngine(t, s, 2, 8)
		defer shut(t, e)
		e.reopen = func() (lm, error) {
			if tries++; tries < 3 {
				return nil, errors.New("no memory")
			}
			return fresh, nil
		}
		s.gate <- errors.New("broken")
		if _, err := gather(t.Context(), e, request("abc", 2)); !errors.Is(err, infer.ErrRuntime) {
			t.Errorf("%v", err)
		}
		for _, want := range []string{"failed", "failed", "ok"} {
			synctest.Wait()
			if state := e.Stats().State; state != want {
				t.Errorf("%q after %d tries, want %q", state, tries, want)
			}
			time.Sleep(retryAfter) // of the bubble
		}
	})
}

func TestACancelledTaskThatNoRunHasToDoWithIsFreeAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScripted(hashed)
		s.gate = make(chan error)
		e := scriptedEngine(t, s, 2, 8)
		defer shut(t, e)
		ended := make(chan error, 2)
		cancels := map[string]context.CancelFunc{}
		for _, user := range []string{"a", "b"} {
			ctx, cancel := context.WithCancel(t.Context())
			cancels[user] = cancel
			go func() {
				req := by(user, infer.PriorityAutomatic, request(strings.Repeat(user, 200), 2))
				req.Document = infer.DocumentRef{} // of no session, whose prompt would be fed to the end of its chunk
				_, err := gather(ctx, e, req)
				ended <- err
			}()
			synctest.Wait()
		}
		s.gate <- nil // a's first chunk, of 64
		synctest.Wait()
		s.mu.Lock()
		last := s.steps[len(s.steps)-1]
		s.mu.Unlock()
		if len(last) != 1 || last[0].ids[0] != 'a' { // the chunk went to a, which is due first
			t.Fatalf("the step is %+v", last)
		}
		cancels["b"]()
		<-ended
		time.Sleep(time.Minute) // the run takes so long
		cancels["a"]()          // and ends with the only task that it is for
		<-ended
		synctest.Wait()
		if stats := e.Stats(); stats.Cancelled != 2 || stats.CancelToFreeMsP99 != 0 || stats.RowsBusy != 0 {
			t.Errorf("stats are %+v", stats)
		}
	})
}

func TestASessionThatVanishesInABatchLeavesItsNeighboursAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScripted(hashed)
		s.gate = make(chan error)
		e := scriptedEngine(t, s, 4, 8)
		defer shut(t, e)
		var wg sync.WaitGroup
		ctx, vanish := context.WithCancel(t.Context())
		for i := range 4 {
			wg.Go(func() {
				asking, text := t.Context(), fmt.Sprintf("%d in a batch", i)
				if i == 2 {
					asking = ctx
				}
				a, err := gather(asking, e, by(fmt.Sprint(i), infer.PriorityAutomatic, request(text, 12)))
				switch {
				case i == 2 && !errors.Is(err, context.Canceled):
					t.Errorf("who vanished got %v", err)
				case i != 2 && (err != nil || a[0].raw != reference(text, 12)):
					t.Errorf("%d got %q, %v", i, a[0].raw, err)
				}
			})
		}
		synctest.Wait()
		for range 6 {
			s.gate <- nil
			synctest.Wait()
		}
		vanish() // in the middle of a step
		synctest.Wait()
		close(s.gate)
		wg.Wait()
		if stats := e.Stats(); stats.Cancelled != 1 || stats.Errors != 0 {
			t.Errorf("stats are %+v", stats)
		}
	})
}

func TestAPromptThatFillsItsRowIsCutAndAnswered(t *testing.T) {
	e := configured(t, newScripted(hashed), Config{Rows: 2, ContextTokens: 64})
	defer shut(t, e)
	text := strings.Repeat("abcdefgh", 100)
	a := collect(t, e, request(text, 60))[0]
	if a.stop != infer.StopLength || a.raw == "" || a.usage.PromptTokens+a.usage.CompletionTokens > 64 {
		t.Errorf("got %+v", a)
	}
}

func TestRowsGiveTheirMemoryBackAndAreFilledAgain(t *testing.T) {
	const most = 8 * 1024 // of 8 bytes a token: two whole rows, though there are sixteen
	s := newScripted(hashed)
	e := configured(t, s, Config{Rows: 16, KVBytes: most})
	defer shut(t, e)
	for round := range 2 {
		for user := range 8 {
			text := strings.Repeat(string(rune('a'+user)), 200)
			a := collect(t, e, by(fmt.Sprint(user), infer.PriorityAutomatic, request(text, 20)))[0]
			if a.raw != reference(text, 20) {
				t.Errorf("round %d, user %d: %q", round, user, a.raw)
			}
			if stats := e.Stats(); stats.KVBytes > most || stats.KVLimitBytes != most {
				t.Fatalf("KV takes %d bytes of %d", stats.KVBytes, stats.KVLimitBytes)
			}
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.released) == 0 {
		t.Error("no row gave its memory back")
	}
}

func TestAHopelessQueueIsAnOverloadForWhatNobodyAskedForByHand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScripted(hashed)
		s.gate = make(chan error)
		e := scriptedEngine(t, s, 1, 64)
		var wg sync.WaitGroup
		for i := range 4 {
			wg.Go(func() {
				if _, err := gather(t.Context(), e, by(fmt.Sprint(i), infer.PriorityAutomatic, request("x", 1))); !errors.Is(err, infer.ErrClosed) {
					t.Errorf("got %v", err)
				}
			})
			synctest.Wait()
		}
		e.mu.Lock()
		e.taskMs = 900 // three wait
		e.mu.Unlock()
		_, err := gather(t.Context(), e, by("late", infer.PriorityAutomatic, request("x", 1)))
		var retry *infer.RetryError
		if !errors.Is(err, infer.ErrOverloaded) || !errors.As(err, &retry) || retry.After != 2700*time.Millisecond ||
			!strings.Contains(err.Error(), "3 wait, for about 2.7s") {
			t.Errorf("got %v", err)
		}
		wg.Go(func() {
			if _, err := gather(t.Context(), e, by("hand", infer.PriorityInvoked, request("x", 1))); !errors.Is(err, infer.ErrClosed) {
				t.Errorf("by hand: %v", err)
			}
		})
		synctest.Wait()
		shut(t, e)
		wg.Wait()
	})
}

func TestAutomaticRequestsAreHeldBackByLoad(t *testing.T) {
	start := time.Now()
	var l load
	if d := l.debounce(start); d != 0 {
		t.Errorf("idle: %v", d)
	}
	now := start
	for range 100 { // two lanes of eight
		now = now.Add(25 * time.Millisecond)
		l.add(now, 25*time.Millisecond, 0.25)
	}
	if d := l.debounce(now); d != 0 {
		t.Errorf("with room: %v", d)
	}
	for range 100 { // six of eight
		now = now.Add(25 * time.Millisecond)
		l.add(now, 25*time.Millisecond, 0.75)
	}
	if d := l.debounce(now); d < 40*time.Millisecond || d > 60*time.Millisecond {
		t.Errorf("three quarters: %v, want half of %v", d, maxDebounce)
	}
	for range 100 {
		now = now.Add(25 * time.Millisecond)
		l.add(now, 25*time.Millisecond, 1)
	}
	if d := l.debounce(now); d < 95*time.Millisecond || d > maxDebounce {
		t.Errorf("full: %v", d)
	}
	if d := l.debounce(now.Add(time.Second)); d != 0 {
		t.Errorf("a second later: %v", d)
	}
}

func TestSuggestionsOfOneRequestAreDecodedTogether(t *testing.T) {
	s := newScripted(func(context []int32) []float32 {
		logits := hashed(context)
		logits['Z'] = 19 // the second best, always
		return logits
	})
	e := scriptedEngine(t, s, 4, 8)
	defer shut(t, e)
	req := request(strings.Repeat("q", 100), 6)
	req.Options.Suggestions = 3
	collect(t, e, req)
	most := 0
	for _, step := range s.steps {
		most = max(most, len(step))
	}
	if most != 3 || len(s.steps) != 2+5 { // the prompt in two chunks, then five tokens of each
		t.Errorf("%d steps, of %d rows at the most", len(s.steps), most)
	}
	again := collect(t, e, request(strings.Repeat("q", 100), 6))[0]
	if again.usage.ReusedTokens != 100 {
		t.Errorf("afterwards: %+v", again.usage)
	}
}

// BenchmarkTake looks for the best of 256 rows that all begin like the prompt, the worst case.
func BenchmarkTake(b *testing.B) {
	r := newRows(maxRows, 2048)
	prompt := make([]int32, 1024)
	for i, row := range r.all {
		row.tokens = append(row.tokens, prompt...)
		row.tokens[1000+i%24] = 1
	}
	for b.Loop() {
		if mine, _ := r.take(prompt, "one", ""); mine == nil {
			b.Fatal("no row")
		}
	}
}
