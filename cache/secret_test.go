package cache

import (
	"context"
	"iter"
	"testing"

	"inkling/infer"
)

func TestSecretsAreNotKept(t *testing.T) {
	c := &Cache{cfg: Config{}.withDefaults()}
	if !c.uncached(infer.Request{NoStore: true}) || c.uncached(infer.Request{}) {
		t.Error("a request that held a secret is not told apart")
	}
	answer := func(text string) entry {
		return entry{said: []said{{pieces: []infer.Piece{{Text: text[:5]}, {Text: text[5:]}}}}}
	}
	req := infer.Request{Prompt: infer.Prompt{Prefix: "x = 1\naws_secret = \""}}
	if c.storable(req, answer("AKIA"+"Q3EGRT7WZ5XKJ2VN\"")) {
		t.Error("an answer that holds a credential would be kept")
	}
	if !c.storable(req, answer("os.environ[\"AWS\"]")) {
		t.Error("an answer without one would not be kept")
	}
}

// sayer says one text, in one piece.
type sayer struct{ text string }

func (s sayer) Generate(_ context.Context, req infer.Request) iter.Seq2[infer.Delta, error] {
	return func(yield func(infer.Delta, error) bool) {
		f := finisherOf(req, 0)
		v := f.Feed(infer.Piece{Text: s.text, Tokens: 1})
		if yield(infer.Delta{Raw: s.text, Text: v.Release}, nil) {
			v = f.Flush(infer.StopEnd)
			yield(infer.Delta{Stop: v.Stop, Usage: &infer.Usage{}}, nil)
		}
	}
}

func TestAnAnswerThatHoldsACredentialIsGivenButNotKept(t *testing.T) {
	for text, kept := range map[string]uint64{"AKIA" + "Q3EGRT7WZ5XKJ2VN\"": 0, "os.environ[\"AWS\"]": 1} {
		c := newCache(t, Config{Generator: sayer{text}})
		got, err := collect(context.Background(), c, ask("x = 1\naws_secret = \""))
		if err != nil || got[0].text != text {
			t.Fatalf("%+v, %v", got, err)
		}
		if s := c.Stats(); s.Stored != kept || uint64(s.Entries) != kept {
			t.Errorf("kept %d, want %d", s.Stored, kept)
		}
	}
}
