package syntax

import (
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
)

// typedLines are typed into methods of the large files.
var typedLines = map[string]string{
	"python":     "notes = [self.entries.get(key, 'none') for key in extra.items()]",
	"javascript": "const notes = this.entries.map((entry) => `${entry.key}: ${total}`);",
	"typescript": "if (notes.includes(this.owner, [1, 2])) { return total; }",
	"java":       "notes.stream().map(n -> n.trim()).forEach(System.out::println);",
	"go":         "notes = append(notes, fmt.Sprintf(\"%d: %s\", i, a.entries[note]))",
}

// outer is what stands around all definitions of a file.
var outer = map[string][2]string{
	"python inside":     {"class Outer(Base):\n    # one\n", "\n"},
	"java inside":       {"package a.b;\n\nimport java.util.List;\n\npublic class Outer<T> extends Base {\n    int one;\n", "\n}\n"},
	"typescript inside": {"import { Base } from \"./base\";\n\nexport namespace outer {\n", "\n}\n"},
	"javascript inside": {"function outer(limit) {\n", "\n}\n"},
}

func init() {
	for name := range outer {
		typedLines[name] = typedLines[strings.TrimSuffix(name, " inside")]
	}
}

// ofPlace is what an answer tells of its place.
type ofPlace struct {
	Region    Region
	Role      Role
	Of        string
	EmptyBody bool
	Describe  string
	Enclosing []string
	Imports   []Import
}

func ofPlaceIn(a Analysis) ofPlace {
	p := ofPlace{a.Region, a.Role, a.Of, a.EmptyBody, a.Describe(), nil, a.Imports}
	for _, s := range a.Enclosing {
		p.Enclosing = append(p.Enclosing, string(s.Kind)+" "+s.Signature)
	}
	return p
}

// TestAnExcerptTellsWhatTheWholeTextDoes types a line into a method of a long file: after each character, the answer from
// the excerpt is that of a pool that parses the whole text.
func TestAnExcerptTellsWhatTheWholeTextDoes(t *testing.T) {
	closed(t)
	for name, line := range typedLines {
		t.Run(name, func(t *testing.T) {
			language := strings.TrimSuffix(name, " inside")
			text, at := largeOf(language, 24<<10)
			if around := outer[name]; around[0] != "" { // everything in one definition
				text = around[0] + strings.ReplaceAll(text, "\n", "\n    ") + around[1]
				at = len(text)/2 + strings.Index(text[len(text)/2:], "total")
			}
			at = strings.LastIndexByte(text[:at], '\n')
			line := text[at:at+1+len(indentOf(text[at+1:]))] + line
			pool, whole := NewPool(patient), NewPool(patient)
			defer pool.Close()
			defer whole.Close()
			whole.cfg.LocalBytes = 1 << 30
			tree := pool.Open(language)
			defer tree.Close()
			tree.Analyze(text, at)
			differs := 0
			for i := range len(line) {
				tree.Edit(text, at+i, at+i, line[i:i+1])
				text = text[:at+i] + line[i:i+1] + text[at+i:]
				got := tree.AnalyzePlace(text, at+i+1)
				fresh := whole.Open(language)
				want := fresh.AnalyzePlace(text, at+i+1)
				fresh.Close()
				if g, w := ofPlaceIn(got), ofPlaceIn(want); !reflect.DeepEqual(g, w) {
					differs++
					t.Logf("after %q:\n got %+v\nwant %+v", line[:i+1], g, w)
				}
				for _, s := range got.Enclosing {
					if !strings.HasPrefix(strings.Join(strings.Fields(text[s.Span.Start:]), " "), s.Signature[:min(len(s.Signature), 12)]) {
						t.Errorf("after %q: %s does not stand at %d", line[:i+1], s.Signature, s.Span.Start)
					}
				}
			}
			if s := pool.Stats(); s.Excerpts != uint64(len(line)) {
				t.Errorf("%d excerpts for %d characters", s.Excerpts, len(line))
			}
			if differs > 0 {
				t.Errorf("%d of %d answers differ", differs, len(line))
			}
		})
	}
}

func indentOf(text string) string { return text[:len(text)-len(strings.TrimLeft(text, " \t"))] }

// TestAnExcerptOfAnyTextAfterAnyEditsHasAnAnswer asks, after each edit of random scripts, at several places of the
// scenario texts of every language, three times over so that there is something to leave out: what is told lies in the text.
func TestAnExcerptOfAnyTextAfterAnyEditsHasAnAnswer(t *testing.T) {
	closed(t)
	cfg := patient
	cfg.LocalBytes = 1
	pool := NewPool(cfg)
	defer pool.Close()
	rng := rand.New(rand.NewPCG(7, 2026))
	for language, list := range texts(t) {
		text := strings.Repeat(strings.Join(list, "\n"), 3)
		tree := pool.Open(language)
		tree.AnalyzePlace(text, len(text)/2)
		steps := make([]byte, 4*24)
		for i := range steps {
			steps[i] = byte(rng.Uint32())
		}
		script(tree, text, steps, func(text string) {
			for _, offset := range []int{0, rng.IntN(len(text) + 1), rng.IntN(len(text) + 1), len(text)} {
				a := tree.AnalyzePlace(text, offset)
				var spans []Span
				for _, s := range a.Enclosing {
					spans = append(spans, s.Span, s.Body)
				}
				for _, i := range a.Imports {
					spans = append(spans, i.Span)
				}
				for _, s := range spans {
					if s.Start < 0 || s.End < s.Start || s.End > len(text) {
						t.Errorf("%s at %d: span %v in %d bytes", language, offset, s, len(text))
					}
				}
			}
		})
		tree.Close()
	}
	if s := pool.Stats(); s.Excerpts == 0 {
		t.Errorf("stats: %+v", s)
	}
}
