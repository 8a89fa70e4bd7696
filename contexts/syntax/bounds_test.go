package syntax

import (
	"slices"
	"strings"
	"testing"
	"time"

	sitter "github.com/tree-sitter/go-tree-sitter"
)

// TestALongExcerptGivesWayToTheWholeText: a character is typed on a long line, all of which an excerpt takes.
func TestALongExcerptGivesWayToTheWholeText(t *testing.T) {
	closed(t)
	pool := NewPool(patient)
	defer pool.Close()
	typed := func(comment int) (size int, excerpts, parses uint64) {
		top := "def f():\n    return 1"
		text := top + "  # " + strings.Repeat("a", comment) + "\n" + strings.Repeat("b = 1\n\n\n\n", 4<<10)
		tree := pool.Open("python")
		defer tree.Close()
		tree.Analyze(text, len(top))
		tree.Edit(text, len(top), len(top), "1")
		text = top + "1" + text[len(top):]
		e, _ := excerptOf(tree.native.RootNode(), text, len(top)+1)
		for _, s := range e.spans {
			size += s.End - s.Start
		}
		before := pool.Stats()
		if a := tree.AnalyzePlace(text, len(top)+1); !a.Parsed || len(a.Enclosing) != 1 {
			t.Errorf("%d bytes: %+v", size, a)
		}
		after := pool.Stats()
		return size, after.Excerpts - before.Excerpts, after.Reparses - before.Reparses
	}
	const long = maxExcerptBytes / 2 // such a function is taken by its lines
	besides, _, _ := typed(long)
	for size, want := range map[int]uint64{maxExcerptBytes: 1, maxExcerptBytes + 1: 0} {
		if n, excerpts, parses := typed(long + size - besides); n != size || excerpts != want || parses != 1-want {
			t.Errorf("%d bytes, want %d: %d excerpts, %d parses of the whole", n, size, excerpts, parses)
		}
	}
}

// TestATextThatTookTooLongIsTriedAgainAfterSoManyEdits: every parse fails, until the edits between two are as many as ever.
func TestATextThatTookTooLongIsTriedAgainAfterSoManyEdits(t *testing.T) {
	closed(t)
	pool := NewPool(Config{ParseTimeout: time.Nanosecond, QueryTimeout: time.Minute})
	defer pool.Close()
	tree := pool.Open("javascript")
	defer tree.Close()
	text := strings.Repeat("[1],", 1<<10)
	tree.Analyze(text, 5)
	var waits []int
	for range 9 {
		tried, edits := pool.Stats().TimedOut, 0
		for ; pool.Stats().TimedOut == tried && edits <= 2*maxRetryEdits; edits++ {
			tree.Edit(text, 5, 5, "")
			tree.Analyze(text, 5)
		}
		waits = append(waits, edits)
	}
	if want := []int{32, 64, 128, 256, 512, 1024, 2048, maxRetryEdits, maxRetryEdits}; !slices.Equal(waits, want) {
		t.Errorf("tried again after %v edits, want %v", waits, want)
	}
}

// TestAQueryHasOnlySoManyOpenMatches: each number waits for the text that comes at the end.
func TestAQueryHasOnlySoManyOpenMatches(t *testing.T) {
	closed(t)
	pool := NewPool(patient)
	defer pool.Close()
	tree := pool.Open("json")
	defer tree.Close()
	for _, c := range []struct{ numbers, patterns int }{{32, maxOpenMatches / 32}, {25, (maxOpenMatches + 1) / 25}} {
		native, err := sitter.NewQuery(tree.grammar.native, strings.Repeat(`(array (number) @number (string))`, c.patterns))
		if err != nil {
			t.Fatal(err)
		}
		defer native.Close()
		text := "[0" + strings.Repeat(",1", c.numbers-1) + ",\"end\"]"
		tree.Reset()
		tree.Analyze(text, 0)
		v := tree.view(tree.native, text, 0)
		found := map[string]int{}
		v.eachMatch(&query{native: native}, v.root, 0, len(text), -1, func(captures []sitter.QueryCapture) bool {
			found[captures[0].Node.Utf8Text([]byte(text))]++
			return true
		})
		open := c.numbers * c.patterns
		if lost := max(open-maxOpenMatches, 0); found["0"] != c.patterns-lost || found["1"] != open-c.patterns {
			t.Errorf("%d are open at once: %d of the oldest are found, and %d of the others", open, found["0"], found["1"])
		}
	}
}

// TestAnErrorIsLookedForOnlySoFarUp compares with a climb that has no bound.
func TestAnErrorIsLookedForOnlySoFarUp(t *testing.T) {
	closed(t)
	pool := NewPool(patient)
	defer pool.Close()
	beyond, within := 0, 0
	for depth := range 16 {
		tree := pool.Open("javascript")
		text := "if ( = function { x " + strings.Repeat("[", depth) + "1" + strings.Repeat("]", depth) + " ; )"
		at := strings.Index(text, "1") + 1
		tree.Analyze(text, at)
		v := tree.view(tree.native, text, at)
		steps := 0
		node := v.root.DescendantForByteRange(uint(v.anchor()), uint(v.anchor()+1))
		for ; node != nil && !node.IsError(); node = node.Parent() {
			steps++
		}
		if node == nil {
			steps = 1 << 20
		}
		if steps < maxErrorSteps {
			within++
		} else if node != nil {
			beyond++
		}
		if got := v.errorSteps(); got != min(steps, maxErrorSteps) {
			t.Errorf("%d steps: %d", steps, got)
		}
		tree.Close()
	}
	if within == 0 || beyond == 0 {
		t.Errorf("%d errors within the limit, %d beyond", within, beyond)
	}
}
