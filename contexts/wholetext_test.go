package contexts

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// TestAWholeTextIsTheEditThatItHolds against the same edit sent as a range, in texts with line ends of all kinds and characters of all
// lengths: the text, its lines and what an observer has are the same, and no more is an edit than what differs.
func TestAWholeTextIsTheEditThatItHolds(t *testing.T) {
	rng := rand.New(rand.NewPCG(27, 11))
	parts := []string{"a", "aa", "\r", "\n", "\r\n", "é", "è", "😀", "😁", "b"}
	some := func(most int) string {
		var b strings.Builder
		for range rng.IntN(most + 1) {
			b.WriteString(parts[rng.IntN(len(parts))])
		}
		return b.String()
	}
	for round := range 3000 {
		text := some(60)
		whole := NewDocument("file:///a.txt", "plaintext", 1, text)
		seen := &told{length: len(text)}
		whole.Observe(seen)
		for version := int32(2); version < 6; version++ {
			before := whole.Text()
			start := runeStart(before, rng.IntN(len(before)+1))
			end := runeStart(before, min(len(before), start+rng.IntN(6)))
			inserted := some(3)
			after := before[:start] + inserted + before[max(start, end):]
			edits, err := whole.ApplyEdits(version, []Change{{Text: after}}, UTF16)
			if err != nil || len(edits) != 1 {
				t.Fatalf("round %d: %v, %v", round, edits, err)
			}
			if whole.Text() != after || !slices.Equal(whole.lines, lineStarts(after, 0)) {
				t.Fatalf("round %d: %q to %q is %q with lines %v", round, before, after, whole.Text(), whole.lines)
			}
			if e := edits[0]; len(e.Text) > len(inserted) || e.OldEnd-e.Start > max(start, end)-start {
				t.Fatalf("round %d: %q to %q is the edit %+v, sent were [%d, %d) and %q", round, before, after, e, start, end, inserted)
			}
			if seen.length != len(after) {
				seen.length = len(after)
				if seen.resets == 0 {
					t.Fatalf("round %d: the observer was told neither of the edit nor of a new text", round)
				}
			}
			seen.resets = 0
		}
	}
}

func TestAnObserverIsToldOfAnotherTextWhereMostOfItIsNew(t *testing.T) {
	text := strings.Repeat("some text\n", 100)
	for name, test := range map[string]struct {
		to            string
		edits, resets int
	}{
		"a key":        {text[:500] + "x" + text[500:], 1, 0},
		"the same":     {text, 0, 0},
		"half of it":   {text[:100] + strings.Repeat("y", 250) + text[350:], 1, 0},
		"more of it":   {text[:100] + strings.Repeat("y", 260) + text[360:], 0, 1},
		"another file": {strings.Repeat("other\n", 100), 0, 1},
	} {
		d := NewDocument("file:///a.txt", "plaintext", 1, text)
		seen := &told{length: len(text)}
		d.Observe(seen)
		if err := d.Apply(2, []Change{{Text: test.to}}, UTF16); err != nil {
			t.Fatal(err)
		}
		if d.Text() != test.to || seen.edits != test.edits || seen.resets != test.resets {
			t.Errorf("%s: %d edits, %d new texts", name, seen.edits, seen.resets)
		}
	}
}

// TestPromptsOfWholeTextsAreThoseOfEdits: who sends whole texts has the prompts of who sends ranges, so that they begin alike from key
// to key, and the document is parsed no more often.
func TestPromptsOfWholeTextsAreThoseOfEdits(t *testing.T) {
	b := newBuilder(t)
	b.PromptTokens = 600
	text := "import os\n\n" + strings.Repeat("def name(a):\n    return a\n\n", 80)
	at := strings.LastIndex(text, "return") + len("return ")
	ranged, whole := open(t, "file:///a.py", "python", text), open(t, "file:///a.py", "python", text)
	for i, key := range strings.Split("value + other(a)", "") {
		version := int32(i + 2)
		place := ranged.Position(at, UTF16)
		if err := ranged.Apply(version, []Change{{Range: &Range{place, place}, Text: key}}, UTF16); err != nil {
			t.Fatal(err)
		}
		parses := b.Syntax.Stats().FullParses
		p := request(t, b, Place{Document: ranged, Offset: at + len(key)}).Prompt
		cost := b.Syntax.Stats().FullParses - parses
		text = text[:at] + key + text[at:]
		if err := whole.Apply(version, []Change{{Text: text}}, UTF16); err != nil {
			t.Fatal(err)
		}
		q := request(t, b, Place{Document: whole, Offset: at + len(key)}).Prompt
		if got := b.Syntax.Stats().FullParses - parses - cost; p.Prefix != q.Prefix || p.Header != q.Header || p.Suffix != q.Suffix || got != cost {
			t.Fatalf("key %d: %d full parses, want %d:\n%+v\n%+v", i, got, cost, p, q)
		}
		at += len(key)
	}
}
