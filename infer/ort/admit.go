package ort

import (
	"slices"
	"time"

	"inkling/infer"
)

// maxOwners is how many owners are remembered for fairness.
const maxOwners = 1024

// admit gives rows to waiting tasks, and takes them from speculative ones where somebody waits in earnest.
func (w *worker) admit() {
	for {
		ready := w.ready(time.Now())
		if len(ready) == 0 {
			return
		}
		t := w.first(ready)
		if !w.room(t) {
			return
		}
		placed, err := w.place(t)
		if err == nil && !placed {
			return // when something ends, there is memory
		}
		w.waiting = slices.DeleteFunc(w.waiting, func(other *task) bool { return other == t })
		w.e.mu.Lock()
		w.e.waiting--
		w.e.mu.Unlock()
		if err != nil {
			t.started = time.Now() // it waits no more
			w.failed([]*task{t}, err)
		}
	}
}

// ready are the waiting tasks that may begin: automatic ones are held back for a while under load, since the next key
// makes most of them worthless, but for the first text of those that need no run for it; speculative ones until nothing else is to be
// done, and long prompts while enough are fed.
func (w *worker) ready(now time.Time) []*task {
	if len(w.running) == 0 {
		return w.waiting
	}
	earnest := slices.ContainsFunc(w.running, func(l *lane) bool { return !l.t.speculative() })
	hold, fed := w.load.debounce(now), w.feedsLong()
	var ready []*task
	for _, t := range w.waiting {
		switch {
		case t.long() > 0 && fed >= longAtOnce && len(w.waiting) > 1:
		case t.speculative() && earnest:
		case t.held(now, hold) && w.known(t, nil) == nil:
		default:
			ready = append(ready, t)
		}
	}
	return ready
}

// longAtOnce is how many long prompts are fed at once while others wait: the rest of the lanes is for those who type on.
const longAtOnce = 2

// feedsLong counts the long prompts that are being fed.
func (w *worker) feedsLong() (n int) {
	for _, l := range w.running {
		if !l.t.speculative() && l.inPrompt() && len(l.ids)-l.fed > longPrompt {
			n++
		}
	}
	return n
}

// first is who gets the next row.
func (w *worker) first(tasks []*task) *task {
	shares := make(map[string]share, len(w.served))
	for owner, served := range w.served {
		shares[owner] = share{served: served}
	}
	for _, l := range w.running {
		s := shares[l.t.owner()]
		s.running++
		shares[l.t.owner()] = s
	}
	best, now := tasks[0], time.Now()
	for _, t := range tasks[1:] {
		if t.before(best, shares, func(t *task) int { return w.long(t, now) }) {
			best = t
		}
	}
	return best
}

// serve remembers that a task's owner was given a row.
func (w *worker) serve(t *task) {
	if _, known := w.served[t.owner()]; !known && len(w.served) >= maxOwners {
		clear(w.served) // for a moment, arrival alone decides
	}
	w.clock++
	w.used = time.Now()
	w.served[t.owner()] = w.clock
	w.renew(t.owner(), patience{w.used, w.used})
}

// room reports whether one more suggestion may be decoded; speculative ones give way to others.
func (w *worker) room(t *task) bool {
	for _, other := range w.tasks() {
		if other.speculative() && (!t.speculative() || other.document() == t.document()) &&
			(len(w.running) >= w.lanes() || other.document() == t.document()) {
			w.leave(other, &infer.RetryError{Err: infer.ErrOverloaded, After: time.Second})
		}
	}
	return len(w.running) < w.lanes()
}

// lanes is how many suggestions are decoded at once.
func (w *worker) lanes() int { return min(len(w.rows.all), w.e.c.Lanes) }

// place puts a task's first suggestion onto a row. It reports false where the memory is not enough by now.
func (w *worker) place(t *task) (bool, error) {
	row, source := w.rows.take(t.prompt.ids, t.document(), t.req.Caller.Tenant)
	placed, err := w.occupy(row, source, t)
	if err == nil && !placed && source != nil && source.lane == nil {
		source = nil // its memory is needed
		placed, err = w.occupy(row, nil, t)
	}
	if err != nil || !placed {
		return placed, err
	}
	if source != nil {
		most := max(len(t.prompt.ids)-w.fedAtLeast(), 0)
		if source.memory.after(len(t.prompt.ids)) != nil {
			most = len(t.prompt.ids)
		}
		if err := w.copy(source, row, min(common(source.tokens, t.prompt.ids), most)); err != nil {
			return true, err
		}
	}
	w.begin(t, row)
	return true, nil
}

// begin decodes a task's first suggestion on a row that was promised the memory.
func (w *worker) begin(t *task, row *row) {
	t.started = time.Now()
	t.early = len(w.running) > 0 && t.held(t.started, w.load.debounce(t.started))
	w.serve(t)
	l := newLane(t, row, 0, w.fedAtLeast())
	w.start(l)
	if l.known() != nil { // counts as fed what need not be fed again
		row.memory.begin(len(t.prompt.ids))
	}
	t.reused = l.fed
	w.e.stats.update(func(s *infer.EngineStats) {
		s.Requests++
		s.PromptTokens += uint64(len(t.prompt.ids))
		s.ReusedTokens += uint64(t.reused)
	})
	w.advance(l, 0)
}

// occupy promises a row the memory that a task needs, and leaves the source its own.
func (w *worker) occupy(row, source *row, t *task) (bool, error) {
	if row == nil {
		return false, nil
	}
	return w.rows.promise(row, source, w.needs(t))
}

// needs is how many tokens a task's prompt and answer take at the most.
func (w *worker) needs(t *task) int {
	return min(len(t.prompt.ids)+max(t.req.Options.MaxTokens, len(t.prompt.again)), w.e.c.ContextTokens)
}

// start puts a lane to work.
func (w *worker) start(l *lane) {
	w.rows.give(l.row, l, l.t.document(), l.t.req.NoStore)
	l.t.lanes, l.t.next = append(l.t.lanes, l), l.t.next+1
	w.running = append(w.running, l)
}

// copy makes a row begin with the first n tokens of another.
func (w *worker) copy(from, to *row, n int) error {
	to.rewind(0)
	to.tenant, to.secret = from.tenant, from.secret
	if err := w.e.lm.Copy(from.index, to.index, n); err != nil {
		return err
	}
	to.tokens = append(to.tokens, from.tokens[:n]...)
	to.memory.moveFrom(&from.memory, n)
	return nil
}
