package ort

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"inkling/infer"
	"inkling/infer/model"
)

func TestARowThatNobodyUsedForLongGivesItsMemoryBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScripted(hashed)
		e := configured(t, s, Config{Rows: 4, KVKeep: time.Minute})
		defer shut(t, e)
		empty := func() int {
			s.mu.Lock()
			defer s.mu.Unlock()
			return len(s.released)
		}
		collect(t, e, by("ann", infer.PriorityAutomatic, request("the first text", 2)))
		time.Sleep(40 * time.Second)
		collect(t, e, by("bob", infer.PriorityAutomatic, request("another text altogether", 2)))
		time.Sleep(aheadPause)
		synctest.Wait()
		both := e.Stats().KVBytes
		time.Sleep(19 * time.Second)
		synctest.Wait()
		if kept := e.Stats().KVBytes; kept != both || empty() != 0 {
			t.Errorf("after 59 s %d bytes of %d are left", kept, both)
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if kept := e.Stats().KVBytes; kept == 0 || kept >= both || empty() != 1 {
			t.Errorf("after 61 s %d bytes of %d are left, %d rows empty", kept, both, empty())
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if kept := e.Stats().KVBytes; kept != 0 {
			t.Errorf("%d bytes are left", kept)
		}
		a := collect(t, e, by("ann", infer.PriorityAutomatic, request("the first text", 2)))[0]
		if a.raw != reference("the first text", 2) || a.usage.ReusedTokens != 0 {
			t.Errorf("asked again: %q, %d tokens reused", a.raw, a.usage.ReusedTokens)
		}
	})
}

func TestAPromptThatMayNotBeStoredIsFoundByItsDocumentAloneAndNotForLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := configured(t, newScripted(hashed), Config{Rows: 4})
		defer shut(t, e)
		text := "password = ***, and after it " + strings.Repeat("text", 20)
		reused := func(session string, noStore bool) int {
			req := request(text, 2)
			req.Document, req.NoStore = infer.DocumentRef{Session: session, URI: "a"}, noStore
			a := collect(t, e, req)[0]
			if a.raw != reference(text, 2) {
				t.Errorf("%s got %q", session, a.raw)
			}
			return a.usage.ReusedTokens
		}
		reused("ann", true)
		if n := reused("bob", false); n != 0 {
			t.Errorf("another document reused %d of its tokens", n)
		}
		if n := reused("ann", true); n == 0 {
			t.Error("its own document computed it again at once")
		}
		time.Sleep(aheadPause) // what follows is decoded ahead
		synctest.Wait()
		both := e.Stats().KVBytes
		time.Sleep(secretKeep + time.Millisecond)
		synctest.Wait()
		if left := e.Stats().KVBytes; left != both/2 {
			t.Errorf("%d bytes of %d are left, want bob's row alone", left, both)
		}
		if n := reused("eve", false); n != len(text) {
			t.Errorf("eve reused %d tokens of bob's row, want %d", n, len(text))
		}
	})
}

func TestHowLongARowIsKeptIsChecked(t *testing.T) {
	for _, keep := range []time.Duration{time.Millisecond, -time.Second, MaxKVKeep + 1} {
		c := Config{Model: model.Config{Layers: 1, KVHeads: 1, HeadDim: 1, ContextTokens: 512}, KVKeep: keep}
		if err := c.Validate(); err == nil {
			t.Errorf("%v is taken", keep)
		}
	}
}
