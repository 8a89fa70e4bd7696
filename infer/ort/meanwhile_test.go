package ort

import (
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
