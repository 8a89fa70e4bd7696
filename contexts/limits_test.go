package contexts

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"inkling/infer"
)

func TestStopStringsHaveLimits(t *testing.T) {
	b := newBuilder(t)
	d := open(t, "file:///a.py", "python", "x = ")
	longest := strings.Repeat("a", maxStopBytes)
	stops := slices.Repeat([]string{longest}, maxStops)
	if _, err := b.Request(Place{Document: d}, infer.Options{Stop: stops}); err != nil {
		t.Errorf("at the limits: %v", err)
	}
	for want, stop := range map[string][]string{"stop strings: 17 is outside 0 to 16": append(stops, "a"), "bytes of a stop string: 257 is outside 1 to 256": {longest + "a"}} {
		if _, err := b.Request(Place{Document: d}, infer.Options{Stop: stop}); !errors.Is(err, infer.ErrOption) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

func TestOnlySoMuchOfADocumentIsLookedAt(t *testing.T) {
	const each, line = 4 * maxBytesPerPart, "total = count + 1\n"
	lines := strings.Repeat(line, each/len(line))
	for name, text := range map[string]string{"lines": lines + lines, "one line": strings.ReplaceAll(lines+lines, "\n", ";")} {
		b := newBuilder(t)
		b.ContextTokens, b.PromptTokens, b.NoHeader = 64*each, 32*each, true // all of it would fit
		d := open(t, "file:///a.py", "python", text)
		p := request(t, b, Place{Document: d, Offset: len(lines)}).Prompt
		if len(p.Prefix) > maxBytesPerPart || len(p.Prefix) < maxBytesPerPart/2 {
			t.Errorf("%s: %d bytes before the cursor, at most %d", name, len(p.Prefix), maxBytesPerPart)
		}
		if len(p.Suffix) > maxBytesPerPart || len(p.Suffix) < maxBytesPerPart-len(line) {
			t.Errorf("%s: %d bytes after the cursor, at most %d", name, len(p.Suffix), maxBytesPerPart)
		}
	}
}

func TestOfManyPlacesTheOneUsedLongestAgoIsForgotten(t *testing.T) {
	b := newBuilder(t)
	d := open(t, "file:///a.py", "python", longFile(200_000))
	visit := func(places ...int) {
		for _, at := range places {
			request(t, b, Place{Document: d, Offset: at * 30_000})
		}
	}
	kept := func() (places []int) {
		for _, f := range d.frames {
			places = append(places, f.at/30_000)
		}
		return places
	}
	visit(1, 2, 3, 4)
	if got := kept(); !slices.Equal(got, []int{4, 3, 2, 1}) {
		t.Fatalf("after %d places: %v", maxFrames, got)
	}
	visit(1, 5) // 2 was used longest ago
	if got := kept(); !slices.Equal(got, []int{5, 1, 4, 3}) {
		t.Errorf("after one more: %v", got)
	}
}

func TestOnlySoManyOtherFilesAreQuoted(t *testing.T) {
	for n := maxOthers; n <= maxOthers+1; n++ {
		var others []*Document
		for i := range n {
			others = append(others, open(t, fmt.Sprintf("file:///%d.py", i), "python", "def helper():\n    pass\n"))
		}
		b := newBuilder(t)
		d := open(t, "file:///a.py", "python", "helper()\n")
		var quoted []string
		for _, s := range request(t, b, Place{Document: d, Offset: len(d.Text()), Others: others}).Prompt.Snippets {
			quoted = append(quoted, s.Path)
		}
		if len(quoted) != maxOthers || slices.Contains(quoted, others[maxOthers-1].URI) == slices.Contains(quoted, fmt.Sprintf("file:///%d.py", maxOthers)) {
			t.Errorf("of %d files: %q", n, quoted)
		}
	}
}

func TestALongDefinitionIsQuotedByItsSignature(t *testing.T) {
	for size, whole := range map[int]bool{maxSnippetBytes: true, maxSnippetBytes + 1: false} {
		const head, tail = "def helper():\n    return \"", "\""
		definition := head + strings.Repeat("a", size-len(head+tail)) + tail
		other := open(t, "file:///b.py", "python", definition+"\n")
		d := open(t, "file:///a.py", "python", "helper()\n")
		want := definition + "\n"
		if !whole {
			want = "def helper()\n"
		}
		got := request(t, newBuilder(t), Place{Document: d, Offset: len(d.Text()), Others: []*Document{other}}).Prompt.Snippets
		if len(got) != 1 || got[0].Text != want {
			t.Errorf("%d bytes: %q", size, got)
		}
	}
}

func TestOnlySoMuchOfAnUnseenTextTellsPlacesApart(t *testing.T) {
	b := newBuilder(t)
	b.FillInMiddle = func() bool { return false }
	for _, c := range []struct{ line, size, want int }{
		{maxUnseenBytes - 24, maxUnseenBytes, maxUnseenBytes},
		{maxUnseenBytes - 24, maxUnseenBytes + 1, maxUnseenBytes - 24}, // whole lines
		{maxUnseenBytes, maxUnseenBytes + 1, maxUnseenBytes},
		{maxUnseenBytes + 1, maxUnseenBytes + 1, maxUnseenBytes}, // none is whole
	} {
		after := strings.Repeat("a", c.line-1) + "\n" + strings.Repeat("b", c.size-c.line)
		d := open(t, "file:///a.py", "python", "x = "+after)
		if got := request(t, b, Place{Document: d, Offset: len("x = ")}).Prompt.Suffix; got != after[:c.want] {
			t.Errorf("%d bytes after the cursor, the first line %d: %d are told, want %d", c.size, c.line, len(got), c.want)
		}
	}
}

// calls counts what is asked of a counter.
type calls struct{ n int }

func (c *calls) CountTokens(text string) int {
	c.n++
	return bytesCounter{}.CountTokens(text)
}

func TestTheTokensOfOnlySoManyLinesAreRemembered(t *testing.T) {
	counter := &calls{}
	b := &Builder{Counter: counter}
	count := func(from, to int) (asked int) {
		before := counter.n
		for i := from; i < to; i++ {
			b.count(fmt.Sprintln(i))
		}
		return counter.n - before
	}
	count(0, 2*maxCounts) // the older half, and the younger
	if held := len(b.counts.young) + len(b.counts.old); held != 2*maxCounts {
		t.Errorf("%d are held, want %d", held, 2*maxCounts)
	}
	if n := count(maxCounts, 2*maxCounts); n != 0 {
		t.Errorf("%d of the younger half were counted again", n)
	}
	count(2*maxCounts, 2*maxCounts+1)
	if held := len(b.counts.young) + len(b.counts.old); held != maxCounts+1 {
		t.Errorf("one more: %d are held, want %d", held, maxCounts+1)
	}
	if n := count(maxCounts, 2*maxCounts); n != 0 {
		t.Errorf("one more: %d of the younger half were counted again", n)
	}
	if n := count(0, 1); n != 1 {
		t.Error("one more: the oldest is still known")
	}
}
