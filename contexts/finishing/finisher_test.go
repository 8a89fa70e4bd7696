package finishing

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"inkling/contexts/languages"
	_ "inkling/contexts/languages/all"
	"inkling/fuzztest"
	"inkling/infer"
)

func place(language, before, after string) *Place {
	return Read(Config{Facts: languages.ByID(language).Facts, Before: before, After: after})
}

type step struct {
	text string
	p    float64
}

// run feeds steps and returns what was released by each, and the last verdict.
func run(f infer.Finisher, reason infer.StopReason, steps ...step) ([]string, infer.Verdict) {
	var released []string
	var v infer.Verdict
	for _, s := range steps {
		v = f.Feed(infer.Piece{Text: s.text, LogProb: math.Log(s.p), Tokens: 1})
		released = append(released, v.Release)
		if v.Done {
			return released, v
		}
	}
	v = f.Flush(reason)
	return append(released, v.Release), v
}

func TestOnlyWhatIsSettledIsReleased(t *testing.T) {
	tests := []struct {
		name          string
		before, after string
		steps         []string
		reason        infer.StopReason
		released      string // by each step, between bars
	}{
		{"a word is held until it is whole", "return ", "", []string{"fib", "onacci", "(n"}, infer.StopEnd, "||fibonacci(|n"},
		{"half a word is not shown", "return ", "", []string{"fibonacci(", "num"}, infer.StopLength, "fibonacci(||"},
		{"blanks at the end are held", "x = ", "", []string{"1 ", "+", " 2"}, infer.StopEnd, "|1 +||2"},
		{"the rest of the line is held", "f(", ", b)", []string{"a,", " c"}, infer.StopEnd, "a|,|c"},
		{"a line below is held", "import os\n", "\nimport sys\n", []string{"import", " sys", "tem\n"}, infer.StopEnd, "||import system"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var steps []step
			for _, s := range test.steps {
				steps = append(steps, step{s, 1})
			}
			got, v := run(place("python", test.before, test.after).New(0), test.reason, steps...)
			if bars(got) != bars(strings.Split(test.released, "|")) {
				t.Errorf("released %q, want %q", got, test.released)
			}
			if !v.Done {
				t.Error("not done")
			}
		})
	}
}

// bars joins what was released; blanks count with the piece after them.
func bars(pieces []string) string {
	all := strings.Join(pieces, "|")
	return strings.ReplaceAll(all, " ", "")
}

func TestLogProbIsThatOfTheTokensReleased(t *testing.T) {
	f := place("python", "return ", "").New(0)
	f.Feed(infer.Piece{Text: "a", LogProb: -1, Tokens: 1})
	v := f.Feed(infer.Piece{Text: " + ", LogProb: -2, Tokens: 1})
	if v.Release != "a +" || v.LogProb != -3 {
		t.Errorf("%+v", v)
	}
	f.Feed(infer.Piece{Text: "b", LogProb: -4, Tokens: 1})
	v = f.Feed(infer.Piece{Text: "\n", LogProb: -8, Tokens: 1})
	if v.Release != " b" || v.LogProb != -7 || v.Stop != infer.StopFinished {
		t.Errorf("%+v", v)
	}
}

func TestTheGateHoldsBackWhatIsNotSure(t *testing.T) {
	read := func() *Place {
		return Read(Config{Facts: languages.ByID("python").Facts, Before: "return ", Gated: true})
	}
	got, v := run(read().New(0), infer.StopEnd, step{"a", 0.65}, step{"+", 0.9}, step{"b", 0.93}, step{"+", 0.9}, step{"c", 1})
	if strings.Join(got, "") != "" || v.Why != infer.WhyFiltered || !v.Done || len(got) != GateTokens {
		t.Errorf("unsure, with %g after four: %q %+v", 0.65*0.9*0.93*0.9, got, v)
	}
	got, v = run(read().New(0), infer.StopEnd, step{"a", 0.65}, step{"+", 0.9}, step{"b", 0.93}, step{"+", 0.95}, step{"c", 0.01})
	if got[0]+got[1]+got[2] != "" || strings.Join(got, "") != "a+b+c" || v.Why != "" {
		t.Errorf("sure: %q %+v", got, v)
	}
	got, v = run(read().New(0), infer.StopEnd, step{"a", 0.01})
	if strings.Join(got, "") != "" || v.Why != infer.WhyFiltered {
		t.Errorf("a short one that is not sure: %q %+v", got, v)
	}
	got, v = run(read().New(0), infer.StopEnd, step{"a", 0.4}, step{"+", 1}, step{"b", 1})
	if v.Why != infer.WhyFiltered || len(got) != 1 {
		t.Errorf("what can no longer become sure enough took %d tokens: %+v", len(got), v)
	}
	p := place("python", "return ", "")
	if got, _ = run(p.New(0), infer.StopEnd, step{"a", 0.01}); strings.Join(got, "") != "a" {
		t.Errorf("asked for by hand: %q", got)
	}
}

func TestTheGateReleasesEarlyWhatIsSureAndWholeWordsAfterThat(t *testing.T) {
	read := func() *Place {
		return Read(Config{Facts: languages.ByID("python").Facts, Before: "return ", Gated: true})
	}
	got, v := run(read().New(0), infer.StopEnd, step{"a.", 0.95}, step{"b", 0.95}, step{".c", 0.95}, step{".d", 0.95}, step{".e", 0.95})
	if !slices.Equal(got, []string{"a.", "", "b.", "c.", "d.", "e"}) || v.Why != "" {
		t.Errorf("sure from the first token on: %q %+v", got, v)
	}
	got, v = run(read().New(0), infer.StopEnd, step{"a.", 0.68}, step{"b", 0.92}, step{".c", 1})
	if got[0] != "" || got[1] != "a.b" || strings.Join(got, "") != "a.b.c" {
		t.Errorf("sure with the second: %q %+v", got, v)
	}
	got, _ = run(read().New(0), infer.StopEnd, step{"na", 0.95}, step{"me", 1}, step{"s.x", 1}, step{"y", 1})
	if !slices.Equal(got, []string{"na", "", "mes.", "", "xy"}) {
		t.Errorf("words: %q", got)
	}
	f := read().New(0)
	got, v = run(f, infer.StopEnd, step{"a.", 0.95}, step{"b", 0.95}, step{".c", 0.3}, step{".d", 1})
	if strings.Join(got, "") != "a." || !v.Done || v.Why != "" || len(got) != 3 {
		t.Errorf("unsure behind what was released: %q %+v", got, v)
	}
	if math.Abs(v.LogProb-math.Log(0.95)) > 1e-9 {
		t.Errorf("what was shown has the log-probability %g", v.LogProb)
	}
}

func TestAnUnsureLineIsTheLast(t *testing.T) {
	p := Read(Config{Facts: languages.ByID("python").Facts, Before: "def f():", Gated: true})
	got, v := run(p.New(0), infer.StopEnd, step{"\n    a()", 1}, step{"\n    b()", 0.1}, step{"\n    c()", 1}, step{"\n    d()", 1})
	if strings.Join(got, "") != "\n    a()\n    b()" || v.Stop != infer.StopFinished {
		t.Errorf("%q %+v", got, v)
	}
}

func TestLineEndsAreTheDocuments(t *testing.T) {
	got, _ := run(place("python", "import os\r\ndef f():", "\r\n").New(0), infer.StopEnd, step{"\n    a()\n    b()\n", 1})
	if all := strings.Join(got, ""); all != "\r\n    a()\r\n    b()" {
		t.Errorf("%q", all)
	}
}

func TestRulesCanBeSwitchedOff(t *testing.T) {
	p := Read(Config{Facts: languages.ByID("python").Facts, Before: "print(len(", After: "))", Off: Balance | Overlap})
	if got, _ := run(p.New(0), infer.StopEnd, step{"names))\n", 1}); strings.Join(got, "") != "names))" {
		t.Errorf("%q", got)
	}
}

// FuzzPiecesDoNotMatter holds the invariant: what is released does not hang on how raw text is cut, and is text.
func FuzzPiecesDoNotMatter(f *testing.F) {
	f.Add("def f(a):\n    return ", "\n\nx = 1\n", "a + b)\n\nprint(x)", uint8(3), false)
	f.Add("function f() {", "}", "\n  return `${a}`;\n}\n}", uint8(1), true)
	f.Add("x = \"", "\")", "é\u00a0\" + \"\"\"", uint8(2), false)
	f.Fuzz(func(t *testing.T, before, after, raw string, size uint8, braces bool) {
		defer fuzztest.Within(time.Minute)()
		if !utf8.ValidString(before) || !utf8.ValidString(after) || !utf8.ValidString(raw) {
			return
		}
		language := "python"
		if braces {
			language = "javascript"
		}
		p := place(language, before, after)
		whole, v := run(p.New(0), infer.StopEnd, step{raw, 1})
		if !v.Done || !utf8.ValidString(strings.Join(whole, "")) {
			t.Fatalf("%q %+v", whole, v)
		}
		var steps []step
		for rest := raw; rest != ""; {
			n := min(int(size%7)+1, len(rest))
			for n < len(rest) && !utf8.RuneStart(rest[n]) {
				n++
			}
			steps, rest = append(steps, step{rest[:n], 1}), rest[n:]
		}
		pieces, v := run(p.New(0), infer.StopEnd, steps...)
		if !v.Done || strings.Join(pieces, "") != strings.Join(whole, "") {
			t.Fatalf("in pieces %q, whole %q", pieces, whole)
		}
	})
}

func TestALongSuggestionEndsAtTheSamePlaceHoweverItIsCut(t *testing.T) {
	raw := ""
	for i := range maxBytes / 4 {
		raw += "é" + strconv.Itoa(i*7919) + " + " // nothing that loops
	}
	p := place("python", "return ", "")
	whole, v := run(p.New(0), infer.StopEnd, step{raw, 1})
	got := strings.Join(whole, "")
	if v.Stop != infer.StopFinished || len(got) <= maxBytes-utf8.UTFMax || len(got) > maxBytes+utf8.UTFMax {
		t.Errorf("whole: %d bytes, %v", len(got), v.Stop)
	}
	for _, size := range []int{2, 5, 35, 1000} { // characters
		var steps []step
		for rest := []rune(raw); len(rest) > 0; {
			n := min(size, len(rest))
			steps, rest = append(steps, step{string(rest[:n]), 1}), rest[n:]
		}
		if pieces, _ := run(p.New(0), infer.StopEnd, steps...); strings.Join(pieces, "") != got {
			t.Errorf("in pieces of %d characters: %d bytes, whole %d", size, len(strings.Join(pieces, "")), len(got))
		}
	}
}

func BenchmarkFinisher(b *testing.B) {
	p := place("python", strings.Repeat("def f(a):\n    return g(a)\n\n", 400)+"def sum(values):", "\n\nprint(sum([1]))\n")
	pieces := strings.SplitAfter("\n    total = 0\n    for value in values:\n        total += value * weight(value, other)\n    return total\n", " ")
	b.ReportAllocs()
	tokens := 0
	for b.Loop() {
		f := p.New(0)
		for _, text := range pieces {
			tokens++
			if f.Feed(infer.Piece{Text: text, LogProb: -0.1, Tokens: 1}).Done {
				break
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(tokens), "ns/token")
}

func BenchmarkRead(b *testing.B) {
	text := strings.Repeat("def f(a):\n    return g(a)\n\n", 8000)
	for b.Loop() {
		place("python", text[:len(text)/2], text[len(text)/2:])
	}
}
