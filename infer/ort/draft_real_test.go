package ort

import (
	"testing"

	"inkling/infer"
)

// TestGreedyAnswersOfTheRealModelWithDrafts asks for two suggestions each, since drafts are for runs of several lanes, at the ends
// of code that says much again. In the form native they change nothing. In others the runtime's attention adds up in another order for several tokens of a row than for one, and
// activations are rounded to 8 bits after it, so that a token that was nearly another can become it: of 12 answers of 24 tokens,
// 9 were the same. What comes before the first such token must be the larger part.
func TestGreedyAnswersOfTheRealModelWithDrafts(t *testing.T) {
	const texts = 6
	text, suggestions := source(t), []int{2}
	if realConfig(t).Model.Exact {
		suggestions = []int{2, 1}
	}
	answers := map[bool][]string{}
	for _, without := range []bool{true, false} {
		e := realEngine(t, func(c *Config) { c.NoDrafts = without })
		for i := range texts {
			prompt := text[:700+200*i] + "\n\n" + text[200*i:500+200*i]
			for _, n := range suggestions {
				for _, a := range collect(t, e, infer.Request{Prompt: infer.Prompt{Prefix: prompt}, Options: infer.Options{MaxTokens: 24, Suggestions: n}}) {
					answers[without] = append(answers[without], a.raw)
				}
			}
		}
		s := e.Stats()
		t.Logf("without drafts: %v; %d tokens proposed, %d right", without, s.DraftTokens, s.DraftsRight)
		if without != (s.DraftTokens == 0) {
			t.Errorf("without drafts: %v, but %d tokens were proposed", without, s.DraftTokens)
		}
	}
	same, all, whole := 0, 0, 0
	for i, with := range answers[false] {
		without := answers[true][i]
		agree := agreement(with, without)
		same, all = same+agree, all+len(without)
		if agree == len(without) {
			whole++
		}
	}
	t.Logf("%d of %d answers are the same, and the first %d of %d bytes", whole, len(answers[true]), same, all)
	if 2*same < all || realConfig(t).Model.Exact && same < all {
		t.Errorf("only the first %d of %d bytes are the same with drafts", same, all)
	}
}

// agreement is how many bytes at the beginning of two texts are the same.
func agreement(a, b string) (n int) {
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return n
}
