package render

import (
	"slices"
	"strings"
	"testing"

	"inkling/infer"
)

// vocabulary is a set of special tokens, numbered from 100.
type vocabulary []string

func (v vocabulary) Special(content string) (int32, bool) {
	i := slices.Index(v, content)
	return int32(100 + i), i >= 0
}

// show writes parts as a person would: markers by name.
func show(v vocabulary, parts []Part) string {
	var b strings.Builder
	for _, p := range parts {
		if p.Marker == NoMarker {
			b.WriteString(p.Text)
			continue
		}
		b.WriteString("{" + v[p.Marker-100] + "}")
	}
	return b.String()
}

var prompt = infer.Prompt{
	Path: "a.py", Header: "import os\n", Prefix: "def f():\n    return ", Suffix: "\n\nf()\n",
	Snippets: []infer.Snippet{{Path: "b.py", Text: "x = 1"}},
}

func TestFamiliesSeeTheirOwnLayout(t *testing.T) {
	for want, v := range map[string]vocabulary{
		"{<|file_sep|>}b.py\nx = 1\n{<|file_sep|>}a.py\n{<|fim_prefix|>}import os\ndef f():\n{<|fim_suffix|>}\n\nf()\n{<|fim_middle|>}    return ":             {"<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>", "<|file_sep|>"},
		"{<|file_separator|>}b.py\nx = 1\n{<|file_separator|>}a.py\n{<|fim_prefix|>}import os\ndef f():\n{<|fim_suffix|>}\n\nf()\n{<|fim_middle|>}    return ": {"<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>", "<|file_separator|>"},
		"x = 1\n\n{<fim_prefix>}import os\ndef f():\n{<fim_suffix>}\n\nf()\n{<fim_middle>}    return ":                                                         {"<fim_prefix>", "<fim_suffix>", "<fim_middle>"},
		"x = 1\n\n{<｜fim▁begin｜>}import os\ndef f():\n{<｜fim▁hole｜>}\n\nf()\n{<｜fim▁end｜>}    return ":                                                         {"<｜fim▁begin｜>", "<｜fim▁hole｜>", "<｜fim▁end｜>"},
		"x = 1\n\n{[SUFFIX]}\n\nf()\n{[PREFIX]}import os\ndef f():\n    return ":                                                                               {"[PREFIX]", "[SUFFIX]"},
		"x = 1\n\nimport os\ndef f():\n    return ": {"<|endoftext|>"},
	} {
		r := New(v)
		if got := show(v, r.Render(prompt)); got != want {
			t.Errorf("%v:\n got %q\nwant %q", v, got, want)
		}
		if r.FillInMiddle() != (len(v) > 1) {
			t.Errorf("%v: fill-in-the-middle: %v", v, r.FillInMiddle())
		}
	}
}

func TestTypingLeavesAllButTheLastPartInPlace(t *testing.T) {
	for _, v := range []vocabulary{{"<fim_prefix>", "<fim_suffix>", "<fim_middle>"}, {"[PREFIX]", "[SUFFIX]"}} {
		r, typed := New(v), prompt
		before := r.Render(prompt)
		typed.Prefix += "os.path"
		after := r.Render(typed)
		n := len(before) - 1
		if !slices.Equal(before[:n], after[:n]) || after[n].Text != before[n].Text+"os.path" {
			t.Errorf("%v: %v became %v", v, before, after)
		}
	}
}

func TestMarkersEndAnAnswer(t *testing.T) {
	v := vocabulary{"<fim_prefix>", "<fim_suffix>", "<fim_middle>", "<|endoftext|>", "<other>"}
	if got := New(v).EndTokens(); !slices.Equal(got, []int32{100, 101, 102, 103}) {
		t.Errorf("got %v", got)
	}
}
