package syntax

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"
	"unsafe"

	"io/fs"

	"inkling/contexts/languages"
)

const small = "def f(a):\n    return a\n"

// closed fails the test where a tree, a parser or a cursor that was not open before is open at its end.
func closed(t *testing.T) {
	t.Helper()
	before := OpenNatives()
	t.Cleanup(func() {
		if after := OpenNatives(); after != before {
			t.Errorf("not closed: %+v, before the test %+v", after, before)
		}
	})
}

func TestAThousandDocumentsCloseToZero(t *testing.T) {
	closed(t)
	pool := NewPool(patient)
	names := languages.All()
	var trees []*Tree
	for i := range 1000 {
		tree := pool.OpenLanguage(names[i%len(names)])
		text := strings.Repeat(fmt.Sprintf("def f%d(a):\n    return a + (1\n", i), 4)
		tree.Analyze(text, len(text))
		tree.Edit(text, 4, 5, "gg")
		tree.Analyze(text[:4]+"gg"+text[5:], 9)
		tree.Outline(text[:4] + "gg" + text[5:])
		trees = append(trees, tree)
	}
	if s := pool.Stats(); s.Trees != 1000 || s.Bytes < 1000*bytesPerTree || s.Documents != 1000 {
		t.Errorf("open: %+v", s)
	}
	if n := OpenNatives(); n.Trees < 1000 {
		t.Errorf("natives while open: %+v", n)
	}
	for _, tree := range trees {
		tree.Close()
		tree.Close()
	}
	if s := pool.Stats(); s.Trees != 0 || s.Bytes != 0 || s.Documents != 0 {
		t.Errorf("closed: %+v", s)
	}
	pool.Close()
}

func TestTheBudgetDropsTheLeastRecentlyUsedTree(t *testing.T) {
	closed(t)
	pool := NewPool(patient)
	defer pool.Close()
	text := strings.Repeat(small, 50)
	open := func() *Tree {
		tree := pool.Open("python")
		tree.Analyze(text, 3)
		return tree
	}
	first := open()
	defer first.Close()
	one := pool.Stats().Bytes
	pool.cfg.BudgetBytes = 2*one + one/2
	second := open()
	defer second.Close()
	outline := first.Outline(text) // uses it: the second is now the oldest
	third := open()
	defer third.Close()
	if second.native != nil || first.native == nil || third.native == nil {
		t.Errorf("dropped the wrong tree: %v %v %v", first.native, second.native, third.native)
	}
	if s := pool.Stats(); s.Dropped != 1 || s.Trees != 2 || s.Bytes > pool.cfg.BudgetBytes {
		t.Errorf("after three trees: %+v", s)
	}
	second.Edit(text, 0, 0, "x = 1\n")
	if a := second.Analyze("x = 1\n"+text, 20); !a.Parsed || a.Function() == nil {
		t.Errorf("a dropped tree was not made again: %+v", a)
	}
	if first.native != nil {
		t.Error("the oldest tree was kept")
	}
	if again := first.Outline(text); &again[0] != &outline[0] {
		t.Error("the outline was not kept while its tree was dropped")
	}
}

func TestThePlaceAskedForAgainIsAnsweredAtOnceUntilTheNextEdit(t *testing.T) {
	closed(t)
	pool := NewPool(patient)
	defer pool.Close()
	tree := pool.Open("python")
	defer tree.Close()
	first := tree.Analyze(small, 15)
	if again := tree.Analyze(small, 15); &again.Names[0] != &first.Names[0] {
		t.Error("it was analyzed anew")
	}
	if other := tree.Analyze(small, 0); len(other.Enclosing) != 0 {
		t.Errorf("another place: %+v", other.Enclosing)
	}
	tree.Analyze(small, 15)
	tree.Edit(small, 4, 5, "g")
	if a := tree.Analyze(strings.Replace(small, "def f", "def g", 1), 15); a.Function() == nil || a.Function().Name != "g" {
		t.Errorf("after an edit of the same length: %+v", a.Enclosing)
	}
}

func TestATextThatTheEditsDoNotLeadToIsParsedFromTheStart(t *testing.T) {
	closed(t)
	pool := NewPool(patient)
	defer pool.Close()
	tree := pool.Open("python")
	defer tree.Close()
	tree.Analyze(small, 3)
	if a := tree.Analyze("class A:\n    def g(self): pass\n", 24); a.Class() == nil || a.Function() == nil {
		t.Errorf("another text: %+v", a.Enclosing)
	}
	tree.Edit(small, -1, 400, "")
	tree.Edit(small, 9, 4, "")
	tree.Edit(small, 0, 1000, "")
	if a := tree.Analyze(small, len(small)-1); a.Function() == nil || a.Function().Name != "f" {
		t.Errorf("after edits outside the text: %+v", a.Enclosing)
	}
}

func TestAParseThatTakesTooLongLeavesPlainText(t *testing.T) {
	closed(t)
	pool := NewPool(Config{ParseTimeout: time.Microsecond})
	defer pool.Close()
	tree := pool.Open("python")
	defer tree.Close()
	text := strings.Repeat(small, 5000) + "# a comment"
	a := tree.Analyze(text, len(text))
	if a.Parsed || a.Region != InComment {
		t.Errorf("analysis: %+v", a)
	}
	if got := tree.Outline(text); got != nil {
		t.Errorf("outline: %v", got)
	}
	tree.Analyze(text, 5)
	if s := pool.Stats(); s.TimedOut != 1 || s.Trees != 0 {
		t.Errorf("it was tried again at once: %+v", s)
	}
	pool.cfg.ParseTimeout = time.Minute
	for range retryEdits {
		tree.Edit(text, 0, 0, "")
	}
	if a := tree.Analyze(text, 15); !a.Parsed {
		t.Error("it was not tried again after enough edits")
	}
}

func TestATextAboveTheLimitIsPlainText(t *testing.T) {
	closed(t)
	pool := NewPool(Config{MaxTextBytes: 100})
	defer pool.Close()
	tree := pool.Open("go")
	defer tree.Close()
	text := "package a\n" + strings.Repeat("var x = 1\n", 10) + `var y = "in a string`
	if a := tree.Analyze(text, len(text)); a.Parsed || a.Region != InString {
		t.Errorf("analysis: %+v", a)
	}
	if s := pool.Stats(); s.TooLarge != 1 {
		t.Errorf("stats: %+v", s)
	}
	if a := tree.Analyze("package a", 3); !a.Parsed {
		t.Error("it stayed plain text when it was short again")
	}
}

func TestOneLargeTextIsParsedAtATime(t *testing.T) {
	closed(t)
	pool := NewPool(Config{ParseTimeout: 20 * time.Second})
	defer pool.Close()
	large, small := pool.Open("go"), pool.Open("go")
	defer large.Close()
	defer small.Close()
	text := "package a\n" + strings.Repeat("var x = 1\n", largeText/10)
	pool.large <- struct{}{} // another one
	analyzed := make(chan Analysis, 1)
	go func() { analyzed <- large.Analyze(text, len(text)) }()
	if a := small.Analyze("package a", 3); !a.Parsed {
		t.Error("a small text waits for a large one")
	}
	select {
	case <-analyzed:
		t.Fatal("two large texts were parsed at once")
	case <-time.After(time.Second): // of which a parse takes a tenth
	}
	<-pool.large
	if a := <-analyzed; !a.Parsed {
		t.Error("it was not parsed when the other was")
	}
	hurried := NewPool(Config{ParseTimeout: time.Millisecond})
	defer hurried.Close()
	hurried.large <- struct{}{}
	late := hurried.Open("go")
	defer late.Close()
	if a := late.Analyze(text, len(text)); a.Parsed || hurried.Stats().TimedOut != 1 {
		t.Errorf("it waited for longer than a parse may take: %+v", hurried.Stats())
	}
}

func TestAGrammarThatFailsLeavesPlainTextAndIsCounted(t *testing.T) {
	closed(t)
	broken := map[string]*languages.Language{
		"nil grammar":     {Name: "nil", Grammar: func() unsafe.Pointer { return nil }},
		"wrong query":     withQuery(languages.OutlineFile, "(no_such_node) @function"),
		"unknown capture": withQuery(languages.PlacesFile, "(comment) @nowhere"),
	}
	pool := NewPool(patient)
	defer pool.Close()
	for name, l := range broken {
		if err := Check(l); !errors.Is(err, ErrGrammar) && !errors.Is(err, ErrQuery) {
			t.Errorf("%s: %v", name, err)
		}
		tree := pool.OpenLanguage(l)
		if a := tree.Analyze(small, 8); a.Parsed {
			t.Errorf("%s: %+v", name, a)
		}
		tree.Close()
	}
	if s := pool.Stats(); s.GrammarFails != 3 {
		t.Errorf("stats: %+v", s)
	}
}

func withQuery(file, text string) *languages.Language {
	python := languages.ByID("python")
	return &languages.Language{Name: file, Grammar: python.Grammar, Queries: []fs.FS{fstest.MapFS{file: {Data: []byte(text)}}}}
}

func TestAnUnknownLanguageIsPlainText(t *testing.T) {
	closed(t)
	pool := NewPool(patient)
	defer pool.Close()
	tree := pool.Open("cobol")
	defer tree.Close()
	a := tree.Analyze("PERFORM 'x\n(", 9)
	if a.Parsed || a.Region != InText || a.Language != "plaintext" || a.Describe() != "code" || tree.Outline("x") != nil {
		t.Errorf("analysis: %+v, %q", a, a.Describe())
	}
}

func TestAnswersAfterCloseAreThoseOfPlainText(t *testing.T) {
	closed(t)
	pool := NewPool(patient)
	tree := pool.Open("python")
	tree.Analyze(small, 5)
	tree.Close()
	pool.Close()
	tree.Edit(small, 0, 1, "")
	if a := tree.Analyze(small, 5); a.Parsed {
		t.Errorf("analysis: %+v", a)
	}
}

// TestDocumentsOfManyGoroutinesShareOnePool is for the race detector: trees are dropped while others are parsed.
func TestDocumentsOfManyGoroutinesShareOnePool(t *testing.T) {
	closed(t)
	pool := NewPool(Config{BudgetBytes: 60 << 10, ParseTimeout: time.Minute, QueryTimeout: time.Minute})
	defer pool.Close()
	idle := pool.Open("python") // the budget does not hold it beside another
	defer idle.Close()
	idle.Analyze(strings.Repeat(small, 40), 1)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			tree := pool.Open("python")
			defer tree.Close()
			text := strings.Repeat(small, 40)
			for i := range 50 {
				tree.Edit(text, i, i, "x")
				text = text[:i] + "x" + text[i:]
				if a := tree.Analyze(text, len(text)-3); !a.Parsed {
					t.Error("not parsed")
				}
				tree.Outline(text)
			}
		})
	}
	group.Wait()
	if s := pool.Stats(); s.Dropped == 0 || s.Trees != 0 || s.Bytes != 0 || idle.native != nil {
		t.Errorf("stats: %+v", s)
	}
}
