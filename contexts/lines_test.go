package contexts

import (
	"runtime"
	"strings"
	"testing"
)

func TestATableOfLinesTakesWhatSizeSays(t *testing.T) {
	for _, end := range []string{"\n", "\r", "\r\n"} {
		text := strings.Repeat(end, 1<<20)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		d := NewDocument("file:///a", "plaintext", 1, text)
		runtime.ReadMemStats(&after)
		took := int(after.TotalAlloc-before.TotalAlloc) + len(text) // the text is the caller's
		t.Logf("%q: %.1f MB in all", end, float64(took)/1e6)
		if took > d.Size()+64<<10 {
			t.Errorf("%q: %d bytes, of which %d count", end, took, d.Size())
		}
		if d.Size() != len(text)+4*(1<<20+1) {
			t.Errorf("%q: Size is %d", end, d.Size())
		}
	}
}

// BenchmarkKeyInManyLines types into the midst of 2 MB of line ends.
func BenchmarkKeyInManyLines(b *testing.B) {
	d := NewDocument("file:///a", "plaintext", 0, strings.Repeat("\n", 2<<20))
	at := Position{Line: 1 << 20}
	b.ReportAllocs()
	version := int32(0)
	for b.Loop() {
		version++
		if err := d.Apply(version, []Change{{Range: &Range{at, at}, Text: "x"}}, UTF16); err != nil {
			b.Fatal(err)
		}
	}
}
