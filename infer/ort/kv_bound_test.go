package ort

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"inkling/infer"
)

// openBoth opens a model twice: with its cache in mapped memory, and bound as on a GPU.
func openBoth(t *testing.T, c Config) (mapped, bound lm) {
	t.Helper()
	t.Helper()
	c.boundKV = false
	mapped = openLM(t, c)
	c.boundKV = true
	return mapped, openLM(t, c)
}

// same says whether two lists of logits agree to the bit, and hold numbers.
func same(a, b [][]float32) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if len(a[i]) != len(b[i]) {
			return false
		}
		for j := range a[i] {
			if math.Float32bits(a[i][j]) != math.Float32bits(b[i][j]) || math.IsNaN(float64(a[i][j])) {
				return false
			}
		}
	}
	return true
}

// A bound cache gives the same logits, to the bit, as the mapped one: whole, in chunks, rewound, for several rows at once,
// and on a copied beginning.
func TestABoundCacheGivesTheSameLogits(t *testing.T) {
	config := func(path, precision string) Config {
		return Config{Model: fixtureModel(t, path, precision), LibraryPath: realConfig(t).LibraryPath, Rows: 4, ContextTokens: 128}
	}
	real := realConfig(t)
	real.Rows, real.ContextTokens = 4, 256
	for name, c := range map[string]Config{
		"default model": real,
		"qwen2, fp32":   config("qwen2.gguf", "fp32"),
		"llama, int8":   config("llama.gguf", ""),
		"qwen2, fp16":   config("qwen2.gguf", "fp16"),
		"qwen2, native": config("qwen2.gguf", "native"),
		"llama, native": config("llama.gguf", "native"),
		"qwen2, genai":  config("qwen2-genai", ""),
	} {
		t.Run(name, func(t *testing.T) {
			mapped, bound := openBoth(t, c)
			ids := make([]int32, 64)
			for i := range ids {
				ids[i] = int32((7 + 13*i) % min(c.Model.Vocabulary, 1000))
			}
			play := func(what string, segments ...segment) {
				t.Helper()
				want := step(t, mapped, segments...)
				for i := range want {
					want[i] = append([]float32(nil), want[i]...)
				}
				if got := step(t, bound, segments...); !same(got, want) {
					t.Errorf("%s: other logits", what)
				}
			}
			play("whole", segment{row: 1, ids: ids, want: true})
			play("rewound", segment{row: 1, past: 40, ids: ids[10:20], want: true})
			play("one token", segment{row: 1, past: 50, ids: ids[:1], want: true})
			play("another row", segment{row: 2, ids: ids[5:21], want: true})
			for _, l := range []lm{mapped, bound} {
				if err := l.Copy(1, 3, 33); err != nil {
					t.Fatal(err)
				}
			}
			play("a copied beginning", segment{row: 3, past: 33, ids: ids[:4], want: true})
			play("rows together", segment{row: 1, past: 51, ids: ids[1:2], want: true},
				segment{row: 2, past: 16, ids: ids[:3], want: true}, segment{row: 3, past: 37, ids: ids[9:10], want: true})
			play("the row that was copied from", segment{row: 1, past: 33, ids: ids[:4], want: true})
		})
	}
}

// What was not copied, or not to that row, must show: otherwise the test above could not fail.
func TestABoundCacheCopiesNoMoreThanWasAsked(t *testing.T) {
	c := realConfig(t)
	c.Rows, c.ContextTokens = 2, 64
	mapped, bound := openBoth(t, c)
	ids := []int32{11, 12, 13, 14, 15, 16, 17, 18}
	want := step(t, mapped, segment{row: 0, ids: ids, want: true})
	step(t, bound, segment{row: 0, ids: ids[:6], want: true})
	if err := bound.Copy(0, 1, 3); err != nil {
		t.Fatal(err)
	}
	if got := step(t, bound, segment{row: 1, past: 6, ids: ids[6:], want: true}); same(got, want) {
		t.Error("three copied tokens serve as six")
	}
	if got := step(t, bound, segment{row: 1, past: 3, ids: ids[3:], want: true}); !same(got, want) {
		t.Error("the copied beginning is another")
	}
}

func TestABoundCacheNamesWhatIsOutOfRange(t *testing.T) {
	c := realConfig(t)
	c.Rows, c.ContextTokens = 2, 64
	_, bound := openBoth(t, c)
	for _, copied := range [][3]int{{0, 2, 1}, {-1, 1, 1}, {0, 1, 65}} {
		if err := bound.Copy(copied[0], copied[1], copied[2]); err == nil {
			t.Errorf("%v was copied", copied)
		}
	}
	if _, err := bound.Step([]segment{{row: 2, ids: []int32{1, 2}, want: true}}); err == nil || !strings.Contains(err.Error(), "2") {
		t.Errorf("a row that is not there: %v", err)
	}
}

// Terminate ends a bound run at once, and what comes after is as if it had not been.
func TestABoundRunIsTerminated(t *testing.T) {
	c := realConfig(t)
	c.Rows, c.ContextTokens = 2, 512
	mapped, bound := openBoth(t, c)
	ids := make([]int32, 256)
	for i := range ids {
		ids[i] = int32(100 + i)
	}
	bound.Terminate()
	if _, err := bound.Step([]segment{{row: 0, ids: ids, want: true}}); err == nil {
		t.Error("a terminated run ended without an error")
	}
	bound.Resume()
	if got, want := step(t, bound, segment{row: 0, ids: ids, want: true}), step(t, mapped, segment{row: 0, ids: ids, want: true}); !same(got, want) {
		t.Error("other logits after a terminated run")
	}
}

func TestAnEngineOnABoundCacheAnswersAndCancels(t *testing.T) {
	answers := make([]string, 2)
	for i := range answers {
		e := realEngine(t, func(c *Config) { c.boundKV, c.Rows = i == 1, 4 })
		answers[i] = collect(t, e, ask(fibonacci, 24))[0].raw
		ctx, cancel := context.WithCancel(t.Context())
		cut := 0
		for _, err := range e.Generate(ctx, ask(source(t), 64)) {
			if cut++; cut == 2 {
				cancel()
			}
			if err != nil && !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		}
		cancel()
		answers[i] += collect(t, e, infer.Request{Prompt: infer.Prompt{Prefix: fibonacci + "fib"}, Options: infer.Options{MaxTokens: 24, Suggestions: 3, Temperature: 0.5, Seed: 7}})[0].raw
		if ms := e.Stats().CancelToFreeMsP99; ms > float64(time.Minute.Milliseconds()) {
			t.Errorf("cancelling took %v ms", ms)
		}
	}
	if answers[0] != answers[1] || answers[0] == "" {
		t.Errorf("got %q, want %q", answers[1], answers[0])
	}
}

func TestRowsOnADeviceAreWhatItsMemoryHolds(t *testing.T) {
	c := realConfig(t)
	c.boundKV, c.ContextTokens = true, 1024
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
	if most := c.KVBytes / c.rowBytes(); int64(c.Rows) != most || most < 2 {
		t.Errorf("%d rows of %d bytes in %d", c.Rows, c.rowBytes(), c.KVBytes)
	}
}
