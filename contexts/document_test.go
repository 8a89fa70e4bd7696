package contexts

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"inkling/fuzztest"
)

func TestPositionsInThreeEncodings(t *testing.T) {
	d := NewDocument("a", "go", 1, "a\r\né😀z\rx\n")
	for _, c := range []struct {
		line, character uint32
		enc             Encoding
		want            int
	}{
		{0, 0, UTF16, 0}, {0, 9, UTF16, 1}, {1, 1, UTF16, 5}, {1, 2, UTF16, 5}, {1, 3, UTF16, 9}, {1, 4, UTF16, 10}, {1, 99, UTF16, 10},
		{1, 1, UTF32, 5}, {1, 2, UTF32, 9}, {1, 2, UTF8, 5}, {1, 1, UTF8, 3}, {1, 5, UTF8, 5}, {2, 0, UTF8, 11}, {2, 5, UTF32, 12}, {3, 0, UTF16, 13},
	} {
		got, err := d.Offset(Position{c.line, c.character}, c.enc)
		if err != nil || got != c.want {
			t.Errorf("%d:%d in %v: got %d, %v, want %d", c.line, c.character, c.enc, got, err, c.want)
		}
	}
	if _, err := d.Offset(Position{4, 0}, UTF16); !errors.Is(err, ErrRange) {
		t.Errorf("a line past the end: %v", err)
	}
}

func TestAPositionAndItsOffsetAgree(t *testing.T) {
	d := NewDocument("a", "go", 1, "one\nzwei é\r\n😀 three\r\n\rfour")
	for _, enc := range []Encoding{UTF8, UTF16, UTF32} {
		for offset := range len(d.Text()) + 1 {
			if offset < len(d.Text()) && (!utf8.RuneStart(d.Text()[offset]) || d.Text()[offset] == '\n' && d.Text()[max(offset-1, 0)] == '\r') {
				continue
			}
			if got, err := d.Offset(d.Position(offset, enc), enc); err != nil || got != offset {
				t.Errorf("%v: %d became %d, %v", enc, offset, got, err)
			}
		}
	}
}

func TestAFailedEditChangesNothing(t *testing.T) {
	d := NewDocument("a", "go", 5, "one\ntwo\n")
	good := Change{Range: &Range{Position{0, 0}, Position{0, 3}}, Text: "1"}
	for name, c := range map[string]struct {
		version int32
		changes []Change
		want    error
	}{
		"version that stays": {5, []Change{good}, ErrVersion},
		"line past the end":  {6, []Change{good, {Range: &Range{Position{9, 0}, Position{9, 0}}}}, ErrRange},
		"end before start":   {6, []Change{good, {Range: &Range{Position{1, 1}, Position{0, 0}}}}, ErrRange},
		"bad UTF-8":          {6, []Change{good, {Text: "\xff"}}, ErrUTF8},
		"too large":          {6, []Change{good, {Text: strings.Repeat("x", MaxDocumentBytes+1)}}, ErrTooLarge},
	} {
		if err := d.Apply(c.version, c.changes, UTF16); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if d.Text() != "one\ntwo\n" || d.Version() != 5 || d.Lines() != 3 {
			t.Errorf("%s: the document is %q, version %d", name, d.Text(), d.Version())
		}
	}
	if err := d.Apply(9, []Change{good, {Text: "x"}, {Range: &Range{Position{0, 1}, Position{0, 1}}, Text: "y"}}, UTF16); err != nil || d.Text() != "xy" || d.Version() != 9 {
		t.Errorf("%v, %q", err, d.Text())
	}
}

// spy rebuilds the text from what an observer is told.
type spy struct {
	t      *testing.T
	text   string
	doc    *Document
	closed int
	reset  bool // since the last edit
}

// now is the text that is known.
func (s *spy) now() string {
	if s.reset {
		return s.doc.Text()
	}
	return s.text
}

func (s *spy) Edit(text string, start, oldEnd int, inserted string) {
	if s.reset {
		s.text, s.reset = text, false
	}
	if text != s.text {
		s.t.Fatalf("told of %q, had %q", text, s.text)
	}
	s.text = text[:start] + inserted + text[oldEnd:]
}
func (s *spy) Reset() { s.text, s.reset = s.doc.Text(), true }
func (s *spy) Close() { s.closed++ }

// FuzzEditsAreSplices applies edits to a document and, by a naive model, to a plain string.
func FuzzEditsAreSplices(f *testing.F) {
	f.Add("one\r\ntwo\rthree\n", "x\n", 1, 2, 0, 3)
	f.Add("a\rb", "\n", 1, 0, 1, 0)
	f.Add("é😀\n\r\n", "\r", 0, 1, 1, 0)
	f.Fuzz(func(t *testing.T, text, inserted string, l1, c1, l2, c2 int) {
		defer fuzztest.Within(time.Minute)()
		if !utf8.ValidString(text) || !utf8.ValidString(inserted) {
			t.Skip()
		}
		for _, enc := range []Encoding{UTF8, UTF16, UTF32} {
			d := NewDocument("a", "go", 1, text)
			s := &spy{t: t, text: text, doc: d}
			d.Observe(s)
			model := text
			for i := range int32(6) {
				// The same numbers, taken apart otherwise each time.
				a := naiveOffset(model, uint32(max(l1, 0)>>i), uint32(max(c1, 0)>>i), enc)
				b := naiveOffset(model, uint32(max(l2, 0)>>i), uint32(max(c2, 0)>>i), enc)
				r := &Range{Position{uint32(max(l1, 0) >> i), uint32(max(c1, 0) >> i)}, Position{uint32(max(l2, 0) >> i), uint32(max(c2, 0) >> i)}}
				err := d.Apply(d.Version()+1, []Change{{Range: r, Text: inserted}}, enc) // no version is left out: such a one is waited for
				if a < 0 || b < a {
					if err == nil {
						t.Fatalf("%v: %v of %q was applied", enc, r, model)
					}
					continue
				}
				if err != nil {
					t.Fatalf("%v: %v of %q: %v", enc, r, model, err)
				}
				model = model[:a] + inserted + model[b:]
				if d.Text() != model || s.text != model {
					t.Fatalf("%v: %v: got %q, observer %q, want %q", enc, r, d.Text(), s.text, model)
				}
				if want := lineStarts(model, 0); !slices.Equal(d.lines, want) {
					t.Fatalf("%v: %v made %q: lines at %v, want %v", enc, r, model, d.lines, want)
				}
			}
			d.Close()
			if s.closed != 1 {
				t.Fatal("the observer was not closed once")
			}
		}
	})
}

// naiveOffset walks the text from its start; -1 is a line past the end.
func naiveOffset(text string, line, character uint32, enc Encoding) int {
	at := 0
	for range line {
		n := strings.IndexAny(text[at:], "\r\n")
		if n < 0 {
			return -1
		}
		at += n + 1
		if text[at-1] == '\r' && strings.HasPrefix(text[at:], "\n") {
			at++
		}
	}
	for left := int(character); at < len(text); {
		r, size := utf8.DecodeRuneInString(text[at:])
		width := map[Encoding]int{UTF8: size, UTF16: 1, UTF32: 1}[enc]
		if enc == UTF16 && r > 0xFFFF {
			width = 2
		}
		if r == '\r' || r == '\n' || left < width {
			break
		}
		left, at = left-width, at+size
	}
	return at
}

func BenchmarkEditIn200kB(b *testing.B) {
	d := NewDocument("a", "go", 1, strings.Repeat("\tvalue := compute(one, two)\n", 7_500))
	at := Position{3000, 5}
	for i := int32(2); b.Loop(); i++ {
		c := Change{Range: &Range{at, at}, Text: "x"}
		if i%2 == 1 {
			c = Change{Range: &Range{at, Position{at.Line, at.Character + 1}}}
		}
		if err := d.Apply(i, []Change{c}, UTF16); err != nil {
			b.Fatal(err)
		}
	}
}
