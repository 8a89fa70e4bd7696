package ort

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

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
