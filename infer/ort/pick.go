package ort

import (
	"slices"
	"time"

	"inkling/infer"
	"inkling/infer/sampler"
)

// advance picks as many of a lane's tokens as can be picked without the model: after a step one, and further ones where
// their logits are kept. computed is for how many of them logits were computed just now.
func (w *worker) advance(l *lane, computed int) {
	for l.row.lane == l {
		logits := l.known()
		if logits == nil {
			return
		}
		if l.t.prefilled.IsZero() {
			l.t.prefilled = time.Now()
		}
		if computed <= 0 {
			w.e.stats.update(func(s *infer.EngineStats) { s.AdoptedTokens++ })
		}
		computed--
		w.pick(l, logits)
	}
}

// pick chooses a lane's next token and sends what can be sent.
func (w *worker) pick(l *lane, logits []float32) {
	if err := sampler.Check(logits); err != nil {
		w.failed([]*task{l.t}, err)
		return
	}
	t, s := l.t, l.said
	allowed := s.allowed(w.e.tok)
	if s.tokens == 0 && t.req.Options.Temperature == 0 {
		s.sampler.Ban(t.said(s.index, w.e.tok, w.e.c.Model.EndTokens, allowed))
	}
	id, logProb, err := s.sampler.Pick(logits, allowed, l.ids)
	if err != nil {
		w.failed([]*task{t}, err)
		return
	}
	if w.ends(id) {
		if last := s.flush(infer.StopEnd); !w.faulty(t, s) {
			w.ended(l, last)
		}
		return
	}
	w.e.stats.update(func(s *infer.EngineStats) { s.CompletionTokens++ })
	t.saidBytes[s.index] = append(t.saidBytes[s.index], w.e.tok.Bytes(id)...)
	first, shown := s.tokens == 0, s.shown
	d, send := s.token(w.e.tok.Bytes(id), logProb)
	l.ids = append(l.ids, id)
	switch {
	case w.faulty(t, s):
		return
	case s.done:
		w.ended(l, d)
		return
	case s.tokens >= t.req.Options.MaxTokens || len(l.ids)+1 >= w.e.c.ContextTokens:
		last := s.flush(infer.StopLength)
		if w.faulty(t, s) {
			return
		}
		last.Raw, last.Text = d.Raw+last.Raw, d.Text+last.Text
		last.RawLogProb, last.RawTokens = d.RawLogProb+last.RawLogProb, d.RawTokens+last.RawTokens
		w.ended(l, last)
		return
	case send:
		t.out <- d
		if s.shown && !shown && !t.speculative() {
			w.said = time.Now()
		}
	}
	if first {
		w.branch(l)
	}
}

// faulty ends a task whose finisher has panicked, and reports whether it has.
func (w *worker) faulty(t *task, s *suggestion) bool {
	if s.fault != nil {
		w.failed([]*task{t}, s.fault)
	}
	return s.fault != nil
}

// ends reports whether a token ends a text.
func (w *worker) ends(id int32) bool {
	return slices.Contains(w.e.c.Model.EndTokens, id) || slices.Contains(w.e.prompts.layout.EndTokens(), id)
}

// ended sends a suggestion's last delta. The lane goes on with the task's next suggestion, if there is one left.
func (w *worker) ended(l *lane, last infer.Delta) {
	t := l.t
	last.Usage = t.usage(l.said)
	t.out <- last
	switch {
	case t.next < t.req.Options.Suggestions:
		l.begin(t.next)
		t.next++
	case len(t.lanes) > 1:
		w.close(l)
	default:
		if l.said.shown || last.Why == infer.WhyFiltered {
			w.lookFurther(l)
		}
		w.leave(t, nil)
	}
}

// branch lets a task's next suggestion be decoded beside the one that has just begun, where there is room and nobody waits
// for it: on a row of its own, to which the prompt is copied. Otherwise they follow one another on one row.
func (w *worker) branch(l *lane) {
	t := l.t
	if t.next >= t.req.Options.Suggestions || len(w.running) >= w.lanes() || len(w.waiting) > 0 {
		return
	}
	row, n := w.rows.spare(), len(t.prompt.ids)
	placed, err := w.occupy(row, l.row, t)
	if err == nil && placed {
		err = w.copy(l.row, row, n)
	}
	if err != nil {
		w.failed([]*task{t}, err)
		return
	}
	if !placed {
		return
	}
	next := newLane(t, row, t.next, w.fedAtLeast())
	w.start(next)
	row.document, row.used = "", 0 // nothing in it that the first row does not have
	w.advance(next, 1)             // the prompt's logits are the first lane's
}
