package ort

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"inkling/infer"
)

// source is a text of real code, some 1,000 tokens of it.
func source(t testing.TB) string {
	t.Helper()
	text, err := os.ReadFile("engine.go")
	if err != nil {
		t.Fatal(err)
	}
	return string(text[:3600])
}

func TestGreedyOutputIsTheSameAloneAfterRollbackAndTogether(t *testing.T) {
	e := realEngine(t, nil)
	text := source(t)
	ends := []int{700, 1100, 1500, 1900}
	ask := func(n int, priority infer.Priority) infer.Request {
		return by(fmt.Sprint(n), priority, infer.Request{Prompt: infer.Prompt{Prefix: text[:n]}, Options: infer.Options{MaxTokens: 16}})
	}
	alone := map[int]string{}
	for _, n := range ends {
		alone[n] = collect(t, e, ask(n, 0))[0].raw
	}
	for _, n := range ends {
		collect(t, e, infer.Request{Prompt: infer.Prompt{Prefix: text[:n-40] + "somewhere else"}, Options: infer.Options{MaxTokens: 4},
			Document: ask(n, 0).Document})
		if got := collect(t, e, ask(n, 0))[0]; got.raw != alone[n] || got.usage.ReusedTokens == 0 {
			t.Errorf("after a rollback, byte %d: %q, want %q (%+v)", n, got.raw, alone[n], got.usage)
		}
	}
	// In forms other than native a single row and several are multiplied by different kernels, and one in some 40 tokens falls
	// otherwise: of 24 answers of 24 tokens 11 were the same. What comes before the first such token must be the larger part.
	together := make([]string, len(ends))
	var wg sync.WaitGroup
	for i, n := range ends {
		wg.Go(func() {
			answers, err := gather(t.Context(), e, ask(n, 0))
			if err != nil {
				t.Error(err)
				return
			}
			together[i] = answers[0].raw
		})
	}
	wg.Wait()
	same, all := 0, 0
	for i, n := range ends {
		same, all = same+agreement(together[i], alone[n]), all+len(alone[n])
	}
	t.Logf("the first %d of %d bytes are the same together", same, all)
	if 3*same < all || e.c.Model.Exact && same < all {
		t.Errorf("only the first %d of %d bytes are the same together", same, all)
	}
}

func TestGreedyOutputIsTheSameAfterEviction(t *testing.T) {
	e := realEngine(t, func(c *Config) {
		c.Rows, c.ContextTokens = 4, 1024
		c.KVBytes = c.rowBytes() // one whole row, or parts of several
	})
	text := source(t)
	ask := func(user string, from, to int) answer {
		return collect(t, e, by(user, infer.PriorityAutomatic, infer.Request{Prompt: infer.Prompt{Prefix: text[from:to]}, Options: infer.Options{MaxTokens: 24}}))[0]
	}
	alone := ask("ann", 0, 1500)
	for _, other := range []string{"bob", "cid"} {
		ask(other, 1500, 3500)
		if again := ask("ann", 0, 1500); again.raw != alone.raw || again.usage.ReusedTokens != 0 {
			t.Errorf("after %s took the memory: %q with %d tokens that were there, want %q with none", other, again.raw, again.usage.ReusedTokens, alone.raw)
		}
	}
}

func TestATypedCharacterComputesItsOwnTokensOnly(t *testing.T) {
	e := realEngine(t, nil)
	computed := typed(t, e, 60)
	if median := computed[len(computed)/2]; median > 3 {
		t.Errorf("the median is %d prompt tokens, want at most 3: %v", median, computed)
	}
}

// typed types characters of real code one by one after a long beginning; it returns the prompt tokens that each computed.
func typed(t testing.TB, e *Engine, characters int) []int {
	t.Helper()
	text := source(t)
	start := len(text) - characters
	var computed []int
	for n := start; n <= len(text); n++ {
		a := collect(t, e, by("ann", infer.PriorityAutomatic, infer.Request{
			Prompt: infer.Prompt{Prefix: text[:n]}, Options: infer.Options{MaxTokens: 1}}))[0]
		if n > start {
			computed = append(computed, a.usage.ComputedTokens)
		}
	}
	slices.Sort(computed)
	return computed
}

func TestTheMissingIsNamed(t *testing.T) {
	c := realConfig(t)
	for says, change := range map[string]func(*Config){
		"threads: 1000":   func(c *Config) { c.Threads = 1000 },
		"rows: -1":        func(c *Config) { c.Rows = -1 },
		"libnothing.so":   func(c *Config) { c.LibraryPath = "/nowhere/libnothing.so" },
		"tokenizer.jsonx": func(c *Config) { c.Model.Tokenizer += "x" },
	} {
		changed := c
		change(&changed)
		e, err := New(changed)
		if err == nil {
			shut(t, e)
		}
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("got %v, which does not say %q", err, says)
		}
	}
}
