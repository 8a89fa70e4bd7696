package ort

import (
	"slices"
	"strings"
	"testing"

	"inkling/infer"
)

// TestAMarkThatIsSaidAgainTakesNoRunOfItsOwn types a mark behind a word: one run feeds the word and, on trial, the mark.
func TestAMarkThatIsSaidAgainTakesNoRunOfItsOwn(t *testing.T) {
	for _, c := range []struct {
		typed string
		steps int // until the first new token
	}{{".", 1}, {"7", 1}, {"d", 1 + 3}} { // the three letters that are said again rarely are tokens of their own
		s := newScripted(hashed)
		e := scriptedEngine(t, s, 2, 8)
		healed := func(prefix string, tokens int) answer {
			req := request(prefix, tokens)
			req.Options.NoHealing = false
			return collect(t, e, req)[0]
		}
		healed("begin (wor", 1)
		before := s.count()
		prefix := "begin (wor" + c.typed
		a := healed(prefix, 4)
		if want := reference(prefix, len(a.raw)); a.raw != want || a.usage.ComputedTokens+a.usage.ReusedTokens != a.usage.PromptTokens {
			t.Errorf("%q: got %q, want %q; %+v", c.typed, a.raw, want, a.usage)
		}
		if steps := s.count() - before; steps != c.steps+len(a.raw)-1 {
			t.Errorf("%q: %d steps for %d new tokens, want %d", c.typed, steps, len(a.raw), c.steps+len(a.raw)-1)
		}
		shut(t, e)
	}
}

// TestAMarkThatIsNotSaidAgainIsForgotten has a model that says the mark and what follows it in one token, where it was fed alone.
func TestAMarkThatIsNotSaidAgainIsForgotten(t *testing.T) {
	const both = endToken + 1 // ")."
	s := newScripted(func(context []int32) []float32 {
		id := int32('a' + len(context)%26)
		if context[len(context)-1] == 'x' {
			id = both
		}
		logits := make([]float32, both+1)
		logits[id] = 20
		return logits
	})
	plain := configured(t, newScripted(hashed), Config{Rows: 2})
	defer shut(t, plain)
	c := plain.c
	c.Model.Vocabulary = both + 1
	e := start(c, byteTokenizer(t, ")."), s, nil)
	defer shut(t, e)
	req := request("f(x)", 4)
	req.Options.NoHealing = false
	if a := collect(t, e, req)[0]; a.raw != ".efg" { // the tokens behind three, four and so on, after the one that is both
		t.Errorf("got %q", a.raw)
	}
	if first := s.steps[0][0]; first.more != 1 {
		t.Errorf("the first step was %+v: nothing was fed on trial", first)
	}
	if stands := s.cache[s.steps[0][0].row]; slices.Contains(stands, ')') || !slices.Contains(stands, both) {
		t.Errorf("the row holds %v", stands)
	}
}

func TestMemoryIsPromisedForWhatIsSaidAgain(t *testing.T) {
	w := &worker{e: &Engine{c: Config{ContextTokens: 100}}}
	for _, c := range []struct{ tokens, again, want int }{{1, 3, 13}, {8, 3, 18}, {200, 3, 100}} {
		task := &task{prompt: prompt{ids: make([]int32, 10), again: make([]int32, c.again)}, req: request("", c.tokens)}
		if n := w.needs(task); n != c.want {
			t.Errorf("%d tokens, %d said again: %d, want %d", c.tokens, c.again, n, c.want)
		}
	}
}

func TestWhatIsSaidAgainInItsOwnTokens(t *testing.T) {
	for _, c := range []struct {
		all, live []int32
		healing   string
		again     int
	}{
		{[]int32{1, 2, 3}, []int32{1, 2}, ".", 1},
		{[]int32{1, 2, 3}, []int32{1}, "a.", 2},
		{[]int32{1, 2, 3}, []int32{1, 2}, "9", 1},
		{[]int32{1, 2, 3}, []int32{1, 2}, "a", 0},
		{[]int32{1, 2, 3}, []int32{1, 2}, "Z", 0},
		{[]int32{1, 2, 3}, []int32{1, 2}, "_", 0},
		{[]int32{1, 2, 3}, []int32{1, 2}, ". ", 0},
		{[]int32{1, 2, 3}, []int32{1, 2}, "é", 0},
		{[]int32{1, 2, 3}, []int32{1, 4}, ".", 0}, // encoded otherwise
		{[]int32{1, 2, 3}, []int32{1, 2, 3}, "", 0},
	} {
		if again := sayAgain(c.all, c.live, c.healing); len(again) != c.again || strings.TrimSpace(c.healing) == "" && again != nil {
			t.Errorf("%q of %v behind %v: %v, want %d tokens", c.healing, c.all, c.live, again, c.again)
		}
	}
}

// TestGreedyAnswersOfTheRealModelAfterAMark asks where code ends in a mark, with what must be said again fed along and without. Fed alone,
// the mark may go through another kernel, so that a token that was nearly another can become it.
func TestGreedyAnswersOfTheRealModelAfterAMark(t *testing.T) {
	text := source(t)
	var prompts []string
	for at := 400; at < len(text) && len(prompts) < 24; at++ {
		if strings.IndexByte(".([{=,:", text[at-1]) >= 0 {
			prompts = append(prompts, text[at-150:at]) // one chunk, whatever the pace
			at += 60
		}
	}
	answers, steps := map[bool][]string{}, map[bool]uint64{}
	for _, without := range []bool{true, false} {
		e := realEngine(t, func(c *Config) { c.NoDrafts = without })
		for _, prompt := range prompts {
			answers[without] = append(answers[without], collect(t, e, infer.Request{Prompt: infer.Prompt{Prefix: prompt}, Options: infer.Options{MaxTokens: 16}})[0].raw)
		}
		for _, n := range e.Stats().Steps.Counts {
			steps[without] += n
		}
	}
	same, all, whole := 0, 0, 0
	for i, with := range answers[false] {
		agree := agreement(with, answers[true][i])
		same, all = same+agree, all+len(answers[true][i])
		if with == answers[true][i] {
			whole++
		}
	}
	t.Logf("%d of %d answers are the same, and the first %d of %d bytes; %d steps, %d without", whole, len(prompts), same, all, steps[false], steps[true])
	if realConfig(t).Model.Exact && same < all {
		t.Errorf("native answers differ")
	}
	if len(prompts) != 24 || 2*same < all || steps[false] >= steps[true] {
		t.Errorf("%d prompts, %d of %d bytes the same, %d steps, %d without", len(prompts), same, all, steps[false], steps[true])
	}
}
