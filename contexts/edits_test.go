package contexts

import (
	"errors"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// told counts what an observer is told.
type told struct {
	edits, resets int
	length        int // of the text as it follows from the edits
}

func (o *told) Edit(text string, start, oldEnd int, inserted string) {
	if len(text) != o.length {
		panic("told of an edit of another text")
	}
	o.edits, o.length = o.edits+1, o.length+len(inserted)-(oldEnd-start)
}
func (o *told) Reset() { o.resets++ }
func (o *told) Close() {}

// scattered are changes that replace every place where a text has "x", the last one first.
func scattered(d *Document, by string) (changes []Change) {
	for at := len(d.Text()) - 1; at >= 0; at-- {
		if d.Text()[at] == 'x' {
			changes = append(changes, Change{Range: &Range{d.Position(at, UTF16), d.Position(at+1, UTF16)}, Text: by})
		}
	}
	return changes
}

func TestManyChangesAreWhatTheyAreOneByOne(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	parts := []string{"x", "\rx", "é", "😀", "\n", "x\r", "\r\n", "ab"}
	atOnce := 0
	for round := range 300 {
		var text strings.Builder
		for range 500 {
			text.WriteString(parts[rng.IntN(len(parts))])
		}
		together, by := NewDocument("a", "go", 1, text.String()), parts[rng.IntN(len(parts))]
		var changes []Change
		for at := len(together.Text()) - 1; at > 0; at-- {
			if all := together.Text(); all[at] == 'x' || all[at] == '\r' && !strings.HasPrefix(all[at+1:], "\n") {
				changes = append(changes, Change{Range: &Range{together.Position(at, UTF16), together.Position(at+1, UTF16)}, Text: by})
				at -= round%4 + rng.IntN(3)
			}
		}
		if round%10 == 0 {
			n := len(changes)
			changes[n-1], changes[n-2] = changes[n-2], changes[n-1] // only one after the other can be right
		}
		alone, copied := NewDocument("a", "go", 1, text.String()), NewDocument("a", "go", 1, text.String())
		if made, err := copied.backwards(changes, UTF16, new(int)); err == nil && made != nil {
			atOnce++
		}
		edits, err := together.ApplyEdits(2, changes, UTF16)
		if err != nil {
			t.Fatal(err)
		}
		for i, c := range changes {
			one, err := alone.ApplyEdits(int32(i+2), []Change{c}, UTF16)
			if err != nil || one[0] != edits[i] {
				t.Fatalf("round %d, change %d: %+v, %v, together %+v", round, i, one, err, edits[i])
			}
		}
		if together.Text() != alone.Text() || !slices.Equal(together.lines, alone.lines) {
			t.Fatalf("round %d: %d changes together and alone differ", round, len(changes))
		}
	}
	if atOnce < 20 {
		t.Errorf("%d of 300 messages were made at once: nothing was tested", atOnce)
	}
}

func TestChangesOfOneMessageKeepFewTexts(t *testing.T) {
	text := strings.Repeat("some text x\n", 100_000)
	changes := scattered(NewDocument("a", "go", 1, text), "yy")[:10_000]
	inTurn := slices.Clone(changes[:1000])
	slices.Reverse(inTurn)
	for name, changes := range map[string][]Change{"as editors replace everywhere": changes, "in turn": inTurn} {
		d := NewDocument("a", "go", 1, text)
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		if _, err := d.ApplyEdits(2, changes, UTF16); err != nil {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		if grew := int64(after.HeapSys) - int64(before.HeapSys); grew > 256<<20 {
			t.Errorf("%s: the heap grew by %d MiB over %d changes of a text of 1.2 MB", name, grew>>20, len(changes))
		}
		if n := strings.Count(d.Text(), "yy"); n != len(changes) {
			t.Errorf("%s: %d of %d changes were made", name, n, len(changes))
		}
	}
}

func TestChangesThatAreTooMuchWorkAreRefused(t *testing.T) {
	text := strings.Repeat("\n", MaxDocumentBytes-1000)
	d := NewDocument("a", "go", 1, text)
	changes := make([]Change, 100)
	for i := range changes {
		changes[i] = Change{Range: &Range{Position{uint32(i), 0}, Position{uint32(i), 0}}, Text: "a"}
	}
	if err := d.Apply(2, changes, UTF16); !errors.Is(err, ErrTooLarge) || d.Version() != 1 || d.Text() != text {
		t.Errorf("got %v, version %d", err, d.Version())
	}
	if err := d.Apply(2, changes[:5], UTF16); err != nil {
		t.Error(err)
	}
}

func TestAnObserverIsToldOfFewChangesAndOfManyAsOfANewText(t *testing.T) {
	text := strings.Repeat("ab x\n", 200)
	for _, c := range []struct{ changes, edits, resets int }{{1, 1, 0}, {maxFollowed, maxFollowed, 0}, {maxFollowed + 1, 0, 1}, {200, 0, 1}} {
		d, o := NewDocument("a", "go", 1, text), &told{length: len(text)}
		d.Observe(o)
		if err := d.Apply(2, scattered(d, "longer")[:c.changes], UTF16); err != nil {
			t.Fatal(err)
		}
		if o.edits != c.edits || o.resets != c.resets {
			t.Errorf("%d changes: told of %d edits and %d new texts, want %d and %d", c.changes, o.edits, o.resets, c.edits, c.resets)
		}
	}
	d, o := NewDocument("a", "go", 1, text), &told{length: len(text)}
	d.Observe(o)
	bad := append(scattered(d, "longer")[:3], Change{Range: &Range{Position{999, 0}, Position{999, 0}}})
	if err := d.Apply(2, bad, UTF16); !errors.Is(err, ErrRange) || o.resets != 1 || d.Text() != text {
		t.Errorf("a change that fails after others: %v, %d new texts", err, o.resets)
	}
}
