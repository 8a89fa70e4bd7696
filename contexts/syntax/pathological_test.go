package syntax

import (
	"strings"
	"testing"
	"time"

	"inkling/contexts/languages"
)

// TestHugeLinesAndDeepNestingHaveAnAnswer gives every language text that no person writes. A parse or a query that runs
// past its timeout leaves plain text; nothing panics, overflows a stack or stays open.
func TestHugeLinesAndDeepNestingHaveAnAnswer(t *testing.T) {
	closed(t)
	pool := NewPool(Config{})
	defer pool.Close()
	const size = 8 << 10
	for _, unit := range []string{"x", "(", "\"", "\\", "<a>", "\x00"} {
		text := strings.Repeat(unit, size/len(unit))
		half := len(text) / 2
		more := text[:half] + "x" + text[half:]
		for _, l := range languages.All() {
			tree := pool.OpenLanguage(l)
			tree.Analyze(text, half)
			tree.Edit(text, half, half, "x")
			tree.Analyze(more, half+1)
			tree.Outline(more)
			tree.Close()
		}
	}
}

// TestATreeTooDeepForQueriesLeavesPlainText: every step of a query climbs the tree, so that half a million nested
// brackets would keep it for minutes.
func TestATreeTooDeepForQueriesLeavesPlainText(t *testing.T) {
	closed(t)
	pool := NewPool(Config{ParseTimeout: time.Minute, QueryTimeout: 5 * time.Millisecond})
	defer pool.Close()
	tree := pool.Open("javascript")
	defer tree.Close()
	text := strings.Repeat("[", 256<<10)
	if a := tree.Analyze(text, len(text)/2); a.Parsed {
		t.Error("it was answered from the tree")
	}
	if s := pool.Stats(); s.TimedOut == 0 || s.Trees != 0 {
		t.Errorf("stats: %+v", s)
	}
}

// TestAScannerThatReadsTheTextOverAndOverIsStopped: at every NUL byte Bash's scanner looks ahead to the text's end,
// and the parser does not look at its timeout meanwhile.
func TestAScannerThatReadsTheTextOverAndOverIsStopped(t *testing.T) {
	closed(t)
	pool := NewPool(patient)
	defer pool.Close()
	tree := pool.Open("bash")
	defer tree.Close()
	if a := tree.Analyze(strings.Repeat("\x00", 1<<20), 1<<19); a.Parsed {
		t.Error("it was parsed")
	}
	if s := pool.Stats(); s.TimedOut != 1 {
		t.Errorf("stats: %+v", s)
	}
}
