package ort

import (
	"slices"
	"sync"
	"time"

	"inkling/infer"
)

// keptCancels is over how many cancellations their time is reported.
const keptCancels = 1000

// stats counts; the worker writes, anybody reads.
type stats struct {
	mu      sync.Mutex
	s       infer.EngineStats
	cancels []float64 // milliseconds from a cancellation to a free row, a ring
	next    int
}

func (st *stats) update(change func(*infer.EngineStats)) {
	st.mu.Lock()
	defer st.mu.Unlock()
	change(&st.s)
}

func (st *stats) cancelled(took time.Duration, wasted int) {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.s.Cancelled++
	st.s.WastedTokens += uint64(wasted)
	if len(st.cancels) < keptCancels {
		st.cancels = append(st.cancels, milliseconds(took))
		return
	}
	st.cancels[st.next] = milliseconds(took)
	st.next = (st.next + 1) % keptCancels
}

// Stats returns a snapshot.
func (e *Engine) Stats() infer.EngineStats {
	e.mu.Lock()
	waiting := e.waiting
	e.mu.Unlock()
	e.stats.mu.Lock()
	defer e.stats.mu.Unlock()
	s := e.stats.s
	s.State, s.Rows, s.QueueLength, s.KVBytes = "ok", e.c.Rows, waiting, e.lm.Bytes()
	if n := len(e.stats.cancels); n > 0 {
		sorted := slices.Sorted(slices.Values(e.stats.cancels))
		s.CancelToFreeMsP99 = sorted[(99*n+99)/100-1]
	}
	return s
}
