package syntax

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"inkling/contexts/languages"
)

// TestBracketsThatNothingClosesAreKept compares with a search for each closer through all that is open, which took a second for
// 32,000 brackets of one kind before as many closers of another.
func TestBracketsThatNothingClosesAreKept(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 2026))
	for range 2000 {
		text := make([]byte, rng.IntN(40))
		for i := range text {
			text[i] = "([{)]}"[rng.IntN(6)]
		}
		var want []byte
		for _, c := range text {
			if strings.IndexByte("([{", c) >= 0 {
				want = append(want, c)
				continue
			}
			for i := len(want) - 1; i >= 0; i-- {
				if closing(want[i]) == c {
					want = want[:i]
					break
				}
			}
		}
		if got := scan(string(text), languages.Facts{}); !slices.Equal(got.open, want) {
			t.Fatalf("%s: %s is open, want %s", text, got.open, want)
		}
	}
}

// TestSpansOnOneLineAreThatLine has what is nested on long lines, which each looked for its line's ends.
func TestSpansOnOneLineAreThatLine(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 2026))
	for range 2000 {
		text := make([]byte, 1+rng.IntN(60))
		for i := range text {
			text[i] = "abcdefg\n"[rng.IntN(8)]
		}
		var spans []Span
		in := make([]bool, len(text)+1)
		for range 1 + rng.IntN(8) {
			start := rng.IntN(len(text))
			s := Span{start, start + 1 + rng.IntN(len(text)-start)}
			spans = append(spans, s)
			line := Span{lineStart(string(text), s.Start), s.End}
			for line.End < len(text) && text[line.End-1] != '\n' {
				line.End++
			}
			if !strings.Contains(string(text[s.End:]), "\n") {
				line.End = len(text)
			}
			for i := line.Start; i < line.End; i++ {
				in[i] = true
			}
		}
		got := make([]bool, len(text)+1)
		last := -1
		for _, s := range wholeLines(spans, string(text)) {
			if s.Start <= last {
				t.Fatalf("%q: spans touch", text)
			}
			for last = s.End; s.Start < s.End; s.Start++ {
				got[s.Start] = true
			}
		}
		if !slices.Equal(got, in) {
			t.Fatalf("%q: %v, want %v", text, got, in)
		}
	}
}
