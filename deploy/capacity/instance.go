package main

import "time"

// request is one key's wish for a suggestion.
type request struct {
	typist  *typist
	at      time.Duration // of the key
	prompt  *prompt
	decoded int
	gate    int // tokens until it is known whether there is something to show
	want    int // tokens to decode
	started bool
	over    bool // answered, or a newer key has come
	counted bool // its first answer has been seen
}

// prompt is what a typist's place has in an instance's cache: a newer request goes on from there.
type prompt struct{ left int } // tokens that are left to compute

// instance is one server's engine: a queue, rows, and runs of the model one after the other.
type instance struct {
	costs    Costs
	queue    []*request
	rows     []*request
	busy     time.Duration // of runs
	running  bool
	until    time.Duration // when the run under way ends
	turn     int           // counts runs
	gone     bool
	sessions int
	inRun    []*request // that decode in the run that is under way
	parts    []part     // of prompts that are computed in it
}

// part is a stretch of a request's prompt in one run.
type part struct {
	of     *request
	tokens int
}

// take drops what is over, fills rows from the queue, and begins a run; it returns how long that takes, or 0 where there is
// nothing to do.
func (i *instance) take() time.Duration {
	i.rows = living(i.rows)
	i.queue = living(i.queue)
	for len(i.rows) < i.costs.Rows && len(i.queue) > 0 {
		r := i.queue[0]
		i.queue = i.queue[1:]
		r.started = true
		i.rows = append(i.rows, r)
	}
	i.inRun, i.parts = i.inRun[:0], i.parts[:0]
	left := i.costs.chunk(i.rows, len(i.queue))
	room := left
	for _, r := range i.rows {
		switch {
		case r.prompt.left == 0:
			i.inRun = append(i.inRun, r)
		case left > 0:
			n := min(r.prompt.left, left)
			left -= n
			i.parts = append(i.parts, part{r, n})
		}
	}
	if len(i.parts) == 0 && len(i.inRun) == 0 {
		i.running = false
		return 0
	}
	i.running = true
	took := i.costs.run(room-left, len(i.inRun))
	i.busy += took
	return took
}

// forNobody says whether a newer key has come for all that the run under way computes.
func (i *instance) forNobody() bool {
	if !i.costs.BreakOff && len(i.parts) > 0 {
		return false
	}
	for _, r := range i.inRun {
		if !r.over {
			return false
		}
	}
	for _, p := range i.parts {
		if !p.of.over {
			return false
		}
	}
	return true
}

// done ends the run: each of its rows has a token more, its parts of prompts are computed. A prompt's last part brings the first token.
func (i *instance) done(answered func(*request)) {
	for _, r := range i.inRun {
		r.decoded++
		answered(r)
	}
	for _, p := range i.parts {
		if p.of.prompt.left -= p.tokens; p.of.prompt.left == 0 {
			p.of.decoded++
			answered(p.of)
		}
	}
}

// living keeps what is not over, in its order.
func living(all []*request) []*request {
	kept := all[:0]
	for _, r := range all {
		if !r.over {
			kept = append(kept, r)
		}
	}
	return kept
}
