package syntax

import (
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	sitter "github.com/tree-sitter/go-tree-sitter"

	"inkling/contexts/languages"
	"inkling/fuzztest"
)

// steps is n levels of indentation, each a column deeper.
func steps(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.Repeat(" ", i) + "if x:\n")
	}
	return b.String()
}

// failing are texts that fail an assertion of a grammar's own code: each ended the process before its parse was guarded.
var failing = map[string]string{
	"ruby":   "x = <<~" + strings.Repeat("A", 300) + "\ntext\n" + strings.Repeat("A", 300) + "\n",
	"python": steps(512) + strings.Repeat(" ", 512) + "f\"{x}\"\n",
}

// TestAnAssertionOfAGrammarFailsTheParseAlone goes past what is known of hazards.
func TestAnAssertionOfAGrammarFailsTheParseAlone(t *testing.T) {
	closed(t)
	for language, text := range failing {
		g, err := load(languages.ByID(language))
		if err != nil {
			t.Fatal(err)
		}
		if tree, how := parseText(g.native, text, nil, time.Minute); tree != nil || how != failed {
			t.Errorf("%s: tree %v, outcome %d", language, tree, how)
		}
		pool := NewPool(patient) // the next one knows nothing of it
		tree := pool.Open(language)
		if a := tree.Analyze("x = 1\n", 3); !a.Parsed {
			t.Errorf("%s: nothing is parsed any more", language)
		}
		tree.Close()
		pool.Close()
	}
}

// TestHazardousTextIsPlainText: what is known to fail is not tried, and what is as long and harmless is parsed.
func TestHazardousTextIsPlainText(t *testing.T) {
	closed(t)
	pool := NewPool(patient)
	defer pool.Close()
	word := strings.Repeat("w", 400)
	for _, c := range []struct {
		language, text string
		parsed         bool
	}{
		{"ruby", failing["ruby"], false},
		{"ruby", "x = <<~\"" + strings.Repeat("a b", 100) + "\"\n", false},
		{"ruby", "x <<~" + word, false},
		{"ruby", "x << " + word + "\nb << \"" + word + "\"\n", true},
		{"ruby", "x = <<~" + word[:200] + "\n" + word + "\n" + word[:200] + "\n", true},
		{"python", failing["python"], false},
		{"python", steps(maxIndents + 1), false},
		{"python", steps(maxIndents), true},
		{"python", strings.Repeat(steps(40), 20), true},
		{"go", steps(400), true},
	} {
		tree := pool.Open(c.language)
		before := pool.Stats()
		a := tree.Analyze(c.text, len(c.text)/2)
		after := pool.Stats()
		if a.Parsed != c.parsed || (after.Refused == before.Refused) != c.parsed || after.Failed != 0 || after.TimedOut != 0 {
			t.Errorf("%s %.20q of %d bytes: parsed %v; %+v", c.language, c.text, len(c.text), a.Parsed, after)
		}
		tree.Close()
	}
}

// TestAScannerThatSkipsPastTheEndComesBack: Kotlin's skips what follows an annotation until white space comes, which never
// does where the file ends with it, as it does while one is typed.
func TestAScannerThatSkipsPastTheEndComesBack(t *testing.T) {
	closed(t)
	pool := NewPool(patient)
	defer pool.Close()
	for _, text := range []string{"class A\n@foo", "class A {\n    val x: Int\n@foo", "class A\n@"} {
		tree := pool.Open("kotlin")
		a := tree.Analyze(text, len(text))
		if symbols := tree.Outline(text); !a.Parsed || len(symbols) == 0 {
			t.Errorf("%q: parsed %v, outline %v", text, a.Parsed, symbols)
		}
		tree.Close()
	}
}

// TestACharacterAfterABraceInBash: of such a one, the grammar's scanner reads megabytes behind a table. Other characters are there in
// the text of what is found.
func TestACharacterAfterABraceInBash(t *testing.T) {
	closed(t)
	pool := NewPool(patient)
	defer pool.Close()
	for _, c := range []string{"\U000f0249", "\U0010ffff", "\U000c9261", "é", "\xff"} {
		text := "größe() {\n  PS1={" + c + "\n  a={1.." + c + "}\n}\nb() {\n  c\n}\n"
		tree := pool.Open("bash")
		a := tree.Analyze(text, len(text)-4)
		if f := a.Function(); !a.Parsed || f == nil || f.Name != "b" {
			t.Errorf("%q: parsed %v, %+v", c, a.Parsed, a.Enclosing)
		}
		if symbols := tree.Outline(text); len(symbols) != 2 || symbols[0].Name != "größe" {
			t.Errorf("%q: %+v", c, symbols)
		}
		tree.Close()
	}
}

// TestAGrammarThatFailsTooOftenIsNotTriedAgain: what failed parses never give back is limited.
func TestAGrammarThatFailsTooOftenIsNotTriedAgain(t *testing.T) {
	closed(t)
	pool := NewPool(patient)
	defer pool.Close()
	tree := pool.Open("go")
	defer tree.Close()
	g := tree.grammar // the process's own stays as it is
	tree.grammar = &grammar{
		language: g.language, native: g.native, outline: g.outline, toplevel: g.toplevel, imports: g.imports, variables: g.variables,
		places: g.places,
	}
	for range maxLostBytes / leastLost {
		tree.grammar.failures.add("go", "x", nil)
	}
	if a := tree.Analyze("package a\n", 3); !a.Parsed {
		t.Error("refused at the limit")
	}
	tree.Edit("package a\n", 0, 0, "\n")
	tree.grammar.failures.add("go", "x", nil)
	if a := tree.Analyze("\npackage a\n", 3); a.Parsed || pool.Stats().Refused != 1 {
		t.Errorf("parsed past the limit; %+v", pool.Stats())
	}
}

// TestTheParserIsTheOneThatIsGuarded: guard.c repeats declarations of the library's headers, and native.go knows that the
// binding's tree holds one pointer. Whoever takes another version looks at both, and then here.
func TestTheParserIsTheOneThatIsGuarded(t *testing.T) {
	module, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(module), "github.com/tree-sitter/go-tree-sitter v0.25.0") {
		t.Error("the version has changed: compare guard.c with its api.h and parser.h")
	}
	if kind := reflect.TypeFor[sitter.Tree](); kind.NumField() != 1 || kind.Field(0).Type.Kind() != reflect.Pointer {
		t.Errorf("%v holds more than the library's object", kind)
	}
}

// openers are what scanners go on from: the beginnings of strings, comments and tags whose ends they look for.
var openers = append([]string{
	"<<~A", "<<A", "<<-'B'", "<<<A\n", "@foo", "@", "%w(", "%Q{", "r##\"", "R\"abc(", "$\"{", "$$\"\"\"{{", "f\"{", "f'''{", "#{",
	"`${", "!in", "?.", "constructor", "/**", "<script>", "<style>", "</", "<p>", "</p>", "<br>", "<custom-tag>", "]]>", "<?php ", "?>",
	"case", "get", "set(", "<b", "=>a", "a<", "{\U000f0249", "\U0010ffff", "@get(", "A", "\\\n", "#!", "\v", "\f", "\u2028", "\r", "\u00a0",
}, pieces...)

// brew makes text of openers and of pieces of a language's own: two bytes of a recipe say which, and how often.
func brew(recipe []byte, own []string) string {
	var b strings.Builder
	for ; len(recipe) >= 2 && b.Len() < 64<<10; recipe = recipe[2:] {
		which, often := int(recipe[0]), int(recipe[1])
		switch {
		case which >= 192 && len(own) > 0:
			text := own[which%len(own)]
			at := often * len(text) / 256
			b.WriteString(text[at:min(len(text), at+64)])
		case which >= 128 && which < 136:
			b.WriteString(steps(1 << (often % 9)))
		case which >= 100 && which < 128:
			b.WriteString(strings.Repeat(string(rune('A'+which-100)), 1<<(often%12)))
		default:
			b.WriteString(strings.Repeat(openers[which%len(openers)], 1<<max(0, often%16-6)))
		}
	}
	return b.String()
}

// TestTextThatNobodyWritesHasAnAnswer is a second of FuzzAnAnswer, the same at every run.
func TestTextThatNobodyWritesHasAnAnswer(t *testing.T) {
	closed(t)
	pool := NewPool(Config{})
	defer pool.Close()
	rng := rand.New(rand.NewPCG(11, 2026))
	own := texts(t)
	for _, l := range languages.All() {
		for range 6 {
			recipe := make([]byte, 2*(1+rng.IntN(12)))
			for i := range recipe {
				recipe[i] = byte(rng.Uint32())
			}
			ask(pool, l.Name, brew(recipe, own[l.Name]), rng.Int())
		}
	}
	if s := pool.Stats(); s.FullParses == 0 || s.Failed != 0 {
		t.Errorf("stats: %+v", s)
	}
}

// ask asks at one place, edits there, and asks again.
func ask(pool *Pool, language, text string, offset int) {
	tree := pool.Open(language)
	defer tree.Close()
	a := tree.Analyze(text, offset)
	_ = a.Describe()
	tree.Outline(text)
	at := min(max(0, offset), len(text))
	tree.Edit(text, at, at, "x(")
	tree.Analyze(text[:at]+"x("+text[at:], at+2)
}

func FuzzAnAnswer(f *testing.F) {
	var names []string
	for _, l := range languages.All() {
		names = append(names, l.Name)
	}
	own := texts(f)
	for i := range names {
		f.Add(uint8(i), "", []byte{200, byte(i), 7, 9, 220, 40, byte(i), 0}, 7)
	}
	for language, text := range map[string]string{
		"c": modulos(4 << 10), "csharp": "a" + strings.Repeat("<b", 4<<10), "javascript": strings.Repeat("{", 8<<10) + strings.Repeat("}", 8<<10),
		"python": "def f(a):\n  return (a\n", "html": "<a><b <!-- \x00", "ruby": "x = <<~A\n#{", "kotlin": "class A\n@foo",
	} {
		f.Add(uint8(slices.Index(names, language)), text, []byte{}, len(text))
	}
	pool := NewPool(Config{})
	f.Cleanup(pool.Close)
	f.Fuzz(func(t *testing.T, which uint8, text string, recipe []byte, offset int) {
		defer fuzztest.Within(time.Minute)()
		language := names[int(which)%len(names)]
		ask(pool, language, text+brew(recipe, own[language]), offset)
	})
}
