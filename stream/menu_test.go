package stream

import (
	"strings"
	"testing"

	"inkling/contexts"
	"inkling/stream/wire"
)

func TestLabelsOfAMenuAreShort(t *testing.T) {
	for _, c := range []struct{ before, text, label, filter string }{
		{"x = fo", "o(1)", "foo(1)", "foo(1)"},
		{"", "\n\tpass\n", "pass", ""},
		{"if x:", "\r\n\treturn\r\n", "return", ""},
		{"", "a\nb", "a…", "a"},
		{"x = größ", "e", "größe", "größe"},
		{strings.Repeat("w", maxMenuWord-1), "o", strings.Repeat("w", maxMenuLabel) + "…", strings.Repeat("w", maxMenuWord-1) + "o"},
		{strings.Repeat("w", maxMenuWord+1), "o", "o", "o"},
		{"", strings.Repeat("é", maxMenuLabel), strings.Repeat("é", maxMenuLabel), strings.Repeat("é", maxMenuLabel)},
		{"", strings.Repeat("é", maxMenuFilter+1), strings.Repeat("é", maxMenuLabel) + "…", strings.Repeat("é", maxMenuFilter)},
	} {
		r := &request{base: "first line\n" + c.before, menu: &menu{}, language: "go"}
		m := r.asMenu(wire.CompletionList{Items: []wire.CompletionItem{{InsertText: c.text}}}, contexts.UTF16)
		if got := m.Items[0]; got.Label != c.label || got.FilterText != c.filter || !strings.HasSuffix(got.TextEdit.NewText, c.text) {
			t.Errorf("%q, %q: %+v", c.before, c.text, got)
		}
	}
}

func TestAMenusRangeIsOfItsLine(t *testing.T) {
	for _, end := range []string{"\n", "\r\n", "\r"} {
		r := &request{base: "a long line" + end + "fo", menu: &menu{}, language: "c", span: wire.Range{Start: wire.Position{Line: 1, Character: 2}, End: wire.Position{Line: 1, Character: 2}}}
		m := r.asMenu(wire.CompletionList{Items: []wire.CompletionItem{{InsertText: "o()"}}}, contexts.UTF16)
		want := wire.Range{Start: wire.Position{Line: 1}, End: wire.Position{Line: 1, Character: 2}}
		if got := m.Items[0].TextEdit; got.Range != want || got.NewText != "foo()" {
			t.Errorf("after %q: %+v", end, got)
		}
	}
}

func TestCodeInAMenusDocumentationEndsWithItsFence(t *testing.T) {
	if got, want := fenced("md", "a\n```\nb"), "````md\na\n```\nb\n````"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
