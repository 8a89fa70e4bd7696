package ort

import (
	"slices"
	"testing"

	"inkling/infer"
	"inkling/infer/tokenizer"
)

func TestBlanksAreFedAsTheyAreBeforeWhateverComesNext(t *testing.T) {
	tok, err := tokenizer.Load(realConfig(t).Model.Tokenizer)
	if err != nil {
		t.Fatal(err)
	}
	p := newPrompts(tok, -1, 512)
	for _, c := range []struct{ text, healing string }{
		{"func f() {\n\t", ""},
		{"func f() {\n\t\t\t", ""},
		{"import os\n", ""},
		{"import os\n\n", ""},
		{"def f():\n    ", " "},
		{"def f():\n                                    ", " "},
		{"x = ", " "},
		{"x = y", " y"},
		{"x = fo", " fo"},
		{"\n", ""},
		{" ", " "},
		{"", ""},
	} {
		got := p.render(infer.Request{Prompt: infer.Prompt{Prefix: c.text}, Options: infer.Options{MaxTokens: 8}})
		if got.healing != c.healing {
			t.Errorf("%q: heals %q, want %q", c.text, got.healing, c.healing)
		}
		if c.text == got.healing || c.healing == "" && c.text == "" {
			continue // nothing is fed, or what stands for nothing
		}
		if fed := string(tok.Decode(got.ids)) + got.healing; fed != c.text {
			t.Errorf("%q: %q is fed or healed", c.text, fed)
		}
		for _, next := range []string{"x", "("} {
			if whole := tok.Encode(c.text + next); !slices.Equal(whole[:len(got.ids)], got.ids) {
				t.Errorf("%q: %v is fed, before %q it would be %v", c.text, got.ids, next, whole)
			}
		}
	}
}
