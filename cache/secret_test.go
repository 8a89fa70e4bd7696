package cache

import (
	"testing"

	"inkling/infer"
)

func TestSecretsAreNotKept(t *testing.T) {
	c, err := New(Config{Generator: nil, Model: func() infer.Model { return infer.Model{Name: "m"} }})
	if err == nil {
		t.Fatal("a cache without a generator was made")
	}
	c = &Cache{cfg: Config{}.withDefaults()}
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
