package ort

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"inkling/infer"
)

func TestLongPromptsLeaveRoomForThoseWhoTypeOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScripted(hashed)
		s.gate = make(chan error)
		e := scriptedEngine(t, s, 8, 32)
		defer shut(t, e)
		var wg sync.WaitGroup
		submit := func(user, text string) {
			wg.Go(func() {
				a, err := gather(t.Context(), e, by(user, infer.PriorityAutomatic, request(text, 1)))
				if err != nil || a[0].raw != reference(text, 1) {
					t.Errorf("%s: %v, %v", user, a, err)
				}
			})
			synctest.Wait()
		}
		for i := range 4 {
			submit(fmt.Sprint(i), strings.Repeat(string(rune('a'+i)), 400-10*i))
		}
		s.gate <- nil
		synctest.Wait()
		if n := e.Stats(); n.RowsBusy != longAtOnce || n.QueueLength != 4-longAtOnce {
			t.Errorf("%d are fed and %d wait, want %d and %d", n.RowsBusy, n.QueueLength, longAtOnce, 4-longAtOnce)
		}
		submit("short", "s")
		close(s.gate)
		wg.Wait()
		// The first had begun; of the others the shortest came first, and what is short before all of them.
		if got, want := s.begun(), "asdcb"; got != want {
			t.Errorf("begun in the order %q, want %q", got, want)
		}
	})
}

// TestALongPromptIsNotPassedForEver has short ones come without end.
func TestALongPromptIsNotPassedForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScripted(hashed)
		s.gate = make(chan error)
		e := configured(t, s, Config{Rows: 8, Lanes: 2, Queue: 100})
		defer shut(t, e)
		var wg sync.WaitGroup
		served := make(chan time.Duration, 1)
		start := time.Now()
		submit := func(user, text string) {
			wg.Go(func() {
				if _, err := gather(t.Context(), e, by(user, infer.PriorityInvoked, request(text, 1))); err != nil {
					t.Error(err)
				} else if user == "long" {
					served <- time.Since(start)
				}
			})
			synctest.Wait()
		}
		n := 0
		for n < 6 {
			n++
			submit(fmt.Sprint(n), fmt.Sprintf("%d short", n))
		}
		submit("long", strings.Repeat("L", 300))
		const step = 10 * time.Millisecond
		for i := 0; len(served) == 0 && i < int(3*longPatience/step); i++ {
			time.Sleep(step)
			s.gate <- nil
			synctest.Wait()
			for ; e.Stats().QueueLength < 6; n++ {
				submit(fmt.Sprint(n%16), fmt.Sprintf("%d short", n))
			}
		}
		close(s.gate)
		wg.Wait()
		if len(served) == 0 {
			t.Fatal("it was not served")
		}
		if after := <-served; after < longPatience || after > 2*longPatience {
			t.Errorf("it was served after %v", after)
		}
	})
}
