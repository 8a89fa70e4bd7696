package ort

import (
	"runtime"
	"slices"
	"strconv"
	"strings"
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

// TestRememberedEncodingsKeepNoDocument: prompts are pieces of documents' texts.
func TestRememberedEncodingsKeepNoDocument(t *testing.T) {
	tok, err := tokenizer.Load(realConfig(t).Model.Tokenizer)
	if err != nil {
		t.Fatal(err)
	}
	p := newPrompts(tok, -1, 512)
	heap := func() int64 {
		runtime.GC()
		runtime.GC() // what the first one's finalizers let go of
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	before := heap()
	for i := range 100 {
		text := strings.Repeat("value = compute(one, two)\n", 40_000) + "f(" + strconv.Itoa(i)
		for end := len(text) - 1; end <= len(text); end++ {
			p.render(infer.Request{Document: infer.DocumentRef{URI: strconv.Itoa(i)},
				Prompt: infer.Prompt{Prefix: text[len(text)-300 : end]}, Options: infer.Options{MaxTokens: 8}})
		}
	}
	if held := heap() - before; len(p.last) != 100 || held > 4<<20 {
		t.Errorf("%d encodings hold %d bytes", len(p.last), held)
	}
	runtime.KeepAlive(p)
}

// BenchmarkRender renders the prompt of one more character behind 6,000 bytes.
func BenchmarkRender(b *testing.B) {
	tok, err := tokenizer.Load(realConfig(b).Model.Tokenizer)
	if err != nil {
		b.Fatal(err)
	}
	p := newPrompts(tok, -1, 4096)
	text, at := strings.Repeat("value = compute(one, two)\n", 400)[:6000], 5500
	for b.Loop() {
		if at++; at > len(text) {
			at = 5500
		}
		p.render(infer.Request{Prompt: infer.Prompt{Prefix: text[:at]}, Options: infer.Options{MaxTokens: 8}})
	}
}
