package cache

import (
	"context"
	"strings"
	"sync"
	"time"

	"inkling/infer"
)

// flight is one generation under way. Its goroutine belongs to the Cache.
type flight struct {
	id       flightID
	req      infer.Request // of who asked first
	cancel   context.CancelCauseFunc
	lookedUp bool // in Redis already

	mu      sync.Mutex // guards what follows; taken by the engine's goroutine in Feed
	runs    []run
	parties []*party // who still waits
	left    bool     // all parties have gone: what comes is kept by nobody
	again   bool     // Redis has it: the parties look once more
	over    bool
	err     error
}

// flightID says which requests are equal.
type flightID struct {
	key  key
	head string
	n    int // suggestions
}

// run is one suggestion of a flight so far.
type run struct {
	pieces    []infer.Piece
	unsent    int              // pieces that no delta has come for yet
	stop      infer.StopReason // set once it has ended
	delivered bool             // the end was sent on
	prompt    int              // tokens of the prompt, as the engine says at the end
}

// newFlight begins with its first party.
func newFlight(id flightID, req infer.Request, lookedUp bool) *flight {
	return &flight{id: id, req: req, lookedUp: lookedUp, runs: make([]run, id.n)}
}

// join adds a party, which is told at once what was released so far. It fails where the flight is over, or has ended a
// suggestion that the party's finisher wants more of.
func (f *flight) join(req infer.Request) *party {
	p := newParty(f, req, f.id.n)
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.over || f.left {
		return nil
	}
	for i := range f.runs {
		r := &f.runs[i]
		for _, piece := range r.pieces {
			if p.feed(i, piece); p.done[i] {
				break
			}
		}
		if r.stop != "" && !p.done[i] {
			if r.stop == infer.StopFinished {
				return nil
			}
			p.flush(i, r.stop)
		}
		if r.unsent == 0 && (r.stop == "" || r.delivered) {
			p.send(i, nil)
		}
	}
	f.parties = append(f.parties, p)
	return p
}

// leave takes a party out, and cancels the flight where it was the last one.
func (f *flight) leave(p *party) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, q := range f.parties {
		if p == q {
			f.parties = append(f.parties[:i:i], f.parties[i+1:]...)
		}
	}
	if len(f.parties) == 0 && !f.over && !f.complete() {
		f.left = true
		f.cancel(context.Canceled)
	}
}

// fly asks the generator, and hands on what comes. keep is called once, before the end of the last suggestion is handed on,
// where everything came to its end: who has an answer finds it in the cache.
func (f *flight) fly(ctx context.Context, inner infer.Generator, keep func(entry)) error {
	req := f.req
	req.NewFinisher = func(i int) infer.Finisher { return &relay{f, i} }
	for d, err := range inner.Generate(ctx, req) {
		if err != nil {
			return err
		}
		if d.Suggestion < 0 || d.Suggestion >= len(f.runs) {
			continue
		}
		if e, whole := f.take(d); whole {
			keep(e)
		}
		f.deliver(d)
	}
	return nil
}

// take notes what a delta says of its suggestion. It returns what is to be kept, once that was the last one's end.
func (f *flight) take(d infer.Delta) (e entry, whole bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	r := &f.runs[d.Suggestion]
	r.unsent = 0
	if d.Stop == "" {
		return e, false
	}
	r.delivered = true
	if d.Usage != nil {
		r.prompt = d.Usage.PromptTokens
	}
	if f.left || !f.complete() {
		return e, false
	}
	return f.entry()
}

// deliver sends on what the finishers said to what a delta carries: only then is it charged for.
func (f *flight) deliver(d infer.Delta) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, p := range f.parties {
		p.send(d.Suggestion, d.Usage)
	}
}

// complete says whether all suggestions have ended. The mutex must be held.
func (f *flight) complete() bool {
	for i := range f.runs {
		if !f.runs[i].delivered {
			return false
		}
	}
	return true
}

// entry is what is kept of a flight that is complete. The mutex must be held.
func (f *flight) entry() (entry, bool) {
	e := entry{at: time.Now().Unix(), head: strings.Clone(f.id.head)} // a piece of the document
	for _, r := range f.runs {
		if !kept(r.stop) {
			return entry{}, false
		}
		e.said = append(e.said, said{pieces: r.pieces, stop: r.stop})
		e.promptTokens = max(e.promptTokens, r.prompt)
	}
	return e, true
}

// kept says whether a suggestion that ended so came to its end.
func kept(stop infer.StopReason) bool {
	for _, s := range stops {
		if s == stop {
			return true
		}
	}
	return false
}

// end tells the parties that nothing more comes.
func (f *flight) end(err error, again bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.over, f.err, f.again = true, err, again
	for _, p := range f.parties {
		p.wakeUp()
	}
}

// relay is the finisher that the generator sees: it asks those of all parties, and goes on while one of them does.
type relay struct {
	f *flight
	i int
}

// Feed implements [infer.Finisher].
func (r *relay) Feed(piece infer.Piece) infer.Verdict {
	return r.each(infer.StopFinished, func(s *run) { s.pieces = append(s.pieces, piece); s.unsent++ },
		func(p *party) infer.Verdict { return p.feed(r.i, piece) })
}

// Flush implements [infer.Finisher].
func (r *relay) Flush(reason infer.StopReason) infer.Verdict {
	return r.each(reason, func(*run) {}, func(p *party) infer.Verdict { return p.flush(r.i, reason) })
}

// each asks all parties that have not ended. What the first of them releases is what the generator is told.
func (r *relay) each(reason infer.StopReason, note func(*run), ask func(*party) infer.Verdict) infer.Verdict {
	r.f.mu.Lock()
	defer r.f.mu.Unlock()
	s := &r.f.runs[r.i]
	note(s)
	all := infer.Verdict{Done: true, Stop: reason}
	asked := false
	for _, p := range r.f.parties {
		if p.done[r.i] {
			continue
		}
		v := ask(p)
		if !asked {
			asked, all.Release, all.LogProb, all.Why = true, v.Release, v.LogProb, v.Why
		}
		all.Done = all.Done && v.Done
	}
	if all.Done {
		s.stop = reason
	} else {
		all.Stop, all.Why = "", ""
	}
	return all
}
