package finishing

import (
	"fmt"
	"strings"
	"testing"

	"inkling/infer"
)

// all returns what a finisher shows of a text.
func all(p *Place, text string) string {
	released, _ := run(p.New(0), infer.StopEnd, step{text, 1})
	return strings.Join(released, "")
}

// terms are n bytes that say nothing twice, in groups of four: "+100+101".
func terms(n int) string {
	var b strings.Builder
	for i := 100; b.Len() < n; i++ {
		fmt.Fprintf(&b, "+%d", i)
	}
	return b.String()[:n]
}

func TestASuggestionHasOnlySoManyLines(t *testing.T) {
	lines := func(n int, line string) (text string) {
		for i := range n {
			text += fmt.Sprintf(line, i)
		}
		return text
	}
	body, words := "\n    call(%d)", "\nword %d"
	for name, c := range map[string]struct{ before, opens, line string }{
		"a block": {"def f():", "", body}, "a string": {"x = ", `"""`, words},
	} {
		// The cursor's line counts.
		if want := c.opens + lines(23, c.line); all(place("python", c.before, ""), want) != want {
			t.Errorf("%s: 24 lines are not shown", name)
		}
		if got := all(place("python", c.before, ""), c.opens+lines(24, c.line)); got != c.opens+lines(23, c.line) {
			t.Errorf("%s: of 25 lines, %d are shown", name, strings.Count(got, "\n")+1)
		}
	}
}

func TestBlankLinesEndABlock(t *testing.T) {
	for between, shown := range map[string]bool{"\n\n": true, "\n\n\n": false} {
		text := "\n    a()" + between + "    b()"
		if got := all(place("python", "def f():", ""), text); (got == text) != shown || !strings.HasPrefix(got, "\n    a()") {
			t.Errorf("%q became %q", text, got)
		}
	}
}

func TestASuggestionHasOnlySoManyBytes(t *testing.T) {
	f := place("python", "x = 1", "").New(0)
	if v := f.Feed(infer.Piece{Text: terms(16 << 10), Tokens: 1}); v.Done {
		t.Errorf("it ended at 16 KiB: %+v", v)
	}
	if v := f.Feed(infer.Piece{Text: "+", Tokens: 1}); !v.Done || v.Stop != infer.StopFinished {
		t.Errorf("it goes on: %+v", v)
	}
}

func TestALongRunOfLettersIsNotHeld(t *testing.T) {
	f := place("python", "x = ", "").New(0)
	if v := f.Feed(infer.Piece{Text: strings.ReplaceAll(terms(64), "+", "x"), Tokens: 1}); v.Release != "" {
		t.Errorf("64 letters: %q is shown", v.Release)
	}
	if v := f.Feed(infer.Piece{Text: "a", Tokens: 1}); len(v.Release) != 65 {
		t.Errorf("65 letters: %q is shown", v.Release)
	}
}

func TestSoMuchOfTheRestOfTheLineIsLookedFor(t *testing.T) {
	for same, shown := range map[int]bool{79: true, 80: false} {
		text := "y" + terms(same) + "!= z"
		if got := all(place("python", "x = ", terms(same)+"?\n"), text); (got == text) != shown || !shown && got != "y" {
			t.Errorf("%d bytes of the rest are said again: %q", same, got)
		}
	}
}

func TestALoopOfAFewBytesEndsASuggestion(t *testing.T) {
	for period, shown := range map[int]bool{24: false, 25: true} {
		text := strings.Repeat(terms(period), 3)
		if got := all(place("python", "x = 1", ""), text+"+1"); (got == text+"+1") != shown || !strings.HasPrefix(got, text) {
			t.Errorf("%d bytes thrice: %q", period, got)
		}
	}
}

func TestBracketsAreLookedForInSoMuchText(t *testing.T) {
	for size, known := range map[int]bool{16 << 10: true, 16<<10 + 1: false} {
		before := "f(\n" + strings.Repeat("a, ", (size-3)/3) + strings.Repeat(" ", (size-3)%3)
		if got := all(place("python", before, ""), "x)"); len(before) != size || (got == "x)") != known {
			t.Errorf("opened %d bytes before the cursor: %q", size, got)
		}
	}
	for size, known := range map[int]bool{8 << 10: true, 8<<10 + 1: false} {
		after := "\n" + strings.Repeat(" ", size-3) + "1)"
		if got := all(place("python", "f(", after), "x)"); len(after) != size || (got == "x") != known {
			t.Errorf("closed %d bytes after the cursor: %q", size, got)
		}
	}
}

func TestOnlySoMuchOfALineIsRead(t *testing.T) {
	for _, size := range []int{4 << 10, 4<<10 + 1} {
		line := strings.Repeat("x", size)
		if p := place("python", "y"+line[1:], ""); len(p.linePrefix) != 4<<10 || (p.linePrefix[0] == 'y') != (size == 4<<10) {
			t.Errorf("%d bytes before the cursor: %d are kept", size, len(p.linePrefix))
		}
		if p := place("python", "", line+"\n"); len(p.rest) != 4<<10 {
			t.Errorf("%d bytes after the cursor: %d are kept", size, len(p.rest))
		}
		p := place("python", line+"\n", "\n"+line+"\n")
		if kept := p.above == line && len(p.next) == 1; kept != (size == 4<<10) {
			t.Errorf("lines of %d bytes around the cursor: %d and %d bytes, %v", size, len(p.above), len(p.next), kept)
		}
	}
}

func TestAStyleIsReadOffSoManyLines(t *testing.T) {
	for between, tabs := range map[int]bool{59: true, 60: false} { // and the line with the tab
		lines := strings.Repeat("y\n", between)
		if p := place("python", "\tx\n"+lines[:2*between-1], ""); p.style.tabs != tabs { // the cursor's line is one of them
			t.Errorf("%d lines further up: %+v", between, p.style)
		}
		if p := place("python", "", "\n"+lines+"\tx\n"); p.style.tabs != tabs {
			t.Errorf("%d lines further down: %+v", between, p.style)
		}
	}
}
