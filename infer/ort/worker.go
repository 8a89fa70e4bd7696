package ort

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"inkling/infer"
)

// worker owns the model, the rows and all tasks that were submitted.
type worker struct {
	e        *Engine
	rows     *rows
	waiting  []*task             // without a row
	running  []*lane             // suggestions being decoded
	ahead    []*ahead            // what may be decoded while nobody asks
	served   map[string]uint64   // owners, and when each was given a row last
	patience map[string]patience // of owners who wait for a row
	clock    uint64
	used     time.Time // when there was something to do last, besides decoding ahead
	tried    time.Time // when the model could not be opened again last; zero: it is open
	load     load
	pace     pace
	drafts   drafts
	runner   runner
	said     time.Time // when a suggestion's first text was released last
}

func newWorker(e *Engine) *worker {
	r := newRows(e.c.Rows, e.c.ContextTokens)
	r.tokenBytes, r.limit = e.c.rowBytes()/int64(e.c.ContextTokens), e.c.KVBytes
	r.release = func(index int) error {
		if m, ok := e.lm.(releaser); ok {
			return m.Release(index)
		}
		return nil
	}
	return &worker{e: e, rows: r, served: map[string]uint64{}, patience: map[string]patience{}, drafts: newDrafts()}
}

// releaser is a model that can give back the memory of a row that holds nothing.
type releaser interface{ Release(row int) error }

func (w *worker) run() {
	defer close(w.e.done)
	w.runner = newRunner()
	defer w.runner.close()
	for {
		if w.collect() {
			w.closeAll()
			return
		}
		w.drop()
		next := sooner(w.expire(), w.mend())
		w.admit()
		w.report()
		if w.step() {
			w.used = time.Now()
			continue
		}
		if done, wait := w.lookAhead(); !done {
			w.rest(sooner(next, wait))
		}
	}
}

// expire gives back memory that nobody used for long, and returns after how long it is to be called again; 0: when
// something was used.
func (w *worker) expire() time.Duration {
	next, err := w.rows.expire(time.Now(), w.e.c.KVKeep)
	if err != nil {
		w.e.stats.update(func(s *infer.EngineStats) { s.Errors++ }) // the row is empty all the same
	}
	return next
}

// sooner is the shorter one of two times, where 0 is none.
func sooner(a, b time.Duration) time.Duration {
	if a == 0 || b == 0 {
		return max(a, b)
	}
	return min(a, b)
}

// rest waits until there may be something to do: at the latest for some time, where that is not 0.
func (w *worker) rest(most time.Duration) {
	if most == 0 {
		<-w.e.wake
		return
	}
	timer := time.NewTimer(most)
	defer timer.Stop()
	select {
	case <-w.e.wake:
	case <-timer.C:
	}
}

// collect takes in what was submitted, and says whether the engine was closed.
func (w *worker) collect() (closed bool) {
	w.e.mu.Lock()
	defer w.e.mu.Unlock()
	for _, t := range w.e.inbox {
		w.arrives(t)
		t.rest = len(t.prompt.ids) - w.rows.best(t.prompt.ids, t.document(), t.req.Caller.Tenant)
	}
	w.waiting = append(w.waiting, w.e.inbox...)
	w.e.inbox = nil
	return w.e.closed
}

func (w *worker) closeAll() {
	for _, t := range append(w.waiting, w.tasks()...) {
		t.finish(infer.ErrClosed)
	}
}

// tasks are those with a row.
func (w *worker) tasks() (all []*task) {
	for _, l := range w.running {
		if !slices.Contains(all, l.t) {
			all = append(all, l.t)
		}
	}
	return all
}

// drop lets go of cancelled tasks.
func (w *worker) drop() {
	w.waiting = slices.DeleteFunc(w.waiting, func(t *task) bool {
		if !t.stopped() {
			return false
		}
		w.leave(t, cancelError)
		return true
	})
	for _, t := range w.tasks() {
		if t.stopped() {
			w.leave(t, cancelError)
		}
	}
}

// leave ends a task and frees its rows, which keep their tokens.
func (w *worker) leave(t *task, err error) {
	now := time.Now()
	t.free(now)
	waited := t.started.IsZero()
	if !waited {
		w.average(now.Sub(t.started))
	}
	if errors.Is(err, cancelError) {
		wasted := 0
		for _, l := range t.lanes {
			wasted += l.said.tokens
		}
		w.e.stats.cancelled(time.Duration(t.freedAt.Load()-t.cancelledAt.Load()), wasted)
	}
	for _, l := range slices.Clone(t.lanes) {
		w.close(l)
	}
	t.finish(err)
	if waited {
		w.e.mu.Lock()
		w.e.waiting--
		w.e.mu.Unlock()
	}
}

// close takes a lane off its row.
func (w *worker) close(l *lane) {
	l.row.lane, l.row.left = nil, time.Now()
	is := func(other *lane) bool { return other == l }
	l.t.lanes = slices.DeleteFunc(l.t.lanes, is)
	w.running = slices.DeleteFunc(w.running, is)
}

func (w *worker) average(took time.Duration) {
	w.e.mu.Lock()
	defer w.e.mu.Unlock()
	w.e.taskMs += (milliseconds(took) - w.e.taskMs) / 16
}

// report writes what health and metrics show.
func (w *worker) report() {
	busy, bytes := w.rows.busy(), w.rows.bytes()
	w.e.mu.Lock()
	w.e.busy = slices.ContainsFunc(w.running, func(l *lane) bool { return !l.t.speculative() })
	w.e.mu.Unlock()
	w.e.stats.update(func(s *infer.EngineStats) { s.RowsBusy, s.KVBytes = busy, bytes })
}

// failed tells tasks of an error of the runtime. Their rows are empty from now on.
func (w *worker) failed(tasks []*task, err error) {
	w.e.stats.update(func(s *infer.EngineStats) { s.Errors += uint64(len(tasks)) })
	for _, t := range tasks {
		for _, l := range t.lanes {
			l.row.rewind(0)
		}
		w.leave(t, fmt.Errorf("%w: %w", infer.ErrRuntime, err))
	}
}
