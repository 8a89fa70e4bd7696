package quality

import (
	"context"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"inkling/contexts"
	"inkling/infer"
)

func TestReadersOfOneGenerationEndEachForItself(t *testing.T) {
	line, all := &reader{finisher: &lineEnd{}}, &reader{finisher: &infer.ReleaseAll{}}
	s := &shared{readers: []*reader{line, all}}
	for _, text := range []string{"a", "\nb", "c"} {
		if s.Feed(infer.Piece{Text: text, LogProb: -1, Tokens: 1}).Done {
			t.Fatalf("it ended after %q", text)
		}
	}
	s.Flush(infer.StopEnd)
	first, second := line.finish("a\nbcd"), all.finish("a\nbcd")
	if first.Text != "a" || len(first.Pieces) != 2 || first.LogProb != -2 || !first.Exact {
		t.Errorf("to the line's end: %+v", first)
	}
	if second.Text != "a\nbc" || len(second.Pieces) != 3 || second.LogProb != -3 || second.Exact || !second.Right {
		t.Errorf("all: %+v", second)
	}
}

// counted counts the generations of another generator.
type counted struct {
	infer.Generator
	generations int
}

func (c *counted) Generate(ctx context.Context, req infer.Request) iter.Seq2[infer.Delta, error] {
	c.generations++
	return c.Generator.Generate(ctx, req)
}

func TestVariantsOfOnePromptReadOneGeneration(t *testing.T) {
	spots, err := Spots([]string{folder(t)}, []string{"go"}, 3, 5)
	if err != nil {
		t.Fatal(err)
	}
	builder := func() *contexts.Builder { return &contexts.Builder{Counter: bytes{}, ContextTokens: 2048} }
	for _, s := range spots {
		g := &counted{Generator: oracle{func(infer.Prompt) string { return s.Truth }}}
		outcomes, err := Run(t.Context(), g, builder, Variants(), []Spot{s}, nil)
		if err != nil {
			t.Fatal(err)
		}
		// The file fits, nothing keeps trees: neither header nor other files make another prompt.
		if g.generations != 1 {
			t.Errorf("%d generations for one prompt", g.generations)
		}
		if got := outcomes[0][0].Text; strings.TrimRight(got, " \t") != strings.TrimRight(s.Rest, " \t") {
			t.Errorf("to the line's end: %q, not %q", got, s.Rest)
		}
	}
}

func TestLanguagesTakeTurns(t *testing.T) {
	dir := folder(t)
	text, err := os.ReadFile(filepath.Join(dir, "a.go"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "a.js"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	spots, err := Spots([]string{dir}, []string{"javascript", "go"}, 5, 1)
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range spots {
		if want := []string{"javascript", "go"}[i%2]; s.Language != want {
			t.Errorf("place %d is in %s", i, s.Language)
		}
	}
}
