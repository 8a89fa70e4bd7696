//go:build unix

package ort

import (
	"fmt"
	"runtime"
	"syscall"
	"testing"
	"time"
)

// BenchmarkThreads says what threads and their looking for work give and cost: tokens a second of a prompt of 256 and of
// steps behind it, then processor time of a step among others, of one every 100 ms as a person's keys need it, and of
// half a second in which nobody asks for anything.
func BenchmarkThreads(b *testing.B) {
	for threads := 1; threads <= runtime.NumCPU(); threads *= 2 {
		for _, spin := range []time.Duration{time.Microsecond, 50 * time.Microsecond, 200 * time.Microsecond, time.Millisecond, 10 * time.Millisecond} {
			b.Run(fmt.Sprintf("threads=%d/spin=%v", threads, spin), func(b *testing.B) {
				m, ids := realModelOf(b, func(c *Config) { c.Rows, c.Threads, c.spin = 1, threads, spin })
				const past = 256
				feed(b, m, 0, ids, past)
				step := func() { run(b, m, segment{past: past, ids: ids[past : past+1], want: true}) }
				var decode, prefill, among, apart, idle time.Duration
				for b.Loop() {
					began := time.Now()
					feed(b, m, 0, ids, past)
					prefill += time.Since(began)
					began, used := time.Now(), processorTime(b)
					for range 32 {
						step()
					}
					decode, among = decode+time.Since(began), among+processorTime(b)-used
					used = processorTime(b)
					for range 5 {
						time.Sleep(100 * time.Millisecond)
						step()
					}
					apart += processorTime(b) - used
					time.Sleep(100 * time.Millisecond)
					used = processorTime(b)
					time.Sleep(500 * time.Millisecond)
					idle += processorTime(b) - used
				}
				n := float64(b.N)
				b.ReportMetric(past*n/prefill.Seconds(), "prefill-tok/s")
				b.ReportMetric(32*n/decode.Seconds(), "decode-tok/s")
				b.ReportMetric(milliseconds(among)/(32*n), "cpu-ms/step")
				b.ReportMetric(milliseconds(apart)/(5*n), "cpu-ms/lone-step")
				b.ReportMetric(milliseconds(idle)/(500*n)*100, "idle-%")
				b.ReportMetric(0, "ns/op")
			})
		}
	}
}

// processorTime is what this process has used, of all cores together.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
