package stream

import (
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"inkling/stream/internal/scripted"
)

// residentBytes returns the resident memory of this process; 0 where the system does not say.
func residentBytes(t testing.TB) int64 {
	data, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	pages, err := strconv.ParseInt(strings.Fields(string(data))[1], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return pages * int64(os.Getpagesize())
}

// BenchmarkIdleSession prints what an idle session takes, with one small document open and its client, which runs in
// the same process, counted too.
func BenchmarkIdleSession(b *testing.B) {
	const sessions = 1000
	for b.Loop() {
		server, dial, stop := idleServer(b)
		runtime.GC()
		before := residentBytes(b)
		for range sessions {
			dial()
		}
		runtime.GC()
		var memory runtime.MemStats
		runtime.ReadMemStats(&memory)
		b.ReportMetric(float64(residentBytes(b)-before)/sessions, "resident-B/session")
		b.ReportMetric(float64(memory.HeapInuse+memory.StackInuse)/sessions, "heap+stack-B/session")
		if n := server.Stats().Sessions; n != sessions {
			b.Fatalf("%d sessions are open", n)
		}
		stop()
	}
}

// TestTypingAlongIsWhatAFreshRequestWouldSay types random parts of what the model says, and other things, against a
// naive picture: as long as the document continues the way the model says it, a request gets the rest and nothing is
// computed again; otherwise the model is asked afresh, for the very text that stands there.
func TestTypingAlongIsWhatAFreshRequestWouldSay(t *testing.T) {
	const said = "return über + 'ß'\n    done()"
	model := &scripted.Model{Answer: func(r *scripted.Run) {
		r.Say(0, said[:9], -0.5)
		r.Say(0, said[9:], -0.5)
		r.End(0, "end", nil)
	}}
	typeAtRandom(t, model, said)
}
