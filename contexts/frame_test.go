package contexts

import (
	"strings"
	"testing"

	"inkling/infer"
)

// typeAt inserts text into a document.
func typeAt(t *testing.T, d *Document, offset int, text string) {
	t.Helper()
	at := d.Position(offset, UTF8)
	if err := d.Apply(d.Version()+1, []Change{{Range: &Range{at, at}, Text: text}}, UTF8); err != nil {
		t.Fatal(err)
	}
}

func front(p infer.Prompt) string { return p.Header + "|" + p.Prefix }

func TestWhatIsTypedLeavesTheHeaderThatStandsBeforeTheWindow(t *testing.T) {
	b := newBuilder(t)
	d := open(t, "file:///a.py", "python", longFile(12_000)+"    def last(self):\n        ")
	offset := len(d.Text())
	first := request(t, b, Place{Document: d, Offset: offset}).Prompt
	if first.Header == "" || !strings.HasSuffix(d.Text(), first.Prefix) {
		t.Fatalf("header %q", first.Header)
	}
	for _, text := range []string{"x = (", "\n", "class Inner:\n    def f(a, b):\n        return \"\"\"", "\n\nimport sys\n", "def top():\n    "} {
		typeAt(t, d, offset, text)
		offset += len(text)
		if p := request(t, b, Place{Document: d, Offset: offset}).Prompt; !strings.HasPrefix(front(p), front(first)) {
			t.Errorf("after %q the prompt begins anew", text)
		}
	}
}

func TestGoingBackToAPlaceFindsItsPrompt(t *testing.T) {
	b := newBuilder(t)
	d := open(t, "file:///a.py", "python", longFile(40_000))
	here, there := 12_000, 38_000
	first := request(t, b, Place{Document: d, Offset: here}).Prompt
	other := request(t, b, Place{Document: d, Offset: there}).Prompt
	typeAt(t, d, here, "ab")
	if p := request(t, b, Place{Document: d, Offset: here + 2}).Prompt; front(p) != front(first)+"ab" {
		t.Error("the first place's prompt is another")
	}
	if p := request(t, b, Place{Document: d, Offset: there + 2}).Prompt; front(p) != front(other) {
		t.Error("the other place's prompt did not move with the edit before it")
	}
	inWindow := there + 2 - len(other.Prefix) - 1
	at := Range{d.Position(inWindow, UTF8), d.Position(inWindow+3, UTF8)}
	if err := d.Apply(d.Version()+1, []Change{{Range: &at}}, UTF8); err != nil {
		t.Fatal(err)
	}
	p := request(t, b, Place{Document: d, Offset: there - 1}).Prompt
	if !strings.HasSuffix(d.Text()[:there-1], p.Prefix) || len(p.Prefix) < 1_000 {
		t.Errorf("with its start taken away: %d bytes", len(p.Prefix))
	}
}

func TestAPromptWithTooLittleBeforeTheCursorBeginsAnew(t *testing.T) {
	b := newBuilder(t)
	d := open(t, "file:///a.py", "python", longFile(40_000))
	far := request(t, b, Place{Document: d, Offset: 30_000}).Prompt
	start := 30_000 - len(far.Prefix)
	if p := request(t, b, Place{Document: d, Offset: start + 200}).Prompt; len(p.Prefix) < len(far.Prefix)/2 {
		t.Errorf("%d bytes before the cursor, where %d stood in the window", len(p.Prefix), len(far.Prefix))
	}
}

func TestOtherFilesAreReadAgainWhenTheyChange(t *testing.T) {
	b := newBuilder(t)
	shapes := open(t, "file:///shapes.py", "python", "def area_of(shape):\n    return 1\n")
	d := open(t, "file:///a.py", "python", "from shapes import area_of\n\nx = ")
	place := Place{Document: d, Offset: len(d.Text()), Others: []*Document{shapes}}
	has := func(text string) bool {
		s := request(t, b, place).Prompt.Snippets
		return len(s) == 1 && strings.Contains(s[0].Text, text)
	}
	if !has("return 1") {
		t.Fatal("no definition of the other file")
	}
	typeAt(t, shapes, strings.Index(shapes.Text(), "1"), "4")
	if !has("return 41") {
		t.Error("the other file's old text is shown")
	}
	typeAt(t, d, place.Offset, strings.Repeat("y = area_of(x)\n", refreshLines+2))
	place.Offset = len(d.Text())
	place.Others = nil
	if s := request(t, b, place).Prompt.Snippets; len(s) != 0 {
		t.Error("a closed file is shown")
	}
}

func TestAnEditThatNobodyMadeYetHasThePromptOfItsDocument(t *testing.T) {
	b := newBuilder(t)
	d := open(t, "file:///a.py", "python", longFile(40_000))
	first := request(t, b, Place{Document: d, Offset: 20_000}).Prompt
	typeAt(t, d, 20_000, "ab")
	as := d.With(ByteEdit{Start: 20_000, OldEnd: 20_002, Text: "abc()"})
	t.Cleanup(as.Close)
	if p := request(t, b, Place{Document: as, Offset: 20_005}).Prompt; front(p) != front(first)+"abc()" {
		t.Error("the prompt begins anew")
	}
	if d.Text()[20_000:20_002] != "ab" || strings.Contains(d.Text(), "abc()") {
		t.Error("the document was changed")
	}
}

// TestOtherFilesAreUnderstoodOverSeveralRequests, where one has no time for all of them; a prompt tells of those that it came to.
func TestOtherFilesAreUnderstoodOverSeveralRequests(t *testing.T) {
	b := newBuilder(t)
	b.OthersTime = 1 // which the first one takes
	d := open(t, "file:///a.py", "python", "a = first_of(1) + second_of(2) + third_of(3)\nx = ")
	place := Place{Document: d, Offset: len(d.Text())}
	for _, name := range []string{"first_of", "second_of", "third_of"} {
		place.Others = append(place.Others, open(t, "file:///"+name+".py", "python", "def "+name+"(n):\n    return n\n"))
	}
	for n := range 5 {
		before := b.Syntax.Stats().FullParses
		if got, want := len(request(t, b, place).Prompt.Snippets), min(n+1, 3); got != want {
			t.Errorf("request %d: pieces of %d files, want %d", n+1, got, want)
		}
		most := uint64(0)
		if n < 3 {
			most = 1
		}
		if n == 0 {
			most++ // its own
		}
		if parses := b.Syntax.Stats().FullParses - before; parses != most {
			t.Errorf("request %d: %d texts were parsed, want %d", n+1, parses, most)
		}
	}
}

// TestAnEditThatNobodyMadeYetIsNotParsedFromTheStart: an editor's list sends one at every key.
func TestAnEditThatNobodyMadeYetIsNotParsedFromTheStart(t *testing.T) {
	b := newBuilder(t)
	d := open(t, "file:///a.py", "python", longFile(40_000))
	request(t, b, Place{Document: d, Offset: 20_000})
	for range 3 {
		as := d.With(ByteEdit{Start: 20_000, OldEnd: 20_000, Text: "abc()"})
		if a := b.analyze(as, 20_005); !a.Parsed || a.Class() == nil || len(a.Imports) != 2 {
			t.Errorf("%+v", a)
		}
		as.Close()
	}
	if s := b.Syntax.Stats(); s.FullParses != 1 || s.Documents != 1 || s.Trees != 1 {
		t.Errorf("stats: %+v", s)
	}
}
