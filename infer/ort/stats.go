package ort

import (
	"sync"
	"time"

	"inkling/infer"
)

// stats counts; the worker writes, anybody reads.
type stats struct {
	mu      sync.Mutex
	s       infer.EngineStats
	cancels ring // milliseconds from a cancellation to a free row
	steps   ring // milliseconds of a step
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
	st.s.CancelToFree.Add(took)
	st.s.WastedTokens += uint64(wasted)
	st.cancels.add(milliseconds(took))
}

func (st *stats) stepped(took time.Duration) {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.s.Steps.Add(took)
	st.steps.add(milliseconds(took))
}

// Stats returns a snapshot.
func (e *Engine) Stats() infer.EngineStats {
	e.mu.Lock()
	waiting, state := e.waiting, "ok"
	if _, failed := e.lm.(broken); failed {
		state = "failed"
	}
	e.mu.Unlock()
	e.stats.mu.Lock()
	defer e.stats.mu.Unlock()
	s := e.stats.s
	s.State, s.Rows, s.QueueLength, s.KVLimitBytes = state, e.c.Rows, waiting, e.c.KVBytes
	s.CancelToFreeMsP99, s.StepMsP50, s.StepMsP99 = e.stats.cancels.quantile(99), e.stats.steps.quantile(50), e.stats.steps.quantile(99)
	return s
}
