package chaos

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"strings"
	"testing"
	"time"

	"inkling/stream/wire"
)

// typist returns one who has asked twice for a document, the first time before an edit.
func typist() *Typist {
	p := &Typist{t: &T{machine: &machine{}}, asks: map[int64]*Ask{}, marks: map[string]string{"file:///a": "mk00000001x", "file:///b": "mk00000002x"}}
	p.t.machine.marks.Store("mk00000003x", true)
	for id := int64(1); id <= 2; id++ {
		p.asks[id] = &Ask{ID: id, uri: "file:///a", version: int32(id), at: wire.Position{Line: 1}, done: make(chan struct{}), deltas: map[int]*strings.Builder{}}
	}
	p.asks[1].old, p.lastID = 1, 2
	return p
}

const (
	modified = `{"jsonrpc":"2.0","id":1,"error":{"code":-32801,"message":"","data":{"reason":"modified"}}}`
	delta    = `{"jsonrpc":"2.0","method":"$/progress","params":{"token":2,"value":{"kind":"delta","item":0,"text":"ab"}}}`
)

func listOf(text string) string {
	return `{"jsonrpc":"2.0","id":2,"result":{"items":[{"insertText":"` + text + `","range":{"start":{"line":1,"character":0},"end":{"line":1,"character":0}},` +
		`"inkling":{"item":0}}],"inkling":{"version":2}}}`
}

func TestWhatTheServerMustNotSendIsAViolation(t *testing.T) {
	empty := `{"jsonrpc":"2.0","id":2,"result":{"items":[],"inkling":{"version":2}}}`
	for _, c := range []struct {
		messages []string
		want     string // of the violation; "" for none
	}{
		{[]string{modified, delta, listOf("ab")}, ""},
		{[]string{modified, listOf("mk00000001x")}, ""},
		{[]string{modified, listOf("mk00000002x")}, ""},
		{[]string{modified, listOf("mk00000009x")}, ""}, // nobody's
		{[]string{modified, listOf("mk00000003x")}, "another session"},
		{[]string{delta}, "before request 1"},
		{[]string{empty}, "before request 1"},
		{[]string{modified, modified}, "was answered or never made"},
		{[]string{modified, empty, delta}, "a delta for request 2"},
		{[]string{modified, delta, empty}, "taken back"},
		{[]string{modified, delta, listOf("ac")}, "another text"},
		{[]string{modified, strings.Replace(empty, `"version":2`, `"version":1`, 1)}, "answered for version 1"},
		{[]string{modified, strings.Replace(listOf("x"), `"line":1`, `"line":2`, 1)}, "another place"},
		{[]string{`{"jsonrpc":"2.0","method":"surprise"}`}, "an unknown message"},
		{[]string{`{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":""}}`}, "an answer to nobody"},
		{[]string{`{`}, "not JSON-RPC"},
	} {
		p := typist()
		for _, m := range c.messages {
			p.take([]byte(m))
		}
		err := p.Violations()
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%q: %v, want %q", c.messages, err, c.want)
		}
	}
}

func TestWhatIsLeftBehindIsNamed(t *testing.T) {
	base := Levels{"go_goroutines": 13, "process_open_fds": 14}
	for _, c := range []struct {
		now  Levels
		want string
	}{
		{Levels{"go_goroutines": 13, "process_open_fds": 14}, ""},
		{Levels{"go_goroutines": 12, "process_open_fds": 10}, ""},
		{Levels{"go_goroutines": 14, "process_open_fds": 14}, "go_goroutines 14, 13 before"},
		{Levels{"go_goroutines": 13, "process_open_fds": 15}, "process_open_fds 15"},
		{Levels{"inkling_engine_rows_busy": 1}, "inkling_engine_rows_busy 1"},
		{Levels{"inkling_syntax_native_trees": 3}, "inkling_syntax_native_trees 3"},
	} {
		if got := c.now.left(base); (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%v: %q, want %q", c.now, got, c.want)
		}
	}
}

func TestAQuantileIsTheBoundOfItsBucket(t *testing.T) {
	before := Levels{`h_bucket{le="0.1"}`: 5, `h_bucket{le="1"}`: 5, `h_bucket{le="+Inf"}`: 5}
	now := Levels{`h_bucket{le="0.1"}`: 15, `h_bucket{le="1"}`: 24, `h_bucket{le="+Inf"}`: 25}
	for q, want := range map[float64]float64{0.5: 0.1, 0.9: 1, 0.99: math.Inf(1)} {
		if bound, n := now.quantile("h", q, before); bound != want || n != 20 {
			t.Errorf("%v: %v of %v, want %v of 20", q, bound, n, want)
		}
	}
}

func TestASoakIsFlatOnlyIfNothingIsHigher(t *testing.T) {
	before := Sample{Resident: 500, Heap: 50, Goroutines: 13, FDs: 14}
	for _, c := range []struct {
		after Sample
		want  string
	}{
		{Sample{Resident: 540, Heap: 60, Goroutines: 13, FDs: 14}, ""},
		{Sample{Resident: 560, Heap: 50, Goroutines: 13, FDs: 14}, "resident"},
		{Sample{Resident: 500, Heap: 90, Goroutines: 13, FDs: 14}, "heap"},
		{Sample{Resident: 500, Heap: 50, Goroutines: 14, FDs: 14}, "goroutines"},
		{Sample{Resident: 500, Heap: 50, Goroutines: 13, FDs: 15}, "descriptors"},
		{Sample{Resident: 500, Heap: 50, RowsBusy: 1}, "busy rows"},
	} {
		if err := before.exceeded(c.after); (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %q", c.after, err, c.want)
		}
	}
}

func TestAPlotIsXML(t *testing.T) {
	r := &SoakReport{Before: Sample{Resident: 1}, After: Sample{At: 20 * time.Minute, Resident: 2}, Samples: []Sample{{At: time.Minute, Resident: 3}}}
	var plot bytes.Buffer
	if err := r.WriteSVG(&plot); err != nil {
		t.Fatal(err)
	}
	d := xml.NewDecoder(&plot)
	lines := 0
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if e, ok := token.(xml.StartElement); ok && e.Name.Local == "polyline" {
			lines++
		}
	}
	if lines != len(panels) {
		t.Errorf("%d lines, want %d", lines, len(panels))
	}
}

func TestASeedAlwaysDoesTheSame(t *testing.T) {
	draw := func(name string, seed uint64) uint64 {
		one, err := newT(t.Context(), name, seed, &machine{})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = one.end() }() // an empty folder
		return one.Rand.Uint64() ^ one.Fork().Uint64()
	}
	once, again := draw("vanish", 7), draw("vanish", 7)
	if once != again || once == draw("vanish", 8) || once == draw("kill", 7) {
		t.Error("what is drawn does not depend on seed and name alone")
	}
}

func TestScenariosAreNamedOnce(t *testing.T) {
	every, err := Scenarios("", false)
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, s := range every {
		if names[s.Name] || s.About == "" || s.Run == nil {
			t.Errorf("%s is there twice, or says too little", s.Name)
		}
		names[s.Name] = true
	}
	if _, err := Scenarios("^no such$", false); err == nil {
		t.Error("a name that matches nothing is taken")
	}
}
