package ort

import (
	"slices"
	"time"
)

// runner runs the model in a goroutine of its own, so that the worker can answer, meanwhile, who asks for what is known.
// The worker owns it, and closes it when no step runs.
type runner struct {
	steps   chan func() stepped
	results chan stepped
	done    chan struct{}
}

// stepped is what a step gave.
type stepped struct {
	logits [][]float32
	err    error
}

func newRunner() runner {
	r := runner{steps: make(chan func() stepped), results: make(chan stepped), done: make(chan struct{})}
	go func() {
		defer close(r.done)
		for step := range r.steps {
			r.results <- step()
		}
	}()
	return r
}

func (r *runner) close() {
	close(r.steps)
	<-r.done
}

// runModel runs a step, and serves meanwhile what needs none.
func (w *worker) runModel(segments []segment) ([][]float32, error) {
	model := w.e.lm
	w.runner.steps <- func() stepped {
		logits, err := model.Step(segments)
		return stepped{logits, err}
	}
	for {
		select {
		case s := <-w.runner.results:
			return s.logits, s.err
		case <-w.e.wake:
			w.meanwhile(segments)
		}
	}
}

// meanwhile begins those of the newest tasks whose first tokens can be picked from logits that are kept: mostly keys that
// type a word on. Their first text takes no run, so that it is not held back under load; what follows it is. Lanes are left for those who
// wait in earnest and are not held back: they come first when the step ends.
func (w *worker) meanwhile(running []segment) {
	w.e.mu.Lock()
	closed, tasks := w.e.closed, w.e.inbox
	w.e.inbox = nil
	w.e.mu.Unlock()
	if len(tasks) == 0 {
		return
	}
	now := time.Now()
	hold := w.load.debounce(now)
	urgent := func(tasks ...*task) (n int) {
		for _, t := range tasks {
			if !t.speculative() && !t.stopped() && !t.held(now, hold) {
				n++
			}
		}
		return n
	}
	var rest []*task
	begun, reserved := 0, urgent(w.waiting...)+urgent(tasks...)
	for _, t := range tasks {
		others := reserved - urgent(t)
		row := w.known(t, running)
		if closed || row == nil || len(w.running)+others >= w.lanes() || !w.rows.spared(row, w.needs(t)) {
			rest = append(rest, t)
			continue
		}
		reserved = others
		w.begin(t, row)
		begun++
	}
	w.e.mu.Lock()
	defer w.e.mu.Unlock()
	w.e.inbox, w.e.waiting = append(rest, w.e.inbox...), w.e.waiting-begun
}

// known returns the free row of a task's document that holds all of its prompt and the logits after it; nil where there is none, or
// no lane.
func (w *worker) known(t *task, running []segment) *row {
	ids, document := t.prompt.ids, t.document()
	if t.stopped() || t.req.Options.Suggestions > 1 || len(w.running) >= w.lanes() {
		return nil
	}
	for _, r := range w.rows.all {
		if r.lane == nil && r.document == document && !r.hidden(document, t.req.Caller.Tenant) && r.memory.after(len(ids)) != nil &&
			common(r.tokens, ids) == len(ids) && !slices.ContainsFunc(running, func(s segment) bool { return s.row == r.index }) {
			return r
		}
	}
	return nil
}
