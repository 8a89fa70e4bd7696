package contexts

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"inkling/contexts/syntax"
	"inkling/infer"
)

func newBuilder(t testing.TB) *Builder {
	pool := syntax.NewPool(syntax.Config{})
	t.Cleanup(pool.Close)
	return &Builder{Counter: bytesCounter{}, ContextTokens: 2048, Syntax: pool}
}

func open(t testing.TB, uri, language, text string) *Document {
	d := NewDocument(uri, language, 1, text)
	t.Cleanup(d.Close)
	return d
}

func request(t testing.TB, b *Builder, p Place) infer.Request {
	t.Helper()
	r, err := b.Request(p, infer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// longFile is a Python file of some bytes, with a class that reaches over its end.
func longFile(bytes int) string {
	var b strings.Builder
	b.WriteString("import os\nfrom shapes import area_of\n\nclass Ledger(Base):\n")
	for i := 0; b.Len() < bytes; i++ {
		fmt.Fprintf(&b, "    def entry_%d(self, amount):\n        total = self.balance + amount\n        return area_of(total)\n\n", i)
	}
	return b.String()
}

func TestTypingLeavesTheWindowsStart(t *testing.T) {
	b := newBuilder(t)
	d := open(t, "file:///a.py", "python", longFile(40_000))
	moved, last := 0, ""
	for i := range 400 {
		p := request(t, b, Place{Document: d, Offset: len(d.Text())}).Prompt
		if used := b.count(p.Header + p.Prefix); used > defaultPrompt {
			t.Fatalf("%d tokens", used)
		}
		if !strings.HasSuffix(d.Text(), p.Prefix) {
			t.Fatal("the window does not end at the cursor")
		}
		if last != "" && !strings.HasPrefix(p.Header+p.Prefix, last) {
			moved++
		}
		last = p.Header + p.Prefix
		end := d.Position(len(d.Text()), UTF16)
		text := "x"
		if i%20 == 19 {
			text = "\n        "
		}
		if err := d.Apply(d.Version()+1, []Change{{Range: &Range{end, end}, Text: text}}, UTF16); err != nil {
			t.Fatal(err)
		}
	}
	if moved > 2 {
		t.Errorf("the start moved %d times in 400 keystrokes", moved)
	}
}

func TestTheTopOfTheFileComesWithTheWindow(t *testing.T) {
	b := newBuilder(t)
	d := open(t, "file:///a.py", "python", longFile(20_000)+"    def last(self):\n        return ")
	p := request(t, b, Place{Document: d, Offset: len(d.Text())}).Prompt
	if want := "import os\nfrom shapes import area_of\nclass Ledger(Base)\n"; p.Header != want {
		t.Errorf("header %q", p.Header)
	}
	b.NoHeader = true
	d = open(t, "file:///c.py", "python", d.Text())
	if p = request(t, b, Place{Document: d, Offset: len(d.Text())}).Prompt; p.Header != "" {
		t.Errorf("switched off: %q", p.Header)
	}
	short := open(t, "file:///b.py", "python", "import os\n\nx = ")
	b.NoHeader = false
	if p = request(t, b, Place{Document: short, Offset: len(short.Text())}).Prompt; p.Header != "" || p.Prefix != short.Text() {
		t.Errorf("a short file: %+v", p)
	}
}

func TestDefinitionsThatAreNamedComeFromOtherFiles(t *testing.T) {
	b := newBuilder(t)
	shapes := open(t, "file:///shapes.py", "python", "def area_of(shape):\n    return shape.w * shape.h\n\ndef unrelated():\n    pass\n")
	other := open(t, "file:///other.py", "python", "def nothing_here():\n    pass\n")
	hidden := open(t, "file:///.env", "python", "def area_of(secret):\n    pass\n")
	d := open(t, "file:///a.py", "python", "from shapes import area_of\n\nx = ")
	place := Place{Document: d, Offset: len(d.Text()), Others: []*Document{hidden, other, shapes}}
	got := request(t, b, place).Prompt.Snippets
	if len(got) != 1 || got[0].Path != shapes.URI || !strings.Contains(got[0].Text, "shape.w * shape.h") || strings.Contains(got[0].Text, "unrelated") {
		t.Errorf("%+v", got)
	}
	b.NoOthers = true
	if got = request(t, b, place).Prompt.Snippets; len(got) != 0 {
		t.Errorf("switched off: %+v", got)
	}
}

func TestCredentialsStayOutOfPrompts(t *testing.T) {
	b := newBuilder(t)
	token := "ghp" + "_" + "x7Kq2mZ9pL4vT8wR1cY6nB3jH5sD0fGaQeUi"
	d := open(t, "file:///a.py", "python", "token = \""+token+"\"\n\nx = 1\n\ny = \"\"\n")
	p := request(t, b, Place{Document: d, Offset: len(d.Text()) - 3}).Prompt
	if strings.Contains(p.Prefix, token) || !strings.HasPrefix(p.Prefix, "token = \"***") {
		t.Errorf("%q", p.Prefix)
	}
	p = request(t, b, Place{Document: d, Offset: 0}).Prompt
	if strings.Contains(p.Suffix, token) {
		t.Errorf("%q", p.Suffix)
	}
}

func TestNothingIsStoredWhereCredentialsAre(t *testing.T) {
	b := newBuilder(t)
	token := "ghp" + "_" + "x7Kq2mZ9pL4vT8wR1cY6nB3jH5sD0fGaQeUi"
	ask := func(uri, text string) infer.Request {
		return request(t, b, Place{Document: open(t, uri, "python", text), Offset: len(text)})
	}
	for _, test := range []struct {
		name   string
		req    infer.Request
		answer string
		want   bool
	}{
		{"code", ask("file:///a.py", "x = 1\ny = "), "x + 1", true},
		{"a credential in the prompt", ask("file:///a.py", "token = \""+token+"\"\nx = "), "1", false},
		{"an answer that is one", ask("file:///a.py", "token = "), "\"" + token + "\"", false},
		{"one that is begun before the cursor", ask("file:///a.py", "token = \""+token[:8]), token[8:] + "\"", false},
		{"an excluded file", ask("file:///w/.env", "X="), "1", false},
	} {
		if got, err := Storable(test.req, test.answer); got != test.want || err != nil {
			t.Errorf("%s: %v %v", test.name, got, err)
		}
	}
}

func TestTheSuffixTakesItsPartOfTheRoom(t *testing.T) {
	b := newBuilder(t)
	d := open(t, "file:///a.py", "python", longFile(40_000))
	at := Place{Document: d, Offset: 20_000}
	sizes := func() (before, after int) {
		p := request(t, b, Place{Document: open(t, d.URI, d.Language, d.Text()), Offset: at.Offset}).Prompt
		return b.count(p.Header + p.Prefix), b.count(p.Suffix)
	}
	before, after := sizes()
	if before+after > defaultPrompt || after < defaultPrompt/suffixShare/2 || before < defaultPrompt/3 {
		t.Errorf("with fill-in-the-middle: %d and %d tokens", before, after)
	}
	b.FillInMiddle = func() bool { return false }
	if p := request(t, b, at).Prompt; len(p.Suffix) == 0 || len(p.Suffix) > maxUnseenBytes {
		t.Errorf("unseen: %d bytes", len(p.Suffix))
	}
	with := before
	if before, after = sizes(); before <= with || before > defaultPrompt {
		t.Errorf("without: %d and %d tokens before, %d with", before, after, with)
	}
	b.FillInMiddle = func() bool { return true }
	end := Place{Document: d, Offset: len(d.Text()) - 1}
	if p := request(t, b, end).Prompt; b.count(p.Prefix) < defaultPrompt/2 || p.Suffix != "\n" {
		t.Errorf("at the end: %d tokens, then %q", b.count(p.Prefix), p.Suffix)
	}
}

func TestExcludedFilesAreAnsweredWithTheReason(t *testing.T) {
	b := newBuilder(t)
	d := open(t, "file:///w/.env", "plaintext", "PASSWORD=verysecret\nX=")
	r := request(t, b, Place{Document: d, Offset: len(d.Text())})
	if strings.Contains(fmt.Sprint(r.Prompt), "verysecret") {
		t.Error("its text is in the prompt")
	}
	v := r.NewFinisher(0).Feed(infer.Piece{Text: "abc", Tokens: 1})
	if v.Release != "" || !v.Done || v.Why != infer.WhyExcluded {
		t.Errorf("%+v", v)
	}
}

func TestOptionsAreChecked(t *testing.T) {
	b := newBuilder(t)
	d := open(t, "file:///a.py", "python", "x = ")
	for _, o := range []infer.Options{{Suggestions: -1}, {Suggestions: 11}, {Temperature: 6}, {TopP: 1.5}, {Stop: []string{""}}, {MaxTokens: 5000}} {
		if _, err := b.Request(Place{Document: d}, o); !errors.Is(err, infer.ErrOption) {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

func TestAVeryLongLineIsCut(t *testing.T) {
	b := newBuilder(t)
	d := open(t, "file:///a.js", "javascript", "x = '"+strings.Repeat("añb ", 250_000))
	p := request(t, b, Place{Document: d, Offset: len(d.Text()) / 2 / 5 * 5}).Prompt
	if len(p.Prefix) == 0 || b.count(p.Prefix) > defaultPrompt || b.count(p.Suffix) > defaultPrompt {
		t.Errorf("%d and %d bytes", len(p.Prefix), len(p.Suffix))
	}
}
