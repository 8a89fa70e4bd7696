package contexts

import (
	"errors"
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
