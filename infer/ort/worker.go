package ort

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"inkling/infer"
	"inkling/infer/sampler"
)

// How much of a prompt is fed at once. A task that runs alone gets large chunks: they multiply faster, and a cancellation
// ends the run. Where others run too, their tokens and the rows of those that are cancelled wait for one chunk.
const (
	chunkTokens     = 64 // the most
	chunkAmidOthers = 32
)

// fedAtLeast is how many of a prompt's last tokens are fed even where they are all kept. One would do for its logits, but
// the runtime multiplies a single row with another kernel: logits then differ by up to 0.6 from those of the same prompt
// fed in chunks, while chunks of any other size agree to the bit.
const fedAtLeast = 2

// maxOwners is how many owners are remembered for fairness.
const maxOwners = 1024

// worker owns the model, the rows and all tasks that were submitted.
type worker struct {
	e       *Engine
	rows    *rows
	waiting []*task           // without a row
	running []*task           // with one
	served  map[string]uint64 // owners, and when each was given a row last
	clock   uint64
}

func newWorker(e *Engine) *worker {
	return &worker{e: e, rows: newRows(e.c.Rows, e.c.ContextTokens), served: map[string]uint64{}}
}

func (w *worker) run() {
	defer close(w.e.done)
	for {
		if w.collect() {
			w.closeAll()
			return
		}
		w.drop()
		w.admit()
		w.report()
		if len(w.running) == 0 {
			<-w.e.wake
			continue
		}
		w.prefill()
		w.drop()
		w.decode()
	}
}

// collect takes in what was submitted, and says whether the engine was closed.
func (w *worker) collect() (closed bool) {
	w.e.mu.Lock()
	defer w.e.mu.Unlock()
	w.waiting = append(w.waiting, w.e.inbox...)
	w.e.inbox = nil
	return w.e.closed
}

func (w *worker) closeAll() {
	for _, t := range append(w.waiting, w.running...) {
		t.finish(infer.ErrClosed)
	}
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
	for _, t := range slices.Clone(w.running) {
		if t.stopped() {
			w.leave(t, cancelError)
		}
	}
}

// leave ends a task and frees its row; the row keeps its tokens.
func (w *worker) leave(t *task, err error) {
	if t.row != nil {
		t.row.busy = false
		w.running = slices.DeleteFunc(w.running, func(other *task) bool { return other == t })
		w.average(time.Since(t.started))
	}
	if errors.Is(err, cancelError) {
		wasted := 0
		if t.current != nil {
			wasted = t.current.tokens
		}
		w.e.stats.cancelled(time.Since(time.Unix(0, t.cancelledAt.Load())), wasted)
	}
	t.finish(err)
	w.e.mu.Lock()
	if t.row == nil {
		w.e.waiting--
	}
	w.e.mu.Unlock()
}

func (w *worker) average(took time.Duration) {
	w.e.mu.Lock()
	defer w.e.mu.Unlock()
	w.e.taskMs += (milliseconds(took) - w.e.taskMs) / 16
}

// admit gives rows to waiting tasks, and takes them from speculative ones where somebody waits in earnest.
func (w *worker) admit() {
	for len(w.waiting) > 0 {
		t := w.first(w.waiting)
		if w.rows.busy() == len(w.rows.all) && !w.preempt(t) {
			return
		}
		w.waiting = slices.DeleteFunc(w.waiting, func(other *task) bool { return other == t })
		if err := w.place(t); err != nil {
			w.failed([]*task{t}, err)
		}
	}
}

// first is who gets the next row.
func (w *worker) first(tasks []*task) *task {
	shares := make(map[string]share, len(w.served))
	for owner, served := range w.served {
		shares[owner] = share{served: served}
	}
	for _, t := range w.running {
		s := shares[t.owner()]
		s.running++
		shares[t.owner()] = s
	}
	best := tasks[0]
	for _, t := range tasks[1:] {
		if t.before(best, shares) {
			best = t
		}
	}
	return best
}

// serve remembers that a task's owner was given a row.
func (w *worker) serve(t *task) {
	if len(w.served) >= maxOwners {
		clear(w.served) // for a moment, arrival alone decides
	}
	w.clock++
	w.served[t.owner()] = w.clock
}

// preempt ends a speculative task, where t is none.
func (w *worker) preempt(t *task) bool {
	if t.req.Priority >= infer.PrioritySpeculative {
		return false
	}
	for _, other := range w.running {
		if other.req.Priority == infer.PrioritySpeculative {
			w.leave(other, &infer.RetryError{Err: infer.ErrOverloaded, After: time.Second})
			return true
		}
	}
	return false
}

// place puts a task onto a row, rewound to where its prompt and the row's tokens part.
func (w *worker) place(t *task) error {
	row, source := w.rows.take(t.prompt.ids, t.document())
	t.row, t.started = row, time.Now()
	w.running = append(w.running, t)
	w.serve(t)
	w.e.mu.Lock()
	w.e.waiting--
	w.e.mu.Unlock()
	most := max(len(t.prompt.ids)-fedAtLeast, 0)
	keep := min(common(row.tokens, t.prompt.ids), most)
	row.rewind(keep)
	if source != nil {
		n := min(common(source.tokens, t.prompt.ids), most)
		if err := w.e.lm.Copy(source.index, row.index, n); err != nil {
			return err
		}
		row.tokens = append(row.tokens[:0], t.prompt.ids[:n]...)
		keep = n
	}
	t.reused = keep
	t.current = newSuggestion(t.req, 0, t.prompt.healing)
	t.next = 1
	w.e.stats.update(func(s *infer.EngineStats) {
		s.Requests++
		s.PromptTokens += uint64(len(t.prompt.ids))
		s.ReusedTokens += uint64(keep)
	})
	return nil
}

// report writes what health and metrics show.
func (w *worker) report() {
	busy := w.rows.busy()
	w.e.stats.update(func(s *infer.EngineStats) { s.RowsBusy = busy })
}

// active are the running tasks that may go on: speculative ones only while no other runs.
func (w *worker) active() []*task {
	var earnest []*task
	for _, t := range w.running {
		if t.req.Priority < infer.PrioritySpeculative {
			earnest = append(earnest, t)
		}
	}
	if len(earnest) > 0 {
		return earnest
	}
	return slices.Clone(w.running)
}

// prefill feeds one chunk of one task's prompt.
func (w *worker) prefill() {
	var open []*task
	for _, t := range w.active() {
		if t.prefilled.IsZero() {
			open = append(open, t)
		}
	}
	if len(open) == 0 {
		return
	}
	t := slices.MinFunc(open, func(a, b *task) int {
		return cmp.Or(cmp.Compare(a.req.Priority, b.req.Priority), a.due().Compare(b.due()))
	})
	past := len(t.row.tokens)
	chunkSize := chunkTokens
	if len(w.running) > 1 || len(w.waiting) > 0 {
		chunkSize = chunkAmidOthers
	}
	end := min(past+chunkSize, len(t.prompt.ids))
	if len(t.prompt.ids)-end == 1 && end-past > fedAtLeast {
		end-- // no token of a prompt is fed alone
	}
	chunk := t.prompt.ids[past:end]
	whole := past+len(chunk) == len(t.prompt.ids)
	logits, ok := w.step([]*task{t}, []segment{{row: t.row.index, past: past, ids: chunk, want: whole}})
	if !ok {
		return
	}
	t.row.tokens = append(t.row.tokens, chunk...)
	t.computed += len(chunk)
	w.e.stats.update(func(s *infer.EngineStats) { s.ComputedTokens += uint64(len(chunk)) })
	if !whole {
		return
	}
	t.prefilled = time.Now()
	if t.req.Options.Suggestions > 1 {
		t.atPrompt = slices.Clone(logits[0])
	}
	w.pick(t, logits[0])
}

// decode feeds every task its last token.
func (w *worker) decode() {
	var tasks []*task
	for _, t := range w.active() {
		if t.hasToken {
			tasks = append(tasks, t)
		}
	}
	if len(tasks) == 0 {
		return
	}
	slices.SortFunc(tasks, func(a, b *task) int { return a.row.index - b.row.index })
	segments := make([]segment, len(tasks))
	for i, t := range tasks {
		segments[i] = segment{row: t.row.index, past: len(t.row.tokens), ids: []int32{t.pending}, want: true}
	}
	logits, ok := w.step(tasks, segments)
	if !ok {
		return
	}
	for i, t := range tasks {
		t.row.tokens = append(t.row.tokens, t.pending)
		t.hasToken = false
		if !t.stopped() {
			w.pick(t, logits[i])
		}
	}
}

// step runs the model. Where that fails, the tasks in it are told, their rows emptied, and ok is false.
func (w *worker) step(tasks []*task, segments []segment) (logits [][]float32, ok bool) {
	w.e.mu.Lock()
	if w.e.closed || allStopped(tasks) {
		w.e.mu.Unlock()
		return nil, false
	}
	w.e.stepping = tasks
	w.e.mu.Unlock()
	logits, err := w.e.lm.Step(segments)
	w.e.mu.Lock()
	w.e.stepping = nil
	terminated := w.e.terminated
	if terminated {
		w.e.lm.Resume()
		w.e.terminated = false
	}
	w.e.mu.Unlock()
	if err == nil {
		return logits, true
	}
	if !terminated {
		w.failed(tasks, err)
	}
	return nil, false
}

// failed tells tasks of an error of the runtime. Their rows are empty from now on.
func (w *worker) failed(tasks []*task, err error) {
	w.e.stats.update(func(s *infer.EngineStats) { s.Errors += uint64(len(tasks)) })
	for _, t := range tasks {
		if t.row != nil {
			t.row.rewind(0)
		}
		w.leave(t, fmt.Errorf("%w: %w", infer.ErrRuntime, err))
	}
}

// pick chooses a task's next token and sends what can be sent.
func (w *worker) pick(t *task, logits []float32) {
	if err := sampler.Check(logits); err != nil {
		w.failed([]*task{t}, err)
		return
	}
	s := t.current
	allowed := s.allowed(w.e.tok)
	if s.tokens == 0 && t.req.Options.Temperature == 0 {
		s.sampler.Ban(t.said(w.e.tok, w.e.c.Model.EndTokens, allowed))
	}
	id, logProb, err := s.sampler.Pick(logits, allowed, t.row.tokens)
	if err != nil {
		w.failed([]*task{t}, err)
		return
	}
	if slices.Contains(w.e.c.Model.EndTokens, id) || slices.Contains(w.e.prompts.layout.EndTokens(), id) {
		w.ended(t, s.flush(infer.StopEnd))
		return
	}
	w.e.stats.update(func(s *infer.EngineStats) { s.CompletionTokens++ })
	t.saidBytes[s.index] = append(t.saidBytes[s.index], w.e.tok.Bytes(id)...)
	d, send := s.token(w.e.tok.Bytes(id), logProb)
	switch {
	case s.done:
		w.ended(t, d)
		return
	case s.tokens >= t.req.Options.MaxTokens || len(t.row.tokens)+2 >= w.e.c.ContextTokens:
		last := s.flush(infer.StopLength)
		last.Raw, last.Text = d.Raw+last.Raw, d.Text+last.Text
		last.RawLogProb, last.RawTokens = d.RawLogProb+last.RawLogProb, d.RawTokens+last.RawTokens
		w.ended(t, last)
		return
	case send:
		t.out <- d
	}
	t.pending, t.hasToken = id, true
}

// ended sends a suggestion's last delta and begins the next one, or ends the task.
func (w *worker) ended(t *task, last infer.Delta) {
	last.Usage = t.usage()
	t.out <- last
	if t.next >= t.req.Options.Suggestions {
		w.leave(t, nil)
		return
	}
	t.row.rewind(len(t.prompt.ids))
	t.current = newSuggestion(t.req, t.next, t.prompt.healing)
	t.next++
	w.pick(t, t.atPrompt)
}
