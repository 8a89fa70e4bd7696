package syntax

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"
)

// costly are texts that cost most to understand. A key is typed in their middles.
var costly = map[string]struct{ language, text, key string }{
	"a function on a line of 256 kB": {"javascript", minified(256 << 10), "("},
	"a list on a line of 256 kB":     {"javascript", "[" + strings.Repeat("123,", 64<<10) + "1]", "1,"},
	"4 kB of quotes":                 {"typescript", strings.Repeat("\"", 4<<10), "x"},
	"4 kB of brackets":               {"go", strings.Repeat("([{", 4<<10/3), "x"},
}

// minified is JavaScript on one line.
func minified(size int) string {
	var b strings.Builder
	for i := 0; b.Len() < size; i++ {
		fmt.Fprintf(&b, "function a%d(e,t){var n=e[t]||{};return n.x?n.y(t,%d):(e.z=t,n)}", i, i)
	}
	return b.String()
}

// BenchmarkCostlyKeys types a key every tenth of a second of a clock of its own, and tells what each takes of a core.
func BenchmarkCostlyKeys(b *testing.B) {
	for name, c := range costly {
		b.Run(name, func(b *testing.B) {
			pool := NewPool(Config{})
			defer pool.Close()
			clock := time.Now()
			pool.now = func() time.Time { return clock }
			tree := pool.Open(c.language)
			defer tree.Close()
			text, at := c.text, len(c.text)/2
			tree.AnalyzePlace(text, at)
			runtime.LockOSThread() // whose time is counted
			defer runtime.UnlockOSThread()
			var worst time.Duration
			before, parsed, keys := processorTime(), 0, 0
			for b.Loop() {
				clock = clock.Add(100 * time.Millisecond)
				key := c.key[keys%len(c.key):][:1]
				keys++
				tree.Edit(text, at, at, key)
				text, at = text[:at]+key+text[at:], at+1
				start := processorTime()
				if a := tree.AnalyzePlace(text, at); a.Parsed {
					parsed++
				}
				worst = max(worst, processorTime()-start)
			}
			b.ReportMetric(float64((processorTime()-before).Microseconds())/1000/float64(keys), "cpu-ms/key")
			b.ReportMetric(float64(worst.Microseconds())/1000, "cpu-ms/worst")
			b.ReportMetric(100*float64(parsed)/float64(keys), "%parsed")
		})
	}
}
