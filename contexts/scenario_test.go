package contexts

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"inkling/contexts/syntax"
	"inkling/infer"
)

// cursorMark stands where the cursor is in a scenario's text. A scenario file reads:
//
//	what it shows, in one line
//	==== text
//	the document, with the cursor
//	==== model
//	raw text of the model
//	==== shown
//	what of it is shown; or "why: " and the reason where nothing is
//
// Raw text ends as the model's own end. "⏎" at the end of a section keeps the line end before the next heading.
const cursorMark = "‸"

type scenario struct{ title, text, model, shown string }

func readScenario(t *testing.T, path string) scenario {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	title, rest, _ := strings.Cut(string(data), "\n==== text\n")
	text, rest, _ := strings.Cut(rest, "\n==== model\n")
	model, shown, ok := strings.Cut(rest, "\n==== shown\n")
	if !ok || strings.Count(text, cursorMark) != 1 {
		t.Fatalf("%s: not a scenario", path)
	}
	keep := func(s string) string { return strings.ReplaceAll(s, "⏎", "\n") }
	return scenario{title, keep(text), keep(model), keep(strings.TrimSuffix(shown, "\n"))}
}

// bytesCounter counts four bytes as a token.
type bytesCounter struct{}

func (bytesCounter) CountTokens(text string) int { return (len(text) + 3) / 4 }

// finish feeds raw text in pieces and returns what was released, or why nothing was.
func finish(f infer.Finisher, pieces []string, reason infer.StopReason) string {
	var out strings.Builder
	var v infer.Verdict
	for _, p := range pieces {
		v = f.Feed(infer.Piece{Text: p, LogProb: -0.01, Tokens: 1})
		out.WriteString(v.Release)
		if v.Done {
			break
		}
	}
	if !v.Done {
		v = f.Flush(reason)
		out.WriteString(v.Release)
	}
	if out.Len() == 0 {
		return "why: " + string(v.Why)
	}
	return out.String()
}

// cut cuts text into pieces of up to most bytes, at characters.
func cut(text string, most int, random *rand.Rand) []string {
	var pieces []string
	for text != "" {
		n := min(1+random.IntN(most), len(text))
		for n < len(text) && !utf8.RuneStart(text[n]) {
			n++
		}
		pieces, text = append(pieces, text[:n]), text[n:]
	}
	return pieces
}

func TestScenarios(t *testing.T) {
	pool := syntax.NewPool(syntax.Config{})
	defer pool.Close()
	builder := &Builder{Counter: bytesCounter{}, ContextTokens: 2048, Syntax: pool}
	paths, err := filepath.Glob("testdata/*/*.txt")
	if err != nil || len(paths) == 0 {
		t.Fatal("no scenarios", err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(strings.TrimPrefix(path, "testdata/"), ".txt"), func(t *testing.T) {
			s := readScenario(t, path)
			language := filepath.Base(filepath.Dir(path))
			before, after, _ := strings.Cut(s.text, cursorMark)
			doc := NewDocument("file:///scenario", language, 1, before+after)
			defer doc.Close()
			req, err := builder.Request(Place{Document: doc, Offset: len(before)}, infer.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if got := finish(req.NewFinisher(0), []string{s.model}, infer.StopEnd); got != s.shown {
				t.Fatalf("%s\nshown\n%s\nwant\n%s", s.title, got, s.shown)
			}
			random := rand.New(rand.NewPCG(1, 2))
			for i := range 50 {
				pieces := cut(s.model, 1+i%9, random)
				if got := finish(req.NewFinisher(0), pieces, infer.StopEnd); got != s.shown {
					t.Fatalf("%s\nin pieces %s\nshown\n%s\nwant\n%s", s.title, fmt.Sprintf("%q", pieces), got, s.shown)
				}
			}
		})
	}
}
