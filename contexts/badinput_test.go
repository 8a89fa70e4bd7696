package contexts

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"
	"unsafe"

	"inkling/contexts/languages"
	"inkling/contexts/syntax"
	"inkling/infer"
)

// bad is text that editors send and that is not a whole program, with the language it claims to be.
var bad = map[string]struct{ language, before, after string }{
	"broken syntax":              {"python", "def f(:\n  )]} return (\nclass\n    x = ", "\n  else:)\n"},
	"half a file":                {"java", "package a;\n\nclass A {\n    void f(int a) {\n        if (a > ", ""},
	"a line of 1 MB":             {"javascript", "x = '" + strings.Repeat("añb ", 125_000), strings.Repeat("é, ", 125_000) + "'"},
	"1 MB without a line end":    {"json", "[" + strings.Repeat("1,", 250_000), strings.Repeat("2,", 250_000)},
	"mixed tabs and spaces":      {"python", "class A:\n\tdef f(self):\n        x = 1\n\t    y = 2\n  \t", "\n\tdef g(self):\n"},
	"CRLF":                       {"typescript", "function f(a: number) {\r\n  if (a) {\r\n    ", "\r\n  }\r\n}\r\n"},
	"line ends of all kinds":     {"go", "package a\r\rfunc f() {\n\r\n\rx := ", "\r}\r\n"},
	"NUL bytes":                  {"bash", "a=\x00\nif [ \x00 ]; then\n\x00 ", "\x00\nfi\x00"},
	"right-to-left text":         {"python", "שלום = \"עולם\" # הערה\nprint(", ", \"مرحبا\")\n"},
	"marks that turn text round": {"python", "x = \"\u202eabc\u2066\" + ", " # \u2069\n"},
	"JSX in JSX":                 {"javascriptreact", "const A = () => <ul>{xs.map((x) => <li key={x}>{x ? <b>{", "}</b> : null}</li>)}</ul>;\n"},
	"a template in a template":   {"javascript", "const s = `a ${b ? `c ${", "} d` : \"\"} e`;\n"},
	"a heredoc":                  {"bash", "cat <<EOF\n$(echo \"${", "}\")\nEOF\n"},
	"a heredoc in PHP":           {"php", "<?php\n$a = <<<A\n  {$b['", "']}\n  A;\n"},
	"a heredoc in Ruby":          {"ruby", "x = <<~A + <<~B\n  #{", "}\nA\n  b\nB\n"},
	"deep brackets":              {"javascript", strings.Repeat("([{", 20_000), strings.Repeat("}])", 20_000)},
	"nothing":                    {"python", "", ""},
	"an unknown language":        {"klingon", "qaStaH nuq (\n", "\n"},
}

// TestBadInputGetsAResult asks at the cursor, before and after an edit there, and finishes an answer in pieces: there is
// a prompt within its room, of whole characters, and a last verdict.
func TestBadInputGetsAResult(t *testing.T) {
	before := syntax.OpenNatives()
	for name, test := range bad {
		t.Run(name, func(t *testing.T) {
			b := newBuilder(t)
			d := open(t, "file:///bad", test.language, test.before+test.after)
			for _, typed := range []string{"", "a", "(", "\n"} {
				at := d.Position(len(test.before), UTF16)
				if err := d.Apply(d.Version()+1, []Change{{Range: &Range{at, at}, Text: typed}}, UTF16); err != nil {
					t.Fatal(err)
				}
				place := Place{Document: d, Offset: len(test.before) + len(typed), Others: []*Document{d}}
				r := request(t, b, place)
				if used := b.count(r.Prompt.Header + r.Prompt.Prefix + r.Prompt.Suffix); used > defaultPrompt {
					t.Errorf("after %q: %d tokens", typed, used)
				}
				if !utf8.ValidString(r.Prompt.Header + "|" + r.Prompt.Prefix + "|" + r.Prompt.Suffix) {
					t.Errorf("after %q: half a character", typed)
				}
				if b.Describe(place) == "" {
					t.Errorf("after %q: no description", typed)
				}
				whole := finish(r.NewFinisher(0), []string{finishedRaw}, infer.StopEnd)
				pieces := cut(finishedRaw, 3, rand.New(rand.NewPCG(1, 2)))
				if got := finish(r.NewFinisher(0), pieces, infer.StopEnd); got != whole || !utf8.ValidString(got) {
					t.Errorf("after %q: in pieces %q, whole %q", typed, got, whole)
				}
			}
		})
	}
	if after := syntax.OpenNatives(); after.Trees != before.Trees || after.Cursors != before.Cursors {
		t.Errorf("left open: %+v, before %+v", after, before)
	}
}

// finishedRaw is raw text of a model with something of everything.
const finishedRaw = "שלום(\"a\", [1, 2])\x00 + `${x}`;\r\n\t  if (y) {\n        z\n    }\n}\n)]\nEOF\n"

// TestAGrammarThatFailsIsAnsweredAsPlainTextAndCounted goes the whole way from a document to its prompt and its answer.
func TestAGrammarThatFailsIsAnsweredAsPlainTextAndCounted(t *testing.T) {
	broken := &languages.Language{Name: "broken", Facts: languages.CFamily(), Grammar: func() unsafe.Pointer { return nil }}
	if err := syntax.Check(broken); !errors.Is(err, syntax.ErrGrammar) {
		t.Fatal(err)
	}
	b := newBuilder(t)
	d := open(t, "file:///a.broken", "broken", "f(a, ")
	d.Observe(b.Syntax.OpenLanguage(broken))
	r := request(t, b, Place{Document: d, Offset: len(d.Text())})
	if r.Prompt.Prefix != d.Text() {
		t.Errorf("prompt %q", r.Prompt.Prefix)
	}
	if got := finish(r.NewFinisher(0), []string{"b)\ng()"}, infer.StopEnd); got != "b)" {
		t.Errorf("shown %q", got)
	}
	if s := b.Syntax.Stats(); s.GrammarFails != 1 {
		t.Errorf("stats: %+v", s)
	}
}
