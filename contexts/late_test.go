package contexts

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// randomEdits is a random message of edits in a text that they leave with at least as many lines, some of them in the last one, or of
// a whole text.
func randomEdits(random *rand.Rand, d *Document, version int32) message {
	m := message{version: version}
	if random.IntN(12) == 0 {
		m.changes = []Change{{Text: strings.Repeat(fmt.Sprintln("é", version), random.IntN(6))}}
		return m
	}
	for range 1 + random.IntN(2) {
		at := Position{uint32(d.Lines() - 1 - random.IntN(min(d.Lines(), 3))), uint32(random.IntN(12))}
		m.changes = append(m.changes, Change{
			Range: &Range{at, Position{at.Line, at.Character + uint32(random.IntN(3))}}, Text: []string{"", "é", fmt.Sprint(version), "😀", "\n", "\r\n\n"}[random.IntN(6)]})
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
			m := randomEdits(random, want, version+2)
			if err := want.Apply(m.version, m.changes, UTF16); err != nil {
				t.Fatal(err)
			}
			sent = append(sent, m)
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
			if before != got.Text() || s.now() != got.Text() {
				t.Fatalf("seed %d: version %d made %q, told %q, the observer %q", seed, m.version, got.Text(), before, s.now())
			}
		}
		if got.Text() != want.Text() || got.Version() != want.Version() {
			t.Fatalf("seed %d: %q, not %q", seed, got.Text(), want.Text())
		}
		if got.gap != nil || got.Waits() {
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

// TestLateEditsAreBoundedAsNewerOnesAre: what comes late counts as what overtook it does, and then nothing is kept.
func TestLateEditsAreBoundedAsNewerOnesAre(t *testing.T) {
	at := &Range{}
	newer := func() *Document {
		d := NewDocument("a", "go", 1, "x")
		if err := d.Apply(2*maxOvertaking, []Change{{Range: at, Text: "x"}}, UTF16); err != nil || d.gap == nil {
			t.Fatalf("%v, kept %v", err, d.gap != nil)
		}
		return d
	}
	few := []Change{{Range: at, Text: "x"}}
	for name, c := range map[string]struct {
		changes []Change
		fit     int // messages
	}{
		"many messages": {few, maxOvertaking - 1},
		"long changes":  {[]Change{{Range: at, Text: strings.Repeat("y", maxLateBytes/8)}, {Range: at, Text: "x"}}, 7},
		"many changes":  {slices.Repeat([]Change{{Range: at}}, maxLateBytes/changeBytes/8), 7},
	} {
		d := newer()
		for i := range c.fit {
			if err := d.Apply(int32(i+2), c.changes, UTF16); err != nil || d.gap == nil {
				t.Fatalf("%s: %d of %d: %v", name, i+1, c.fit, err)
			}
			if d.Size() != len(d.text)+lineBytes*len(d.lines)+1+lineBytes+d.gap.bytes || d.gap.bytes < (i+1)*len(c.changes)*changeBytes {
				t.Fatalf("%s: %d bytes with %d kept", name, d.Size(), d.gap.bytes)
			}
		}
		text, size := d.Text(), len(d.text)+lineBytes*len(d.lines)
		if err := d.Apply(int32(c.fit+2), c.changes, UTF16); !errors.Is(err, ErrVersion) || d.gap != nil || d.Text() != text || d.Size() != size {
			t.Errorf("%s: one more: %v, kept %v, %d bytes of %d", name, err, d.gap != nil, d.Size(), size)
		}
	}
	d := NewDocument("a", "go", 1, "x")
	if err := d.Apply(2*maxOvertaking+2, few, UTF16); err != nil || d.gap != nil {
		t.Errorf("a version that is too far away: %v, kept %v", err, d.gap != nil)
	}
	if err := d.Apply(2, few, UTF16); !errors.Is(err, ErrVersion) {
		t.Errorf("one that goes back: %v", err)
	}
}

// TestMakingEditsAgainIsBoundedWork over all late messages together.
func TestMakingEditsAgainIsBoundedWork(t *testing.T) {
	d := NewDocument("a", "go", 1, "x")
	if err := d.Apply(9, []Change{{Range: &Range{}, Text: "x"}}, UTF16); err != nil {
		t.Fatal(err)
	}
	if err := d.Apply(2, []Change{{Range: &Range{}, Text: "x"}}, UTF16); err != nil || d.gap.work == 0 {
		t.Fatalf("%v, work %d", err, d.gap.work)
	}
	d.gap.work = maxEditWork
	if err := d.Apply(3, nil, UTF16); !errors.Is(err, ErrTooLarge) || d.gap != nil {
		t.Errorf("%v, kept %v", err, d.gap != nil)
	}
}

func TestADocumentDoesNotWaitForEver(t *testing.T) {
	d := NewDocument("a", "go", 1, "x")
	if err := d.Apply(3, []Change{{Range: &Range{Position{9, 0}, Position{9, 0}}}}, UTF16); err != nil || !d.Waits() || d.WaitsInVain() {
		t.Fatalf("%v, waits %v, in vain %v", err, d.Waits(), d.WaitsInVain())
	}
	d.gap.unfit = d.gap.unfit.Add(-maxLateWait)
	if !d.WaitsInVain() {
		t.Error("it waits for ever")
	}
	if d.StopWaiting(); d.Waits() || d.WaitsInVain() || d.Size() != 1+lineBytes {
		t.Error("it waits on")
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

func TestAnEditOfLinesThatAreMissingWaitsForThem(t *testing.T) {
	at := func(line, character uint32) *Range {
		return &Range{Position{line, character}, Position{line, character}}
	}
	d := NewDocument("a", "go", 1, "a")
	s := &spy{t: t, text: "a", doc: d}
	d.Observe(s)
	for _, c := range []struct {
		version int32
		at      *Range
		text    string
		want    string
		waits   bool
	}{
		{4, at(2, 0), "d", "a", true}, {5, at(2, 1), "e", "a", true}, {2, at(0, 1), "\nb", "a\nb", true}, {3, at(1, 1), "\nc", "a\nb\ndec", false},
	} {
		if err := d.Apply(c.version, []Change{{Range: c.at, Text: c.text}}, UTF16); err != nil || d.Text() != c.want || d.Waits() != c.waits || s.text != c.want {
			t.Errorf("version %d: %v, %q, waits %v, the observer %q", c.version, err, d.Text(), d.Waits(), s.text)
		}
	}
	if err := d.Apply(6, []Change{{Range: at(9, 0)}}, UTF16); !errors.Is(err, ErrRange) || d.Version() != 5 || d.gap != nil {
		t.Errorf("nothing is missing: %v, version %d", err, d.Version())
	}
	if err := d.Apply(8, []Change{{Range: at(9, 0)}}, UTF16); err != nil || !d.Waits() {
		t.Fatalf("one is missing: %v", err)
	}
	if err := d.Apply(7, []Change{{Range: at(0, 0)}, {Range: at(0, 0)}}, UTF16); err != nil || !d.Waits() {
		t.Errorf("two are missing: %v", err)
	}
	if err := d.Apply(6, nil, UTF16); !errors.Is(err, ErrRange) {
		t.Errorf("nothing is missing, and one does not fit: %v", err)
	}
}

func TestAnEditWaitsOnlyForWhatItNeeds(t *testing.T) {
	d := NewDocument("a", "go", 1, "a")
	for _, c := range []struct {
		version int32
		line    uint32
		text    string
		waits   bool
	}{{4, 1, "b", true}, {3, 0, "\n", false}} { // 2 is missing still
		at := Position{c.line, 9}
		if err := d.Apply(c.version, []Change{{Range: &Range{at, at}, Text: c.text}}, UTF16); err != nil || d.Waits() != c.waits {
			t.Errorf("version %d: %v, waits %v", c.version, err, d.Waits())
		}
	}
	if d.Text() != "a\nb" || d.gap == nil {
		t.Errorf("%q, waits for the other: %v", d.Text(), d.gap != nil)
	}
}

func TestAnEditDoesNotWaitForLong(t *testing.T) {
	d := NewDocument("a", "go", 1, "a")
	s := &spy{t: t, text: "a", doc: d}
	d.Observe(s)
	if err := d.Apply(3, []Change{{Range: &Range{Position{9, 0}, Position{9, 0}}}}, UTF16); err != nil {
		t.Fatal(err)
	}
	x := []Change{{Range: &Range{Position{0, 0}, Position{0, 0}}, Text: "x"}}
	for i := range int32(maxOvertaking) {
		err := d.Apply(4+i, x, UTF16)
		if last := i == maxOvertaking-1; last != errors.Is(err, ErrRange) || d.Waits() == last {
			t.Fatalf("after %d newer messages: %v", i+1, err)
		}
	}
	if s.text != d.Text() {
		t.Errorf("%q, the observer has %q", d.Text(), s.text)
	}
}

func TestAWholeTextEndsAllWaiting(t *testing.T) {
	at := func(line, character uint32) *Range {
		return &Range{Position{line, character}, Position{line, character}}
	}
	type step struct {
		version int32
		change  Change
		want    string
		lacks   bool
		err     error
	}
	for name, steps := range map[string][]step{
		"it is the newest": {
			{3, Change{Text: "b"}, "b", false, nil}, {2, Change{Text: "x"}, "b", false, nil}, {2, Change{}, "b", false, ErrVersion},
			{4, Change{Range: at(0, 1), Text: "c"}, "bc", false, nil}},
		"edits waited": {
			{4, Change{Range: at(5, 0)}, "a", true, nil}, {6, Change{Text: "b"}, "b", false, nil}, {4, Change{}, "b", false, ErrVersion},
			{5, Change{Range: at(9, 9)}, "b", false, nil}, {3, Change{}, "b", false, nil}, {2, Change{}, "b", false, nil}, {1, Change{}, "b", false, ErrVersion}},
		"it is late": {
			{4, Change{Range: at(0, 9), Text: "c"}, "ac", true, nil}, {3, Change{Text: "b"}, "bc", false, nil}, {2, Change{Text: "x"}, "bc", false, nil},
			{2, Change{}, "bc", false, ErrVersion}},
		"it is late, and one waited for it": {
			{4, Change{Range: at(1, 0), Text: "c"}, "a", true, nil}, {3, Change{Text: "b\n"}, "b\nc", false, nil}},
		"it is late, and one does not fit": {
			{4, Change{Range: at(1, 0), Text: "c"}, "a", true, nil}, {3, Change{Text: "b"}, "a", true, ErrRange}},
		"it is late, and another is missing after it": {
			{6, Change{Range: at(0, 9), Text: "c"}, "ac", true, nil}, {3, Change{Text: "b"}, "bc", true, nil}, {2, Change{Text: "x"}, "bc", true, nil},
			{4, Change{Range: at(0, 0), Text: "1"}, "1bc", true, nil}, {5, Change{Range: at(0, 0), Text: "2"}, "21bc", false, nil}},
		"far away": {
			{1000, Change{Text: "b"}, "b", false, nil}, {1000 - 2*maxOvertaking, Change{}, "b", false, nil}, {1000 - 2*maxOvertaking - 1, Change{}, "b", false, ErrVersion}},
	} {
		d := NewDocument("a", "go", 1, "a")
		s := &spy{t: t, text: "a", doc: d}
		d.Observe(s)
		for _, c := range steps {
			err := d.Apply(c.version, []Change{c.change}, UTF16)
			if !errors.Is(err, c.err) || d.Text() != c.want || s.now() != c.want || d.Lacks() != c.lacks {
				t.Errorf("%s: version %d: %v, %q, lacks %v", name, c.version, err, d.Text(), d.Lacks())
			}
		}
	}
}

// TestWholeTextsForgoOnlySoManyVersions where each leaves one out.
func TestWholeTextsForgoOnlySoManyVersions(t *testing.T) {
	d := NewDocument("a", "go", 1, "a")
	for version := int32(3); version < 1000; version += 2 {
		if err := d.Apply(version, []Change{{Text: "b"}}, UTF16); err != nil {
			t.Fatal(err)
		}
	}
	if len(d.forgone) != 2*maxOvertaking {
		t.Errorf("%d versions", len(d.forgone))
	}
	if d.StopWaiting(); d.forgone != nil {
		t.Error("they are kept where the document is to be opened again")
	}
}

func TestAVersionIsLackedInVainOnceTheOldestWasLongEnough(t *testing.T) {
	at := []Change{{Range: &Range{}, Text: "x"}}
	d := NewDocument("a", "go", 1, "")
	apply := func(version int32, lacks, vain bool) {
		t.Helper()
		if err := d.Apply(version, at, UTF16); err != nil || d.Lacks() != lacks || d.LacksInVain() != vain {
			t.Errorf("version %d: %v, lacks %v, in vain %v", version, err, d.Lacks(), d.LacksInVain())
		}
	}
	apply(3, true, false)
	d.gap.since[0].came = time.Now().Add(-maxLateWait)
	apply(4, true, true)
	apply(6, true, true)
	apply(2, true, false) // what is missing still was left out just now
	apply(5, false, false)
}
