package ort

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"inkling/infer"
)

// active are the lanes that may go on: those that are held back only while no other in earnest runs, speculative ones only
// while none in earnest does.
func (w *worker) active() []*lane {
	isHeld := w.waits()
	var due, held []*lane
	for _, l := range w.running {
		switch {
		case l.t.speculative():
		case isHeld(l):
			held = append(held, l)
		default:
			due = append(due, l)
		}
	}
	switch {
	case len(due) > 0:
		return due
	case len(held) > 0:
		return held
	}
	return slices.Clone(w.running)
}

// waits returns what says of a lane that it said what is known and is held back now.
func (w *worker) waits() func(*lane) bool {
	now := time.Now()
	hold := w.load.debounce(now)
	return func(l *lane) bool { return l.t.early && l.t.held(now, hold) }
}

// alone says whether one suggestion runs, besides those that wait in their lanes, and nobody waits for one.
func (w *worker) alone() bool {
	n, isHeld := 0, w.waits()
	for _, l := range w.running {
		if !isHeld(l) {
			n++
		}
	}
	return n <= 1 && len(w.waiting) == 0
}

// sayPause is how long the next run waits where a suggestion's first text was just released: it has some goroutines and a socket to go
// through, each of which would wait for a core on which the model computes (up to 10 ms, measured). Where nothing else runs, the shortest
// sleep is a millisecond.
const sayPause = 250 * time.Microsecond

// step runs the model once: a token of every lane that decodes, and a chunk of prompts, whose share goes to those that are
// due first. It reports false where there was nothing to do.
func (w *worker) step() bool {
	lanes := w.active()
	if len(lanes) == 0 {
		return false
	}
	if wait := sayPause - time.Since(w.said); wait > 0 {
		w.rest(wait)
		return true
	}
	began := time.Now()
	lanes, segments := w.plan(lanes)
	decoding := !slices.ContainsFunc(lanes, (*lane).behind)
	if decoding {
		w.draft(lanes, segments)
	}
	logits, ok := w.compute(lanes, segments, nil)
	if !ok {
		return true
	}
	now := time.Now()
	if !lanes[0].t.speculative() {
		w.load.add(now, now.Sub(began), float64(len(lanes))/float64(w.lanes()))
	}
	w.e.stats.stepped(now.Sub(began))
	if len(lanes) == 1 && lanes[0].inPrompt() {
		w.pace.add(len(segments[0].ids), now.Sub(began))
	}
	tokens := 0
	for i, l := range lanes {
		tokens += len(segments[i].ids)
		l.took(segments[i].ids)
		if l.inPrompt() {
			prompt := len(segments[i].ids) - len(l.draft)
			l.t.computed += prompt
			w.e.stats.update(func(s *infer.EngineStats) { s.ComputedTokens += uint64(prompt) })
		}
		for n := range segments[i].wanted() {
			l.row.memory.keep(l.fed+n, logits[0], l.inPrompt() && n == 0)
			logits = logits[1:]
		}
	}
	if decoding {
		w.drafts.ran(tokens, now.Sub(began))
	}
	for i, l := range lanes {
		from := len(l.ids)
		if segments[i].want && !l.t.stopped() && l.row.lane == l {
			w.advance(l, 1+len(l.draft))
		}
		w.judge(l, from)
	}
	return true
}

// plan says what every lane does in the next step; lanes that do nothing are left out.
func (w *worker) plan(lanes []*lane) (stepping []*lane, segments []segment) {
	slices.SortStableFunc(lanes, func(a, b *lane) int {
		return cmp.Or(cmp.Compare(a.t.req.Priority, b.t.req.Priority), a.due().Compare(b.due()))
	})
	decoding := slices.ContainsFunc(lanes, func(l *lane) bool { return !l.behind() })
	budget := w.chunk(w.alone(), decoding)
	fed := map[*lane]int{}
	for _, l := range lanes {
		n := len(l.ids) - l.fed
		if l.behind() {
			if n = min(n, budget); n < min(len(l.ids)-l.fed, leastChunk) {
				continue // too little to be worth its run
			}
			if least := w.fedAtLeast(); len(l.ids)-l.fed-n < least && n < len(l.ids)-l.fed && n > least {
				n-- // what is left is not fed alone
			}
			budget -= n
		}
		fed[l] = n
		stepping = append(stepping, l)
	}
	slices.SortFunc(stepping, func(a, b *lane) int { return a.row.index - b.row.index })
	for _, l := range stepping {
		n := fed[l]
		segments = append(segments, segment{row: l.row.index, past: l.fed, ids: l.ids[l.fed : l.fed+n], want: l.fed+n == len(l.ids)})
		l.draft, l.match = nil, 0 // of a step that did not run
		w.sayAgain(l, &segments[len(segments)-1])
	}
	return stepping, segments
}

// compute runs the model. Where that fails, the tasks in it are told, the model is opened anew, and ok is false. Lanes whose
// tasks are cancelled already are an end too, before anything ran. idle is set where nobody waits for what is computed.
func (w *worker) compute(lanes []*lane, segments []segment, idle *ahead) (logits [][]float32, ok bool) {
	tasks, halves := make([]*task, 0, len(lanes)), make([]int, 0, len(lanes))
	for i, l := range lanes {
		if !slices.Contains(tasks, l.t) {
			tasks = append(tasks, l.t)
			halves = append(halves, min(segments[i].past+(len(segments[i].ids)+1)/2, len(l.t.prompt.ids)))
		}
	}
	w.e.mu.Lock()
	if w.e.closed || idle == nil && slices.ContainsFunc(tasks, (*task).stopped) || idle != nil && len(w.e.inbox) > 0 {
		w.e.mu.Unlock()
		return nil, false // what is cancelled is dropped before anything else
	}
	w.e.stepping, w.e.halves, w.e.idle, w.e.feeding = tasks, halves, idle != nil, feeds(lanes, segments)
	w.e.mu.Unlock()
	logits, err := w.runModel(segments)
	if wanted := wanted(segments); err == nil && len(logits) != wanted {
		err = fmt.Errorf("logits of %d tokens, %d were wanted", len(logits), wanted)
	}
	now := time.Now()
	w.e.mu.Lock()
	w.e.stepping, w.e.halves, w.e.idle, w.e.feeding = nil, nil, false, false
	for _, t := range tasks {
		if t.stopped() {
			t.free(now)
		}
	}
	terminated := w.e.terminated
	if terminated {
		w.e.lm.Resume()
		w.e.terminated = false
	}
	w.e.mu.Unlock()
	if err == nil {
		return logits, true
	}
	for _, seg := range segments {
		w.rows.all[seg.row].rewind(seg.past) // what stood behind may be written over in part
	}
	if !terminated {
		w.failed(tasks, err)
		w.rebuild()
	}
	return nil, false
}

// wanted is for how many tokens of some segments logits are wanted.
func wanted(segments []segment) (n int) {
	for _, s := range segments {
		n += s.wanted()
	}
	return n
}

// feeds reports whether a step feeds a part of a session's prompt that is worth its run.
func feeds(lanes []*lane, segments []segment) bool {
	for i, l := range lanes {
		if l.inPrompt() && l.t.req.Document.Session != "" && len(segments[i].ids) >= leastChunk {
			return true
		}
	}
	return false
}

// rebuild opens the model anew after its runtime failed. All rows are empty then, and what still runs is fed again.
func (w *worker) rebuild() {
	if w.e.reopen == nil {
		return
	}
	w.ahead = nil
	for _, r := range w.rows.all {
		r.rewind(0)
		if r.lane == nil {
			r.touched = 0
		}
	}
	for _, l := range w.running {
		l.fed = 0
	}
	fresh, err := w.e.replace()
	w.e.stats.update(func(s *infer.EngineStats) { s.Rebuilt++ })
	if err == nil {
		w.tried = time.Time{}
		w.e.setModel(fresh)
		return
	}
	w.tried = time.Now()
	w.e.setModel(broken{err})
	w.failed(w.tasks(), errors.Join(errors.New("the model could not be opened again"), err))
}
