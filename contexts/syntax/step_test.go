package syntax

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	sitter "github.com/tree-sitter/go-tree-sitter"

	"inkling/contexts/languages"
)

// modulos is C of n steps of which each opens a bracket, and may be read in more than one way: the parser's last step holds eight bytes
// for each of all ways through all of them.
func modulos(n int) string { return strings.Repeat("%w(", n) }

// ambiguous are texts at the end of which one step of the parser would take minutes, and gigabytes.
var ambiguous = map[string][]string{
	"c":      {modulos(10_000), strings.Repeat("x=>", 5_000)},
	"cpp":    {modulos(10_000)},
	"csharp": {"a" + strings.Repeat("<b", 10_000) + ">"},
	"java":   {"a" + strings.Repeat("<b", 15_000) + ">"},
}

// resident returns what the process holds of the machine's memory, in bytes.
func resident(t *testing.T) int {
	var all, held int
	stat, err := os.ReadFile("/proc/self/statm")
	if err == nil {
		_, err = fmt.Sscan(string(stat), &all, &held)
	}
	if err != nil {
		t.Fatal(err)
	}
	return held * os.Getpagesize()
}

// TestAStepThatTakesTooMuchIsLeft: whether by memory or by time, and what the parse held is given back.
func TestAStepThatTakesTooMuchIsLeft(t *testing.T) {
	closed(t)
	pool := NewPool(Config{})
	defer pool.Close()
	for language, texts := range ambiguous {
		for _, text := range texts {
			before := pool.Stats()
			tree := pool.Open(language)
			a := tree.Analyze(text, len(text)/2)
			if after := pool.Stats(); a.Parsed || after.TimedOut+after.Left != before.TimedOut+before.Left+1 || after.Trees != before.Trees {
				t.Errorf("%s %.10q of %d bytes: parsed %v; %+v", language, text, len(text), a.Parsed, after)
			}
			tree.Close()
		}
	}
	if runtime.GOOS != "linux" {
		t.Skip("nothing tells what the process holds")
	}
	g, err := load(languages.ByID("c"))
	if err != nil {
		t.Fatal(err)
	}
	before, most := resident(t), 0
	for range 40 {
		if _, how := parseText(g.native, modulos(10_000), nil, time.Minute); how != left {
			t.Fatalf("outcome %d", how)
		}
		most = max(most, resident(t)-before)
	}
	if most > 4*maxHeldBytes {
		t.Errorf("%d MB more after parses that held up to %d each", most>>20, (maxHeldBytes+maxHeldPerByte*len(modulos(10_000)))>>20)
	}
}

// TestAParseHoldsOnlySoMuch: n of such steps hold about 8 n² bytes at the end.
func TestAParseHoldsOnlySoMuch(t *testing.T) {
	closed(t)
	g, err := load(languages.ByID("c"))
	if err != nil {
		t.Fatal(err)
	}
	const space = 256 << 10
	for _, c := range []struct {
		steps, space int
		want         outcome
	}{{1_300, 0, parsed}, {2_300, 0, left}, {2_300, space, parsed}, {3_900, space, left}} {
		tree, how := parseText(g.native, modulos(c.steps)+strings.Repeat("\n", c.space), nil, time.Minute)
		closeTree(tree)
		if how != c.want {
			t.Errorf("%d steps and %d bytes: outcome %d, want %d", c.steps, c.space, how, c.want)
		}
	}
}

// TestAllParsesHoldOnlySoMuchTogether: of those that run, the ones are left that hold much. Here it is one.
func TestAllParsesHoldOnlySoMuchTogether(t *testing.T) {
	closed(t)
	t.Cleanup(func() { HoldAtMost(maxHeldByAll) })
	g, err := load(languages.ByID("c"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		steps int
		most  int64
		want  outcome
	}{{1_300, 2 * maxHeldBytes, parsed}, {1_300, leastHeldByAll + 1<<20, left}, {600, 1, parsed}, {1_300, 1, left}} {
		HoldAtMost(c.most)
		tree, how := parseText(g.native, modulos(c.steps), nil, time.Minute)
		closeTree(tree)
		if how != c.want || heldByParses() != 0 {
			t.Errorf("%d steps, at most %d bytes: outcome %d, want %d; %d bytes are held after it", c.steps, c.most, how, c.want, heldByParses())
		}
	}
}

// TestAStepIsLeftWhenItsTimeIsOver: the parser itself does not look at the time in it. Of the times that end before the parse does, some
// end in that step.
func TestAStepIsLeftWhenItsTimeIsOver(t *testing.T) {
	closed(t)
	g, err := load(languages.ByID("c"))
	if err != nil {
		t.Fatal(err)
	}
	text := modulos(2_500) + strings.Repeat("\n", 256<<10) // the memory for it
	seen := map[outcome]int{}
	for timeout := time.Millisecond; seen[parsed] == 0 && timeout < time.Minute; timeout += timeout / 4 {
		tree, how := parseText(g.native, text, nil, timeout)
		closeTree(tree)
		seen[how]++
	}
	if seen[left] == 0 || seen[parsed] != 1 || seen[failed]+seen[crowded] != 0 {
		t.Errorf("outcomes: %v", seen)
	}
}

// TestALeftParseLosesNoLanguage: a document at the end of which more and more ambiguous text is put loses its tree once, and then costs
// others neither their syntax nor more trees.
func TestALeftParseLosesNoLanguage(t *testing.T) {
	closed(t)
	pool := NewPool(patient)
	defer pool.Close()
	tree := pool.Open("csharp")
	defer tree.Close()
	text := strings.Repeat("class A { int x; int F(int y) { return x + y; } }\n", 1<<10) + "class B { void f() { x = a"
	tree.Analyze(text, 3)
	weight, before, lost := weigh(tree.native), pool.Stats(), tree.grammar.failures.lostTrees.Load()
	for range 5 {
		const more = maxBesideEdits - 2
		tree.Edit(text, len(text), len(text), strings.Repeat("<b", more/2))
		text += strings.Repeat("<b", more/2)
		tree.wait = 0
		tree.Analyze(text, 3)
		if tree.native == nil { // as for one who opens it again
			tree.native, _ = parseText(tree.grammar.native, text[:50<<10], nil, time.Minute)
			tree.length, tree.drift = 50<<10, 0
			tree.Edit(text[:50<<10], 50<<10, 50<<10, text[50<<10:])
			tree.drift = 0
		}
	}
	after := pool.Stats()
	if now := tree.grammar.failures.lostTrees.Load() - lost; now == 0 || now > 2*weight || after.Left-before.Left < 3 {
		t.Errorf("%d bytes of trees are lost by %d parses, one tree is %d", now, after.Left-before.Left, weight)
	}
	other := pool.Open("csharp")
	defer other.Close()
	if a := other.Analyze("class A { int x; }\n", 12); !a.Parsed {
		t.Error("nothing is parsed any more")
	}
}

// TestAQueryLooksAtTheTimeBetweenMatches: each of the scopes around the cursor is a match, which is when the query's own cursor does not
// look, and the time is over once the query has begun.
func TestAQueryLooksAtTheTimeBetweenMatches(t *testing.T) {
	closed(t)
	pool := NewPool(patient)
	defer pool.Close()
	const depth = 10 * matchesPerLook
	text := strings.Repeat("{", depth) + strings.Repeat("}", depth)
	tree := pool.Open("javascript")
	defer tree.Close()
	tree.Analyze(text, depth)
	v := tree.view(tree.native, text, depth)
	looks := 0
	v.processor = func() time.Duration {
		if looks++; looks == 1 {
			return v.until
		}
		return v.until + 1
	}
	matches := 0
	v.eachMatch(tree.grammar.variables, v.root, depth, depth+1, -1, func([]sitter.QueryCapture) bool {
		matches++
		return true
	})
	if matches != matchesPerLook || !v.late {
		t.Errorf("%d matches, late: %v", matches, v.late)
	}
}

// TestDeeplyOpenTextIsParsedFromTheStart: a parse beside an older tree that has to be left would lose that tree.
func TestDeeplyOpenTextIsParsedFromTheStart(t *testing.T) {
	closed(t)
	pool := NewPool(patient)
	defer pool.Close()
	for open := maxOpenBrackets; open <= maxOpenBrackets+1; open++ {
		text := "package a\n\n// " + strings.Repeat("(", open) + "\n" + strings.Repeat("var _ = f(a)\n", 2*exactBytes/13)
		tree := pool.Open("go")
		tree.Analyze(text, 3)
		tree.Edit(text, 0, 0, "\n")
		before := pool.Stats()
		if a := tree.Analyze("\n"+text, 4); !a.Parsed {
			t.Errorf("%d are open: not parsed", open)
		}
		whole := pool.Stats().FullParses - before.FullParses
		if again := pool.Stats().Reparses - before.Reparses; (whole == 1) != (open > maxOpenBrackets) || whole+again != 1 {
			t.Errorf("%d are open: %d parses from the start, %d beside the older tree", open, whole, again)
		}
		tree.Close()
	}
}

// TestWhatIsParsedFromTheStart are the bounds of what a parse beside an older tree is risked for.
func TestWhatIsParsedFromTheStart(t *testing.T) {
	closed(t)
	pool := NewPool(patient)
	defer pool.Close()
	tree := pool.Open("go")
	defer tree.Close()
	text := strings.Repeat("var _ = f(a)\n", 2*exactBytes/13)
	tree.Analyze(text, 3)
	old := tree.native
	whole := func() bool { return tree.beside(text, old) == nil }
	if whole() {
		t.Error("an edited text is parsed from the start")
	}
	for _, over := range []int{0, 1} {
		if tree.drift = maxBesideEdits + over; whole() != (over == 1) {
			t.Errorf("%d bytes of edits: from the start: %v", tree.drift, whole())
		}
	}
	tree.drift = 0
	own := tree.grammar
	tree.grammar = &grammar{language: own.language, native: own.native}
	for _, over := range []int64{0, 1} {
		if tree.grammar.failures.lostTrees.Store(maxLostTrees + over); whole() != (over == 1) {
			t.Errorf("%d bytes of trees are lost: from the start: %v", maxLostTrees+over, whole())
		}
	}
	tree.grammar = own
	if tree.left = true; !whole() {
		t.Error("a text of which a parse was left is parsed beside the older tree")
	}
	var f failures
	for _, tags := range []int{maxTags, maxTags + 1} {
		f.lost.Store(0)
		if f.add("html", strings.Repeat("<", tags), nil); f.lost.Load() != leastLost+tagBytes*maxTags {
			t.Errorf("%d tags: %d bytes are lost", tags, f.lost.Load())
		}
	}
}

// TestACrowdCostsADocumentNothing: it is asked again at once, and later parses that fail are its own again.
func TestACrowdCostsADocumentNothing(t *testing.T) {
	closed(t)
	pool := NewPool(patient)
	defer pool.Close()
	tree := pool.Open("c")
	defer tree.Close()
	how := crowded
	pool.parse = func(l *sitter.Language, text string, old *sitter.Tree, timeout time.Duration) (*sitter.Tree, outcome) {
		if how == parsed {
			return parseText(l, text, old, timeout)
		}
		return nil, how
	}
	const text = "int f(void) { return 1; }\n"
	if a := tree.Analyze(text, 3); a.Parsed || tree.wait != 0 || tree.left || pool.Stats().Left != 1 {
		t.Errorf("in a crowd: parsed %v, waits for %d edits, left %v", a.Parsed, tree.wait, tree.left)
	}
	how = parsed
	if a := tree.Analyze(text, 4); !a.Parsed {
		t.Error("not parsed after it")
	}
	tree.Reset()
	how = crowded
	tree.Analyze(text, 3)
	own := tree.grammar
	tree.grammar = &grammar{language: own.language, native: own.native}
	tree.grammar.failures.lost.Store(maxLostBytes + 1) // refused before it is parsed
	if tree.Analyze(text, 5); tree.wait != retryEdits {
		t.Errorf("refused after a crowd: waits for %d edits", tree.wait)
	}
	tree.grammar = own
}
