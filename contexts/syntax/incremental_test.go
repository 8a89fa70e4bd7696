package syntax

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"inkling/contexts/languages"
	"inkling/fuzztest"
)

// pieces are what the edit scripts insert: what opens and closes things, breaks lines and is not text at all.
var pieces = []string{
	"x", " ", "\n", "\n    ", "\t", "(", ")", "{", "}", "[", "]", "\"", "'", "`", "\"\"\"", "/*", "*/", "//", "#", "<!--", "-->",
	":", ";", ",", "=", "=>", ".", "def f(a):\n", "function f(a) {\n", "class A {\n", "return ", "if x", "end\n", "<a>", "</a>",
	"שלום", "\x00", "\xff", "\r\n", "<<EOF\n", "é", "${", "\\",
}

// texts returns the scenario texts of each language, cursor marks taken out.
func texts(t testing.TB) map[string][]string {
	files, err := filepath.Glob("testdata/*/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenarios: %v", err)
	}
	found := map[string][]string{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		source, _, _ := strings.Cut(string(data), "\n====\n")
		language := languages.ByID(filepath.Base(filepath.Dir(file))).Name
		found[language] = append(found[language], strings.ReplaceAll(source, cursorMark, "")+"\n")
	}
	return found
}

// script plays edits that bytes describe, and calls check after each with the text so far.
func script(tree *Tree, text string, steps []byte, check func(text string)) {
	for len(steps) >= 4 {
		at := int(steps[0])<<8 | int(steps[1])
		start := at % (len(text) + 1)
		oldEnd := min(len(text), start+int(steps[2])%16)
		inserted := pieces[int(steps[3])%len(pieces)]
		if steps[2]&0x80 == 0 {
			oldEnd = start
		} else if steps[3]&0x80 == 0 {
			inserted = ""
		}
		tree.Edit(text, start, oldEnd, inserted)
		text = text[:start] + inserted + text[oldEnd:]
		check(text)
		steps = steps[4:]
	}
}

func sexp(tree *Tree, text string) string {
	tree.mu.Lock()
	defer tree.mu.Unlock()
	if !tree.parse(text) {
		return ""
	}
	return tree.native.RootNode().ToSexp()
}

// TestTheTreeOfEditsIsThatOfAFreshParse plays random edit scripts over the scenario texts of every language.
func TestTheTreeOfEditsIsThatOfAFreshParse(t *testing.T) {
	closed(t)
	pool := NewPool(patient)
	defer pool.Close()
	rng := rand.New(rand.NewPCG(4, 2026))
	for language, list := range texts(t) {
		for _, text := range list {
			steps := make([]byte, 4*12)
			for i := range steps {
				steps[i] = byte(rng.Uint32())
			}
			compare(t, pool, language, text, steps)
		}
	}
}

// TestShortBrokenCodeIsParsedFromTheStart plays an edit after which the parser, given the old tree, recovers in another
// way than from the text alone.
func TestShortBrokenCodeIsParsedFromTheStart(t *testing.T) {
	closed(t)
	pool := NewPool(patient)
	defer pool.Close()
	before := "intéerface Mapper<A, B> {\n    B map(A value);\n\n" +
		"    default <C> Men(Mapper<B, C> next) {\n        return value ->` next.map();\n    }\n}\n"
	at := strings.Index(before, "    default") + 1
	tree, fresh := pool.Open("java"), pool.Open("java")
	defer tree.Close()
	defer fresh.Close()
	sexp(tree, before)
	tree.Edit(before, at, at, "}")
	after := before[:at] + "}" + before[at:]
	if got, want := sexp(tree, after), sexp(fresh, after); got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
	if s := pool.Stats(); s.Reparses != 0 {
		t.Errorf("stats: %+v", s)
	}
}

// TestCodeThatIsMendedIsParsedFromTheStart plays an edit after which the parser, given the old tree, finds no error where a fresh parse
// finds one.
func TestCodeThatIsMendedIsParsedFromTheStart(t *testing.T) {
	closed(t)
	pool := NewPool(patient)
	defer pool.Close()
	before := "class Timer {\n  start(): void {\n    \n  }\n  stop\n    (): void {}\n}\n"
	at := strings.Index(before, "void ")
	tree, fresh := pool.Open("typescript"), pool.Open("typescript")
	defer tree.Close()
	defer fresh.Close()
	sexp(tree, before)
	tree.Edit(before, at, at+len("void "), "")
	after := before[:at] + before[at+len("void "):]
	if got, want := sexp(tree, after), sexp(fresh, after); got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
}

// TestATreeThatWaitsIsPlainTextWhereAFreshOneIsNot plays a Ruby text that is refused for the word of its heredoc, which an edit makes
// short: a document of its own is parsed at once, this one after so many edits.
func TestATreeThatWaitsIsPlainTextWhereAFreshOneIsNot(t *testing.T) {
	closed(t)
	pool := NewPool(patient)
	defer pool.Close()
	text := "x = <<\u2039" + strings.Repeat("a", 300) + "\n"
	steps := slices.Repeat([]byte{0, 20, 0, byte(slices.Index(pieces, "\n"))}, retryEdits)
	compare(t, pool, "ruby", text, steps)
	tree := pool.Open("ruby")
	defer tree.Close()
	sexp(tree, text)
	edits := 0
	script(tree, text, steps, func(text string) {
		fresh := pool.Open("ruby")
		defer fresh.Close()
		edits++
		if got, want := sexp(tree, text), sexp(fresh, text); want == "" || (got == want) != (edits == retryEdits) {
			t.Errorf("after %d edits: got %q, want %q", edits, got, want)
		}
	})
}

// compare plays a script and holds the tree after each step against that of a fresh parse, but while it is plain text that waits for edits.
func compare(t *testing.T, pool *Pool, language, text string, steps []byte) {
	tree := pool.Open(language)
	defer tree.Close()
	sexp(tree, text)
	before := text
	script(tree, text, steps, func(text string) {
		got := sexp(tree, text)
		defer func() { before = text }()
		if got == "" && tree.wait > 0 {
			return // no fresh one waits
		}
		fresh := pool.Open(language)
		defer fresh.Close()
		if want := sexp(fresh, text); got != want {
			t.Errorf("%s: the trees differ\nbefore %q\nafter  %q\n got %s\nwant %s", language, before, text, got, want)
		}
	})
}

func FuzzTheTreeOfEditsIsThatOfAFreshParse(f *testing.F) {
	var names []string
	for _, l := range languages.All() {
		names = append(names, l.Name)
	}
	for language, list := range texts(f) {
		for i, text := range list {
			f.Add(uint8(slices.Index(names, language)), text, []byte{0, byte(7 * i), 3, byte(i), 0, byte(3 * i), 0x85, byte(5 * i)})
		}
	}
	f.Fuzz(func(t *testing.T, which uint8, text string, steps []byte) {
		defer fuzztest.Within(10 * time.Minute)()
		if len(text) > exactBytes/2 || len(steps) > 4*32 {
			t.Skip("longer than what is exact in broken code")
		}
		pool := NewPool(patient)
		defer pool.Close()
		compare(t, pool, names[int(which)%len(names)], text, steps)
	})
}

// TestEveryPlaceOfEveryScenarioHasAnAnswer asks at every offset of every scenario text, of its first half, of its
// lines ended by carriage returns, and in a language that it is not written in.
func TestEveryPlaceOfEveryScenarioHasAnAnswer(t *testing.T) {
	closed(t)
	pool := NewPool(patient)
	defer pool.Close()
	all := languages.All()
	for language, list := range texts(t) {
		for i, text := range list {
			answer(t, pool, language, text, 1)
			answer(t, pool, language, text[:len(text)/2], 3)
			answer(t, pool, language, strings.ReplaceAll(text, "\n", "\r\n"), 7)
			answer(t, pool, language, strings.ReplaceAll(text, " ", "\x00\xff"), 11)
			answer(t, pool, all[i%len(all)].Name, text, 5)
		}
	}
}

// answer asks at every step-th offset of a text, and checks that what is told lies in it.
func answer(t *testing.T, pool *Pool, language, text string, step int) {
	tree := pool.Open(language)
	defer tree.Close()
	for offset := 0; offset <= len(text); offset += step {
		a := tree.Analyze(text, offset)
		if !a.Parsed {
			t.Fatalf("%s: not parsed: %q", language, text)
		}
		var spans []Span
		for _, s := range a.Enclosing {
			spans = append(spans, s.Span, s.Body)
			if s.Span.Start > offset {
				t.Errorf("%s at %d: %s begins at %d in %q", language, offset, s.Name, s.Span.Start, text)
			}
		}
		for _, i := range a.Imports {
			spans = append(spans, i.Span)
		}
		for _, n := range a.Names {
			spans = append(spans, Span{n.Offset, n.Offset + len(n.Name)})
			if got := text[min(n.Offset, len(text)):min(n.Offset+len(n.Name), len(text))]; !a.Repaired && got != n.Name {
				t.Errorf("%s at %d: name %q stands for %q in %q", language, offset, n.Name, got, text)
			}
		}
		for _, s := range spans {
			if s.Start < 0 || s.End < s.Start || s.End > len(text) {
				t.Errorf("%s at %d: span %v in %d bytes: %q", language, offset, s, len(text), text)
			}
		}
		if a.Describe() == "" || len(a.Names) > MaxNames || len(a.Imports) > MaxImports {
			t.Errorf("%s at %d: %+v", language, offset, a)
		}
	}
}
