package ort

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"inkling/infer"
)

// realModel is the model alone, without the engine's worker.
func realModel(b *testing.B, rows int) (lm, []int32) {
	b.Helper()
	return realModelOf(b, func(c *Config) { c.Rows = rows })
}

// realModelOf is the model alone, configured as change says.
func realModelOf(b *testing.B, change func(*Config)) (lm, []int32) {
	b.Helper()
	c := realConfig(b)
	change(&c)
	if err := c.Validate(); err != nil {
		b.Fatal(err)
	}
	m, err := open(c)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := m.Close(); err != nil {
			b.Error(err)
		}
	})
	ids := make([]int32, c.ContextTokens)
	for i := range ids {
		ids[i] = int32(100 + i*37%40_000)
	}
	return m, ids
}

func run(b *testing.B, m lm, segments ...segment) {
	b.Helper()
	if _, err := m.Step(segments); err != nil {
		b.Fatal(err)
	}
}

// feed fills a row up to n tokens, in chunks as of a prompt that is alone.
func feed(b *testing.B, m lm, row int, ids []int32, n int) {
	feedAt(b, m, row, ids, n, new(pace))
}

// feedAt does so at a pace, and learns it.
func feedAt(b *testing.B, m lm, row int, ids []int32, n int, p *pace) {
	s, _ := m.(*shared)
	mixed := s != nil && s.chunks != nil
	for past := 0; past < n; {
		size := chunkTokens
		if mixed {
			size = p.chunk()
		}
		end, began := min(past+size, n), time.Now()
		run(b, m, segment{row: row, past: past, ids: ids[past:end], want: end == n})
		p.add(end-past, time.Since(began))
		past = end
	}
}

func BenchmarkPrefill(b *testing.B) {
	for _, n := range []int{64, 256, 1024} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			m, ids := realModel(b, 1)
			var p pace
			feedAt(b, m, 0, ids, n, &p)
			for b.Loop() {
				feedAt(b, m, 0, ids, n, &p)
			}
			b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "tok/s")
		})
	}
}

func BenchmarkDecode(b *testing.B) {
	const past = 256
	for _, rows := range []int{1, 2, 4, 8} {
		b.Run(fmt.Sprint(rows), func(b *testing.B) {
			m, ids := realModel(b, rows)
			var segments []segment
			for row := range rows {
				feed(b, m, row, ids, past)
				segments = append(segments, segment{row: row, past: past, ids: ids[past : past+1], want: true})
			}
			for b.Loop() {
				run(b, m, segments...)
			}
			b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "tok/s")
		})
	}
}

// BenchmarkDecodeAfter is one row's decode step behind a short prompt and a long one.
func BenchmarkDecodeAfter(b *testing.B) {
	for _, past := range []int{16, 256} {
		b.Run(fmt.Sprint(past), func(b *testing.B) {
			m, ids := realModel(b, 1)
			feed(b, m, 0, ids, past)
			for b.Loop() {
				run(b, m, segment{past: past, ids: ids[past : past+1], want: true})
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "tok/s")
		})
	}
}

// BenchmarkTypedCharacter is one more character after 1,000 tokens, to the first token of the answer.
func BenchmarkTypedCharacter(b *testing.B) {
	e := realEngine(b, nil)
	text := source(b)
	start := len(text) - 200
	ask := func(at int) infer.Usage {
		return collect(b, e, by("ann", 0, infer.Request{Prompt: infer.Prompt{Prefix: text[:at]}, Options: infer.Options{MaxTokens: 1}}))[0].usage
	}
	at, computed := start, 0
	ask(at) // the beginning is there already
	for b.Loop() {
		if at++; at > len(text) {
			at = start + 1
		}
		computed += ask(at).ComputedTokens
	}
	b.ReportMetric(float64(computed)/float64(b.N), "computed/op")
}

// BenchmarkCancelToFree cancels generations at many moments of prefill and decoding; both p99s are the engine's own. A
// chunk of a session's prompt runs to its end, because the session's next request goes on from it: the row is free then.
func BenchmarkCancelToFree(b *testing.B) {
	for _, typists := range []int{1, 32} {
		b.Run(fmt.Sprint(typists), func(b *testing.B) {
			e := realEngine(b, func(c *Config) { c.Rows = min(typists, 8) })
			text, round := source(b), 0
			for b.Loop() {
				var wg sync.WaitGroup
				round++
				for i := range typists {
					wg.Go(func() {
						ctx, cancel := context.WithTimeout(b.Context(), time.Duration(5+(round*7+i*13)%90)*time.Millisecond)
						defer cancel()
						for range e.Generate(ctx, by(strconv.Itoa(i), 0, infer.Request{Prompt: infer.Prompt{Prefix: text[i*20 : 1500+i*20]}})) {
							continue
						}
					})
				}
				wg.Wait()
			}
			b.ReportMetric(e.Stats().CancelToFreeMsP99, "p99-ms")
			b.ReportMetric(e.Stats().StepMsP99, "step-p99-ms")
		})
	}
}

func BenchmarkLoad(b *testing.B) {
	c := realConfig(b)
	for b.Loop() {
		e, err := New(c)
		if err != nil {
			b.Fatal(err)
		}
		if err := e.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkResident reports resident memory with the given rows filled with 2,040 tokens each.
func BenchmarkResident(b *testing.B) {
	for _, rows := range []int{1, 2, 4} {
		b.Run(fmt.Sprint(rows), func(b *testing.B) {
			m, ids := realModel(b, rows)
			for b.Loop() {
				for row := range rows {
					feed(b, m, row, ids, 2040)
				}
			}
			b.ReportMetric(residentMB(b), "MB")
		})
	}
}

func residentMB(b *testing.B) float64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Skip("resident memory is read from /proc")
	}
	for line := range strings.Lines(string(status)) {
		if kb, found := strings.CutPrefix(line, "VmRSS:"); found {
			n, err := strconv.Atoi(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(kb), "kB")))
			if err != nil {
				b.Fatal(err)
			}
			return float64(n) / 1024
		}
	}
	b.Fatal("no VmRSS in /proc/self/status")
	return 0
}
