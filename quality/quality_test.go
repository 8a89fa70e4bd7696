package quality

import (
	"context"
	"fmt"
	"iter"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"inkling/contexts"
	_ "inkling/contexts/languages/all"
	"inkling/infer"
)

func TestJudgeByHand(t *testing.T) {
	for _, c := range []struct {
		text, truth  string
		right, exact bool
		similarity   float64
	}{
		{"return a + b", "return a + b\n\nmore", true, true, 1},
		{"return a", "return a + b\n", true, false, 1 - 4.0/12},
		{"return b", "return a\n", false, false, 1 - 1.0/8},
		{"return a  ", "return a\n", true, true, 1},
		{"x\n  y", "x  \n  y\nz", true, true, 1},
		{"x\ny", "x\nyz\n", true, false, 1 - 1.0/4},
		{"  ", "anything", false, false, 0},
		{"", "anything", false, false, 0},
		{"é", "e", false, false, 0},
	} {
		right, exact, similarity := judge(c.text, c.truth)
		if right != c.right || exact != c.exact || math.Abs(similarity-c.similarity) > 1e-9 {
			t.Errorf("%q against %q: %v %v %v, want %v %v %v", c.text, c.truth, right, exact, similarity, c.right, c.exact, c.similarity)
		}
	}
}

func TestSumByHand(t *testing.T) {
	got := Sum([]Outcome{
		{Text: "abcd", Right: true, Exact: true, Similarity: 1, Ms: 10},
		{Text: "x", Similarity: 0.5, Ms: 20},
		{Ms: 30}, {Ms: 40},
	})
	want := Score{Places: 4, Shown: 2, Precision: 0.5, Exact: 0.5, Similarity: 0.75, Useful: 0.25, Saved: 1, Ms: 25}
	if got != want {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
}

func TestACurveShowsWhatIsSureEnough(t *testing.T) {
	outcomes := []Outcome{
		{Text: "ab", Right: true, Pieces: []Piece{{"a", math.Log(0.9)}, {"b", math.Log(0.9)}}},
		{Text: "cd", Pieces: []Piece{{"c", math.Log(0.9)}, {"d", math.Log(0.1)}}},
	}
	for _, c := range Curve(outcomes, []int{1, 2, 0}, []float64{0.5}) {
		want := Score{Places: 2, Shown: 1, Precision: 1, Useful: 0.5, Saved: 1}
		if c.Tokens == 1 {
			want = Score{Places: 2, Shown: 2, Precision: 0.5, Useful: 0.5, Saved: 1}
		}
		if c.Score != want {
			t.Errorf("%d tokens: got %+v, want %+v", c.Tokens, c.Score, want)
		}
	}
}

// folder writes two Go files of functions.
func folder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"a.go", "b.go"} {
		var b strings.Builder
		b.WriteString("package a\n\n")
		for i := range 30 {
			fmt.Fprintf(&b, "func f%d(x int) int {\n\ty := x + %d\n\treturn y * %d\n}\n\n", i, i, i)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestASpotAndItsTruthMakeTheFile(t *testing.T) {
	dir := folder(t)
	spots, err := Spots([]string{dir}, []string{"go"}, 50, 3)
	if err != nil || len(spots) != 50 {
		t.Fatalf("%d, %v", len(spots), err)
	}
	for _, s := range spots {
		file, err := os.ReadFile(s.Path)
		if err != nil {
			t.Fatal(err)
		}
		if s.Text[:s.Offset]+s.Truth != string(file) {
			t.Fatalf("%s at %d: text and truth do not make the file", s.Path, s.Offset)
		}
		if !strings.HasPrefix(s.Truth, s.Rest) || strings.Contains(s.Rest, "\n") || strings.TrimSpace(s.Rest) == "" {
			t.Fatalf("rest %q of %q", s.Rest, s.Truth)
		}
		if !strings.HasSuffix(string(file), s.Text[s.Offset:]) || !strings.HasPrefix(s.Text[s.Offset:], "\n") {
			t.Fatalf("what stands after the cursor begins with %.10q", s.Text[s.Offset:])
		}
		if len(s.Others) != 1 || s.Others[0].Path == s.Path {
			t.Fatalf("others: %d", len(s.Others))
		}
	}
	again, err := Spots([]string{dir}, []string{"go"}, 50, 3)
	if err != nil || again[17].Offset != spots[17].Offset || again[17].Path != spots[17].Path {
		t.Error("the same seed took other places")
	}
	if _, err := Spots([]string{dir}, []string{"python"}, 1, 1); err == nil {
		t.Error("there is no Python, and no error")
	}
}

// oracle says what really follows.
type oracle struct{ truth func(infer.Prompt) string }

func (o oracle) Generate(_ context.Context, req infer.Request) iter.Seq2[infer.Delta, error] {
	return func(yield func(infer.Delta, error) bool) {
		f := req.NewFinisher(0)
		text := o.truth(req.Prompt)
		for i := range len(text) {
			v := f.Feed(infer.Piece{Text: text[i : i+1], LogProb: -0.001, Tokens: 1})
			if !yield(infer.Delta{Raw: text[i : i+1], RawLogProb: -0.001, RawTokens: 1, Text: v.Release, LogProb: v.LogProb, Stop: v.Stop}, nil) || v.Done {
				return
			}
		}
		v := f.Flush(infer.StopEnd)
		yield(infer.Delta{Text: v.Release, LogProb: v.LogProb, Stop: v.Stop}, nil)
	}
}

type bytes struct{}

func (bytes) CountTokens(text string) int { return len(text)/3 + 1 }

func TestAModelThatKnowsTheFileIsRightEverywhere(t *testing.T) {
	spots, err := Spots([]string{folder(t)}, []string{"go"}, 20, 5)
	if err != nil {
		t.Fatal(err)
	}
	builder := func() *contexts.Builder { return &contexts.Builder{Counter: bytes{}, ContextTokens: 2048} }
	for _, v := range Variants()[:3] {
		for _, s := range spots {
			all, err := Run(t.Context(), oracle{func(infer.Prompt) string { return s.Truth }}, builder, []Variant{v}, []Spot{s}, nil)
			if err != nil {
				t.Fatal(err)
			}
			outcomes := all[0]
			if o := outcomes[0]; o.Text != "" && !o.Right {
				t.Errorf("%s: %q is not right before %.40q", v.Name, o.Text, s.Truth)
			}
			if v.LineEnd && !outcomes[0].Exact {
				t.Errorf("%s: %q is not %q", v.Name, outcomes[0].Text, s.Rest)
			}
		}
	}
}
