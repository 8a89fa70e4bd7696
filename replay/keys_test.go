package replay

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"
)

func TestEveryKeyIsWrittenWithTimesAndWithoutText(t *testing.T) {
	trace := Trace{Path: "a.py", Holes: []Hole{{Text: "secretword"}}, seed: seedWithoutTypos("secretword")}
	r, err := Run(t.Context(), scripted{func(_ context.Context, n int, _ Key) (Answer, error) {
		if n > 1 {
			return Answer{Whole: time.Millisecond, Why: "filtered"}, nil
		}
		return Answer{Text: "ecret", First: 3 * time.Millisecond, Whole: 9 * time.Millisecond, Computed: 7, Reused: 100, Decoded: 2,
			Server: Split{Queue: 0.5, Prefill: 1.5, FirstToken: 2, First: 2.5}}, nil
	}}, []Trace{trace}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := WriteKeys(&b, []*Report{r}); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(b.String()), "\n")
	if len(lines) != len("secretword") || strings.Contains(b.String(), "ecret") {
		t.Fatalf("%d lines: %s", len(lines), lines[0])
	}
	var first, second keyLine
	if err := json.Unmarshal([]byte(lines[0]), &first); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(lines[1]), &second); err != nil {
		t.Fatal(err)
	}
	want := keyLine{Peer: "scripted", Path: "a.py", Inserted: 1, First: 3, Whole: 9, Shown: 5, Right: true, Computed: 7, Reused: 100,
		Decoded: 2, Split: Split{0.5, 1.5, 2, 2.5}}
	if first != want {
		t.Errorf("got %+v\nwant %+v", first, want)
	}
	if second.At != 1 || second.Why != "filtered" || second.Shown != 0 {
		t.Errorf("the second: %+v", second)
	}
}
