package contexts

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// randomEdits is a random message of edits in lines of a text that keeps its lines.
func randomEdits(random *rand.Rand, version int32) message {
	m := message{version: version}
	for range 1 + random.IntN(2) {
		at := Position{uint32(random.IntN(4)), uint32(random.IntN(12))}
		m.changes = append(m.changes, Change{
			Range: &Range{at, Position{at.Line, at.Character + uint32(random.IntN(3))}}, Text: []string{"", "é", fmt.Sprint(version), "😀"}[random.IntN(4)]})
	}
	return m
}

// overtaken returns messages such that each comes at most by places later than it was sent.
func overtaken(random *rand.Rand, sent []message, by int) []message {
	came := append([]message(nil), sent...)
	for i := range came {
		j := min(i+random.IntN(by+1), len(came)-1)
		came[i], came[j] = came[j], came[i]
	}
	return came
}

// TestEditsThatOvertakeEachOtherMakeTheSameText plays random edits in their order, and in another.
func TestEditsThatOvertakeEachOtherMakeTheSameText(t *testing.T) {
	for seed := range uint64(300) {
		random := rand.New(rand.NewPCG(seed, 1))
		const text = "one é\nzwei 😀\nthree\nfour"
		want, got := NewDocument("a", "go", 1, text), NewDocument("a", "go", 1, text)
		s := &spy{t: t, text: text, doc: got}
		got.Observe(s)
		var sent []message
		for version := range int32(30) {
			sent = append(sent, randomEdits(random, version+2))
		}
		for _, m := range sent {
			if err := want.Apply(m.version, m.changes, UTF16); err != nil {
				t.Fatal(err)
			}
		}
		for _, m := range overtaken(random, sent, 5) {
			before := got.Text()
			edits, err := got.ApplyEdits(m.version, m.changes, UTF16)
			if err != nil {
				t.Fatalf("seed %d: version %d: %v", seed, m.version, err)
			}
			for _, e := range edits {
				before = before[:e.Start] + e.Text + before[e.OldEnd:]
			}
			if before != got.Text() || s.text != got.Text() {
				t.Fatalf("seed %d: version %d made %q, told %q, the observer %q", seed, m.version, got.Text(), before, s.text)
			}
		}
		if got.Text() != want.Text() || got.Version() != want.Version() {
			t.Fatalf("seed %d: %q, not %q", seed, got.Text(), want.Text())
		}
		if got.gap != nil {
			t.Fatalf("seed %d: nothing is missing, and something is kept for it", seed)
		}
	}
}

func TestWhatIsKeptForLateEditsIsBounded(t *testing.T) {
	at := &Range{Position{0, 0}, Position{0, 0}}
	x := []Change{{Range: at, Text: "x"}}
	d := NewDocument("a", "go", 1, "")
	for i := range int32(maxOvertaking + 1) {
		if err := d.Apply(3+i, x, UTF16); err != nil {
			t.Fatal(err)
		}
		if late := d.gap != nil; late != (i < maxOvertaking) {
			t.Fatalf("after %d newer messages the document waits for the late one: %v", i+1, late)
		}
	}
	if err := d.Apply(2, x, UTF16); !errors.Is(err, ErrVersion) {
		t.Errorf("too late: %v", err)
	}
	for name, c := range map[string]struct{ text, inserted string }{
		"a long text":  {strings.Repeat("x", maxLateBytes+1), "x"},
		"long changes": {"", strings.Repeat("x", maxLateBytes+1)},
	} {
		d := NewDocument("a", "go", 1, c.text)
		if err := d.Apply(3, []Change{{Range: at, Text: c.inserted}}, UTF16); err != nil || d.gap != nil {
			t.Errorf("%s: %v, kept %v", name, err, d.gap != nil)
		}
	}
}

func TestALateEditIsMadeOnce(t *testing.T) {
	d := NewDocument("a", "go", 1, "")
	for _, c := range []struct {
		version int32
		text    string
		want    error
	}{
		{4, "c", nil}, {5, "d", nil}, {6, "e", nil}, {3, "\xff", ErrUTF8}, {2, "a", nil}, {2, "a", ErrVersion}, {4, "c", ErrVersion}, {1, "z", ErrVersion},
		{3, "b", nil}, {3, "b", ErrVersion},
	} {
		end := Position{0, 9}
		if err := d.Apply(c.version, []Change{{Range: &Range{end, end}, Text: c.text}}, UTF16); !errors.Is(err, c.want) {
			t.Errorf("version %d: %v", c.version, err)
		}
	}
	if d.Text() != "abcde" || d.Version() != 6 {
		t.Errorf("%q, version %d", d.Text(), d.Version())
	}
}

func TestTheDifferenceOfTextsIsInWholeCharacters(t *testing.T) {
	for _, c := range []struct {
		from, to string
		want     ByteEdit
	}{
		{"", "", ByteEdit{}}, {"", "é", ByteEdit{0, 0, "é"}}, {"é", "", ByteEdit{0, 2, ""}}, {"abc", "axc", ByteEdit{1, 2, "x"}},
		{"😀", "😁", ByteEdit{0, 4, "😁"}}, {"aéb", "aèb", ByteEdit{1, 3, "è"}}, {"aa", "aaa", ByteEdit{2, 2, "a"}}, {"Ā", "ŀ", ByteEdit{0, 2, "ŀ"}},
	} {
		if got := difference(c.from, c.to); got != c.want {
			t.Errorf("%q to %q: %+v", c.from, c.to, got)
		}
	}
}

func TestALateEditMovesTheFramesOfPrompts(t *testing.T) {
	d := NewDocument("a", "go", 1, "0123456789abc")
	d.frames = []*frame{{start: 10, at: 12}}
	for _, c := range []struct {
		version   int32
		character uint32
	}{{3, 14}, {2, 0}} {
		at := Position{0, c.character}
		if err := d.Apply(c.version, []Change{{Range: &Range{at, at}, Text: "x"}}, UTF16); err != nil {
			t.Fatal(err)
		}
	}
	if f := d.frames[0]; d.Text() != "x0123456789abcx" || f.start != 11 || f.at != 13 {
		t.Errorf("%q, frame from %d at %d", d.Text(), f.start, f.at)
	}
}
