// Package scripted is a generator that says what a test tells it to say, when it tells it to.
//
// A [Model] starts a [Run] for each request; the test takes it with [Model.Next] and moves it on. A run feeds the
// request's finishers, as an engine does, and ends at once when its context does.
package scripted

import (
	"context"
	"iter"
	"sync"

	"inkling/contexts"
	"inkling/infer"
)

// Model is a scripted generator. Its zero value waits for a test to take each run; with Answer it needs none.
type Model struct {
	// Answer, where it is set, plays a run by itself: it is called in the run's own goroutine.
	Answer func(r *Run)

	// Busy, where it is set, says that there is something else to do.
	Busy func() bool

	mu      sync.Mutex // guards the fields below
	started []*Run
	wake    chan struct{} // closed when a run has started
	running int
	total   int
}

// Run is a generation.
type Run struct {
	Request infer.Request
	steps   chan step
	ended   chan struct{}

	finishers []infer.Finisher
	done      []bool // by suggestion
	err       error
}

// step moves a run on.
type step struct {
	suggestion int
	piece      infer.Piece
	stop       infer.StopReason // the text ends by itself
	usage      *infer.Usage
	cached     bool
	err        error
	taken      chan struct{} // closed when whoever ranges over the generation has taken in what came of it
}

// Idle implements stream.Ahead.
func (m *Model) Idle() bool { return m.Busy == nil || !m.Busy() }

// Generate implements [infer.Generator].
func (m *Model) Generate(ctx context.Context, req infer.Request) iter.Seq2[infer.Delta, error] {
	return func(yield func(infer.Delta, error) bool) {
		r := &Run{Request: req, steps: make(chan step), ended: make(chan struct{})}
		for i := range max(req.Options.Suggestions, 1) {
			var f infer.Finisher = &infer.ReleaseAll{}
			if req.NewFinisher != nil {
				f = req.NewFinisher(i)
			}
			r.finishers, r.done = append(r.finishers, f), append(r.done, false)
		}
		m.start(r)
		defer m.end(r)
		if m.Answer != nil {
			go m.Answer(r)
		}
		r.play(ctx, yield)
	}
}

// play yields what the steps say until all suggestions have ended.
func (r *Run) play(ctx context.Context, yield func(infer.Delta, error) bool) {
	for !r.over() {
		select {
		case <-ctx.Done():
			r.err = ctx.Err()
			yield(infer.Delta{}, r.err)
			return
		case s := <-r.steps:
			if s.err != nil {
				r.err = s.err
				yield(infer.Delta{}, s.err)
				return
			}
			if !r.done[s.suggestion] && !yield(r.delta(s), nil) {
				r.err = context.Canceled
				return
			}
			close(s.taken)
		}
	}
}

// over reports whether every suggestion has ended.
func (r *Run) over() bool {
	for _, done := range r.done {
		if !done {
			return false
		}
	}
	return true
}

// delta feeds a step to its finisher.
func (r *Run) delta(s step) infer.Delta {
	d := infer.Delta{Suggestion: s.suggestion, Raw: s.piece.Text, RawLogProb: s.piece.LogProb, RawTokens: s.piece.Tokens, Cached: s.cached}
	f := r.finishers[s.suggestion]
	v := infer.Verdict{}
	if s.stop == "" {
		v = f.Feed(s.piece)
	} else {
		v = f.Flush(s.stop)
	}
	d.Text, d.LogProb = v.Release, v.LogProb
	if v.Done {
		r.done[s.suggestion] = true
		d.Stop, d.Why, d.Usage = v.Stop, v.Why, s.usage
	}
	return d
}

// send moves the run on, and reports whether it still ran. It returns when what came of it was taken in, or the run has
// ended by it.
func (r *Run) send(s step) bool {
	s.taken = make(chan struct{})
	select {
	case r.steps <- s:
	case <-r.ended:
		return false
	}
	select {
	case <-s.taken:
	case <-r.ended:
	}
	return true
}

// Say says a piece of a suggestion and reports whether the run still ran. It returns when the piece was taken.
func (r *Run) Say(suggestion int, text string, logProb float64) bool {
	return r.send(step{suggestion: suggestion, piece: infer.Piece{Text: text, LogProb: logProb, Tokens: 1}})
}

// SayCached is Say of text that came from a cache.
func (r *Run) SayCached(suggestion int, text string, logProb float64) bool {
	return r.send(step{suggestion: suggestion, piece: infer.Piece{Text: text, LogProb: logProb, Tokens: 1}, cached: true})
}

// End ends a suggestion.
func (r *Run) End(suggestion int, stop infer.StopReason, usage *infer.Usage) bool {
	return r.send(step{suggestion: suggestion, stop: stop, usage: usage})
}

// Fail ends the run with an error.
func (r *Run) Fail(err error) bool { return r.send(step{err: err}) }

// Ended is closed when the run has ended, for whatever reason.
func (r *Run) Ended() <-chan struct{} { return r.ended }

// Err returns why the run ended; nil after a regular end. It may be called after Ended was closed.
func (r *Run) Err() error { return r.err }

func (m *Model) start(r *Run) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.running++
	m.total++
	if m.Answer != nil {
		return
	}
	m.started = append(m.started, r)
	if m.wake != nil {
		close(m.wake)
		m.wake = nil
	}
}

func (m *Model) end(r *Run) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.running--
	close(r.ended)
}

// Next returns the next run that has not been taken, in the order of their starts. It waits for one until ctx ends,
// and then returns nil.
func (m *Model) Next(ctx context.Context) *Run {
	for {
		m.mu.Lock()
		if len(m.started) > 0 {
			r := m.started[0]
			m.started = m.started[1:]
			m.mu.Unlock()
			return r
		}
		if m.wake == nil {
			m.wake = make(chan struct{})
		}
		wake := m.wake
		m.mu.Unlock()
		select {
		case <-wake:
		case <-ctx.Done():
			return nil
		}
	}
}

// Running returns how many runs there are now.
func (m *Model) Running() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.running
}

// Total returns how many runs there have been.
func (m *Model) Total() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.total
}

// Prompts makes requests whose prompt is the whole document around the cursor, without finishers.
type Prompts struct {
	Err  error                  // returned instead, where it is set
	Look func(p contexts.Place) // called with each place, where it is set
}

// Request makes a request.
func (p *Prompts) Request(place contexts.Place, opts infer.Options) (infer.Request, error) {
	if p.Look != nil {
		p.Look(place)
	}
	if p.Err != nil {
		return infer.Request{}, p.Err
	}
	text := place.Document.Text()
	return infer.Request{Options: opts, Prompt: infer.Prompt{Language: place.Document.Language, Path: place.Document.URI,
		Prefix: text[:place.Offset], Suffix: text[place.Offset:]}}, nil
}
