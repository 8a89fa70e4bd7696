package replay

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// source is a file of n numbered lines.
func source(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString("    value_" + string(rune('a'+i%26)) + " = compute(é" + strings.Repeat("x", i%7) + ")\n")
	}
	return b.String()
}

func testTrace(t *testing.T, seed uint64) Trace {
	t.Helper()
	trace, ok := newTrace("a.py", "python", source(80), 3, seed)
	if !ok || len(trace.Holes) != 3 {
		t.Fatalf("no trace of three holes: %v", ok)
	}
	return trace
}

func TestTypingAllHolesRestoresTheFile(t *testing.T) {
	for seed := range uint64(50) {
		trace := testTrace(t, seed)
		m := mirror{text: []byte(trace.Text)}
		ty := newTypist(&trace)
		for key, ok := ty.next(); ok; key, ok = ty.next() {
			if err := m.apply(key); err != nil {
				t.Fatal(err)
			}
		}
		if string(m.text) != source(80) {
			t.Fatalf("seed %d: the file is not what it was", seed)
		}
	}
}

func TestAcceptingNowAndThenRestoresTheFile(t *testing.T) {
	for seed := range uint64(50) {
		trace := testTrace(t, seed)
		m := mirror{text: []byte(trace.Text)}
		ty := newTypist(&trace)
		rng := rand.New(rand.NewPCG(seed, 9))
		for key, ok := ty.next(); ok; key, ok = ty.next() {
			if err := m.apply(key); err != nil {
				t.Fatal(err)
			}
			rest := ty.rest()
			if n := rng.IntN(12); !key.Typo && n > 3 && n < len(rest) && ty.acceptable(rest[:n]) {
				if err := m.apply(ty.accept(rest[:n])); err != nil {
					t.Fatal(err)
				}
			}
		}
		if string(m.text) != source(80) {
			t.Fatalf("seed %d: the file is not what it was", seed)
		}
	}
}

func TestTheSameSeedTypesTheSameKeys(t *testing.T) {
	keys := func(seed uint64) (keys []Key) {
		trace := testTrace(t, seed)
		ty := newTypist(&trace)
		for key, ok := ty.next(); ok; key, ok = ty.next() {
			keys = append(keys, key)
		}
		return keys
	}
	if !slices.Equal(keys(7), keys(7)) {
		t.Error("the same seed typed other keys")
	}
	if slices.Equal(keys(7), keys(8)) {
		t.Error("another seed typed the same keys")
	}
}

func TestTracesAreSpreadOverLanguages(t *testing.T) {
	folder := t.TempDir()
	for _, name := range []string{"a.py", "b.py", "c.py", "d.go", "small.go"} {
		text := source(60)
		if name == "small.go" {
			text = source(5)
		}
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	traces, err := Traces(folder, 2, 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, trace := range traces {
		if trace.Path == "small.go" {
			t.Error("a file of five lines became a trace")
		}
	}
	if _, err := Traces(t.TempDir(), 1, 1, 1); err == nil {
		t.Error("an empty folder gave traces")
	}
}

// deskScript answers each key by a function of the time waited and the key.
type deskScript func(ctx context.Context, n int, k Key) (Answer, error)

type scripted struct{ script deskScript }

func (s scripted) Name() string                              { return "scripted" }
func (s scripted) Sit(context.Context, *Trace) (Desk, error) { return &scriptedDesk{s.script, 0}, nil }
func (d *scriptedDesk) Close() error                         { return nil }
func (d *scriptedDesk) Press(ctx context.Context, k Key) (Answer, error) {
	d.n++
	return d.script(ctx, d.n, k)
}

type scriptedDesk struct {
	script deskScript
	n      int
}

// A trace computed by hand: one hole "abcdefgh\n", typed without typos; the answers are known, so every figure is.
func TestFiguresOfAHandComputedTrace(t *testing.T) {
	trace := Trace{Text: "", Holes: []Hole{{Text: "abcdefgh\n"}}, seed: seedWithoutTypos("abcdefgh\n")}
	answers := []Answer{
		{Text: "bc", First: 10 * time.Millisecond, Whole: 20 * time.Millisecond, Computed: 4, Decoded: 2, BytesSent: 100}, // right
		{Text: "c", First: time.Millisecond, Whole: time.Millisecond, Along: true, BytesSent: 50},                         // along
		{Text: "zz", First: 30 * time.Millisecond, Whole: 60 * time.Millisecond, Computed: 2, Decoded: 3, BytesSent: 100}, // wrong
		{Whole: 40 * time.Millisecond, Computed: 2, Decoded: 1, BytesSent: 100},                                           // nothing shown
		{Decoded: 5, BytesSent: 100}, // never whole
		{Overloaded: true, Whole: 0, BytesSent: 50},
		{Text: "h\n", First: 20 * time.Millisecond, Whole: 40 * time.Millisecond, Computed: 8, Decoded: 4, BytesSent: 100}, // right
		{Whole: 10 * time.Millisecond, Computed: 1, BytesSent: 100},
		{Whole: 10 * time.Millisecond, Computed: 1, BytesSent: 100},
	}
	r, err := Run(t.Context(), scripted{func(_ context.Context, n int, _ Key) (Answer, error) { return answers[n-1], nil }},
		[]Trace{trace}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := &Report{
		Peer: "scripted", Typists: 1, Keys: 9, Shown: 3, Right: 2, Along: 1, Overloaded: 1, Precision: 2.0 / 3,
		First:          Quantiles{4, 10, 30, 30}, // 1 10 20 30
		Whole:          Quantiles{4, 20, 60, 60}, // 1 20 40 60
		FreshFirst:     Quantiles{3, 20, 30, 30},
		FreshWhole:     Quantiles{3, 40, 60, 60},
		ComputedPerKey: Quantiles{6, 2, 8, 8}, // 1 1 2 2 4 8
		DecodedPerKey:  15.0 / 9, WastedTokens: 5, BytesPerKey: 800.0 / 9,
	}
	want.Seconds, want.UsefulASecond, want.first, want.whole = r.Seconds, 3/r.Seconds, r.first, r.whole
	if got, want := dump(t, r), dump(t, want); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

func seedWithoutTypos(text string) uint64 {
	for seed := uint64(1); ; seed++ {
		ty := newTypist(&Trace{Holes: []Hole{{Text: text}}, seed: seed})
		typos := 0
		for key, ok := ty.next(); ok; key, ok = ty.next() {
			if key.Typo {
				typos++
			}
		}
		if typos == 0 {
			return seed
		}
	}
}

func dump(t *testing.T, r *Report) string {
	t.Helper()
	var b bytes.Buffer
	if err := WriteJSON(&b, []*Report{r}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestAcceptingSavesKeystrokes(t *testing.T) {
	trace := Trace{Holes: []Hole{{Text: "abcdefghij"}}, seed: seedWithoutTypos("abcdefghij")}
	rest := "abcdefghij"
	r, err := Run(t.Context(), scripted{func(_ context.Context, n int, k Key) (Answer, error) {
		rest = rest[len(k.Insert):]
		if n == 1 {
			return Answer{Text: rest[:8], First: 1, Whole: 1}, nil
		}
		return Answer{Whole: 1}, nil
	}}, []Trace{trace}, Options{Accept: true})
	if err != nil {
		t.Fatal(err)
	}
	if r.Keys != 3 || r.Accepted != 1 || r.KeystrokesSave != 0.7 {
		t.Errorf("keys %d, accepted %d, saved %v: want 3, 1, 0.7", r.Keys, r.Accepted, r.KeystrokesSave)
	}
}

func TestAnOpenLoopPressesKeysWhenATypistWould(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		trace := testTrace(t, 3)
		var at []time.Duration
		var pauses time.Duration
		started := time.Now()
		r, err := Run(t.Context(), scripted{func(ctx context.Context, _ int, k Key) (Answer, error) {
			at = append(at, time.Since(started))
			if len(at) > 1 {
				pauses += k.Pause
			}
			<-ctx.Done() // slower than any typist
			return Answer{Decoded: 1}, nil
		}}, []Trace{trace}, Options{Open: true, MaxKeys: 40})
		if err != nil {
			t.Fatal(err)
		}
		if at[len(at)-1] != pauses {
			t.Errorf("the last key came after %v, the pauses add up to %v", at[len(at)-1], pauses)
		}
		if r.WastedTokens != 40 || r.Shown != 0 {
			t.Errorf("wasted %d, shown %d: want 40, 0", r.WastedTokens, r.Shown)
		}
	})
}

func TestAnErrorOfThePeerEndsTheRun(t *testing.T) {
	broken := errors.New("broken")
	_, err := Run(t.Context(), scripted{func(context.Context, int, Key) (Answer, error) { return Answer{}, broken }},
		[]Trace{testTrace(t, 1)}, Options{Typists: 3})
	if !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

func TestOptionsOutOfRangeAreNamed(t *testing.T) {
	for want, o := range map[string]Options{
		"typists: 1001 is outside 0 to 1000":                {Typists: 1_001},
		"duration: 1h0m0.000000001s is outside 0 to 1h0m0s": {Duration: time.Hour + 1},
		"keys: -1 is below 0":                               {MaxKeys: -1},
	} {
		if err := o.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v does not say %q", o, err, want)
		}
	}
	if err := (Options{Typists: 1_000, Duration: time.Hour}).Validate(); err != nil {
		t.Errorf("at the limits: %v", err)
	}
}

func TestALlamaServersStreamIsRead(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || !bytes.Contains(body, []byte(`"cache_prompt":true`)) {
			t.Errorf("body %q, %v", body, err)
		}
		w.Header().Set("Content-Type", "text/event-stream")
		io.WriteString(w, "data: {\"content\":\"bc\"}\n\ndata: {\"content\":\"de\"}\n\n"+
			"data: {\"content\":\"\",\"stop\":true,\"timings\":{\"prompt_n\":3,\"cache_n\":90,\"predicted_n\":2}}\n\n")
	}))
	defer server.Close()
	trace := Trace{Text: "x", Holes: []Hole{{Start: 1, Text: "abcde"}}}
	desk, err := LlamaCompletion(server.URL, "llama").Sit(t.Context(), &trace)
	if err != nil {
		t.Fatal(err)
	}
	fresh, err := desk.Press(t.Context(), Key{At: 1, Insert: "a"})
	if err != nil || fresh.Text != "bcde" || fresh.Computed != 3 || fresh.Decoded != 2 || fresh.Along || fresh.Whole < fresh.First {
		t.Errorf("fresh: %+v, %v", fresh, err)
	}
	along, err := desk.Press(t.Context(), Key{At: 2, Insert: "b"})
	if err != nil || along.Text != "cde" || !along.Along || along.BytesSent != 0 {
		t.Errorf("along: %+v, %v", along, err)
	}
}

func TestThePlotIsWellFormed(t *testing.T) {
	var b bytes.Buffer
	r := &Report{Peer: "a<b", first: []float64{3, 1, 2}, whole: []float64{8, 9}}
	if err := WriteSVG(&b, []*Report{r, r}); err != nil {
		t.Fatal(err)
	}
	decoder, lines := xml.NewDecoder(&b), 0
	for {
		token, err := decoder.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if start, ok := token.(xml.StartElement); ok && start.Name.Local == "polyline" {
			lines++
		}
	}
	if lines != 4 {
		t.Errorf("%d curves, want 4", lines)
	}
}
