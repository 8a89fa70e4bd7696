package cache

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"inkling/infer"
)

var testModel = infer.Model{Name: "script", ContextTokens: 2048, MaxTokens: 64, FillInMiddle: true}

func newCache(t testing.TB, cfg Config) *Cache {
	t.Helper()
	if cfg.Model == nil {
		cfg.Model = func() infer.Model { return testModel }
	}
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// place is where the script says twelve tokens.
const place = "f(x)\na"

func ask(prefix string) infer.Request {
	return infer.Request{Prompt: infer.Prompt{Language: "go", Prefix: prefix}, Options: infer.Options{MaxTokens: 12}}
}

// sameAnswer compares all but where it came from.
func sameAnswer(a, b told) bool {
	a.cached, b.cached = false, false
	close := math.Abs(a.prob-b.prob) < 1e-9 && math.Abs(a.rawLogProb-b.rawLogProb) < 1e-9
	a.prob, b.prob, a.rawLogProb, b.rawLogProb = 0, 0, 0, 0
	return close && a == b
}

func TestACachedAnswerIsWhatTheGeneratorWouldHaveSaid(t *testing.T) {
	var hits, along, short uint64
	rapid.Check(t, func(r *rapid.T) {
		engine := &script{}
		cfg := Config{Generator: engine, Model: func() infer.Model { return testModel }}
		c, err := New(cfg)
		if err != nil {
			r.Fatal(err)
		}
		defer func() { _ = c.Close() }()
		contexts := []string{"", "f(x)\n", "a\nb\n"}
		heads := []string{"", "a", "x(", "b a"}
		for range rapid.IntRange(2, 40).Draw(r, "requests") {
			before := rapid.SampledFrom(contexts).Draw(r, "before")
			head := rapid.SampledFrom(heads).Draw(r, "head")
			req := ask(before + head)
			req.Options.MaxTokens = rapid.SampledFrom([]int{3, 12}).Draw(r, "max tokens")
			req.Options.Suggestions = rapid.SampledFrom([]int{0, 1, 1, 3}).Draw(r, "suggestions")
			if rapid.Bool().Draw(r, "stop") {
				req.Options.Stop = []string{")"}
			}
			cut := cutter{
				hold: rapid.IntRange(0, 3).Draw(r, "hold"), most: rapid.SampledFrom([]int{2, 6, 1000}).Draw(r, "most"),
				lines: rapid.Bool().Draw(r, "lines"), least: rapid.SampledFrom([]float64{0, -1}).Draw(r, "least"),
			}
			req.NewFinisher = func(int) infer.Finisher { f := cut; return &f }
			want, err := collect(context.Background(), engine, req)
			if err != nil {
				r.Fatal(err)
			}
			got, err := collect(context.Background(), c, req)
			if err != nil {
				r.Fatal(err)
			}
			for i := range want {
				if !sameAnswer(got[i], want[i]) {
					r.Fatalf("suggestion %d of %+v after %q:\ngot  %+v\nwant %+v", i, req.Options, req.Prompt.Prefix, got[i], want[i])
				}
			}
			line, _, _ := strings.Cut(rapid.SampledFrom(want).Draw(r, "of").raw, "\n")
			if n := rapid.IntRange(0, 9).Draw(r, "typed"); n <= len(line) {
				heads = append(heads, head+line[:n])
			}
		}
		s := c.Stats()
		hits, along, short = hits+s.Hits, along+s.Along, short+s.Short
	})
	if hits < 20 || along < 1 || short < 1 { // each way of answering was taken
		t.Errorf("%d hits, %d typed along, %d short: too little was tested", hits, along, short)
	}
}

func TestAHitIsAStreamAndCostsNothing(t *testing.T) {
	engine := &script{}
	c := newCache(t, Config{Generator: engine})
	want, err := collect(context.Background(), c, ask(place))
	if err != nil || want[0].cached {
		t.Fatal(want, err)
	}
	deltas := 0
	for d, err := range c.Generate(context.Background(), ask(place)) {
		if err != nil || !d.Cached {
			t.Fatal(d, err)
		}
		deltas++
	}
	if deltas < 3 || engine.asked.Load() != 1 {
		t.Errorf("%d deltas, the engine was asked %d times", deltas, engine.asked.Load())
	}
	if s := c.Stats(); s.Hits != 1 || s.Misses != 1 || s.Stored != 1 || s.Entries != 1 || s.Bytes <= 0 || s.State != "ok" {
		t.Errorf("%+v", s)
	}
}

func TestKeysTellApartWhatChangesTheAnswer(t *testing.T) {
	base := ask("f(x)\na")
	base.Prompt.Suffix, base.Prompt.Header, base.Prompt.Path = ")", "import", "a.go"
	base.Prompt.Snippets = []infer.Snippet{{Path: "p", Text: "t"}}
	k, head := keyOf(base, testModel, "")
	if head != "a" {
		t.Fatalf("head %q", head)
	}
	for name, change := range map[string]func(r *infer.Request, m *infer.Model){
		"prefix":   func(r *infer.Request, _ *infer.Model) { r.Prompt.Prefix = "f(y)\na" },
		"language": func(r *infer.Request, _ *infer.Model) { r.Prompt.Language = "c" },
		"suffix":   func(r *infer.Request, _ *infer.Model) { r.Prompt.Suffix = "]" },
		"header":   func(r *infer.Request, _ *infer.Model) { r.Prompt.Header = "" },
		"moved":    func(r *infer.Request, _ *infer.Model) { r.Prompt.Header, r.Prompt.Suffix = ")", "import" },
		"path":     func(r *infer.Request, _ *infer.Model) { r.Prompt.Path = "b.go" },
		"snippet":  func(r *infer.Request, _ *infer.Model) { r.Prompt.Snippets = []infer.Snippet{{Path: "pt"}} },
		"tokens":   func(r *infer.Request, _ *infer.Model) { r.Options.MaxTokens = 13 },
		"heat":     func(r *infer.Request, _ *infer.Model) { r.Options.Temperature = 0.5 },
		"stop":     func(r *infer.Request, _ *infer.Model) { r.Options.Stop = []string{"x"} },
		"healing":  func(r *infer.Request, _ *infer.Model) { r.Options.NoHealing = true },
		"penalty":  func(r *infer.Request, _ *infer.Model) { r.Options.RepetitionPenalty = 1.5 },
		"model":    func(_ *infer.Request, m *infer.Model) { m.Name = "other" },
	} {
		r, m := base, testModel
		change(&r, &m)
		if other, _ := keyOf(r, m, ""); other == k {
			t.Errorf("%s is not in the key", name)
		}
	}
	if other, _ := keyOf(base, testModel, "tenant"); other == k {
		t.Error("the tenant is not in the key")
	}
	bare := base
	bare.Prompt.Snippets = nil
	pathless := bare
	pathless.Prompt.Path = ""
	if k1, _ := keyOf(bare, testModel, ""); func() key { k2, _ := keyOf(pathless, testModel, ""); return k2 }() != k1 {
		t.Error("the path is in the key though no model sees it")
	}
	for name, change := range map[string]func(r *infer.Request, m *infer.Model){
		"greedy seed": func(r *infer.Request, _ *infer.Model) { r.Options.Seed, r.Options.TopP = 7, 0.5 },
		"caller":      func(r *infer.Request, _ *infer.Model) { r.Caller.User = "u" },
		"head":        func(r *infer.Request, _ *infer.Model) { r.Prompt.Prefix += "b" },
		"suggestions": func(r *infer.Request, _ *infer.Model) { r.Options.Suggestions = 3 },
		"no penalty":  func(r *infer.Request, _ *infer.Model) { r.Options.RepetitionPenalty = 1 },
	} {
		r, m := base, testModel
		change(&r, &m)
		if other, _ := keyOf(r, m, ""); other != k {
			t.Errorf("%s is in the key", name)
		}
	}
	long := strings.Repeat("x", 3*headBytes)
	if _, head := keyOf(ask(long), testModel, ""); len(head) != headBytes {
		t.Errorf("the head of a long line has %d bytes", len(head))
	}
	if strings.Contains(k.redisKey(), "f(x)") || len(k.redisKey()) != len("inkling:c:")+64 {
		t.Errorf("%s", k.redisKey())
	}
}

func TestAnswersGoOutOfDate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		engine := &script{}
		c := newCache(t, Config{Generator: engine, TTL: time.Minute})
		for _, wait := range []time.Duration{0, 59 * time.Second, 2 * time.Second} {
			time.Sleep(wait) // of the bubble
			if _, err := collect(context.Background(), c, ask("a\nb")); err != nil {
				t.Fatal(err)
			}
		}
		if engine.asked.Load() != 2 {
			t.Errorf("the engine was asked %d times, want 2", engine.asked.Load())
		}
	})
}

func TestFreshSamplesAreComputed(t *testing.T) {
	for fresh, want := range map[bool]int64{false: 1, true: 2} {
		engine := &script{}
		c := newCache(t, Config{Generator: engine, FreshSamples: fresh})
		req := ask("a\nb")
		req.Options.Temperature = 0.7
		for range 2 {
			if _, err := collect(context.Background(), c, req); err != nil {
				t.Fatal(err)
			}
		}
		if engine.asked.Load() != want {
			t.Errorf("fresh %v: the engine was asked %d times, want %d", fresh, engine.asked.Load(), want)
		}
	}
}

func TestWhatGoesForLackOfRoomIsCounted(t *testing.T) {
	c := newCache(t, Config{Generator: &script{}, Bytes: minBytes})
	for i := range 40 {
		c.memory.update(key{byte(i)}, func(*block) *block { return &block{bytes: 64 << 10} })
	}
	if s := c.Stats(); s.Evicted == 0 || int(s.Evicted)+s.Entries != 40 || s.Bytes > minBytes {
		t.Errorf("%+v", s)
	}
}

func TestConfigurationsThatCannotBeAreNamed(t *testing.T) {
	_, err := New(Config{TTL: -1, Bytes: 7, Deadline: time.Hour, Queue: -2})
	for _, want := range []string{"Generator", "Model", "TTL: -1ns", "Bytes: 7", "Deadline: 1h", "Queue: -2"} {
		if !errors.Is(err, ErrConfig) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v lacks %q", err, want)
		}
	}
}
