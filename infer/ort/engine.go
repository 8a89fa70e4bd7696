package ort

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"sync"
	"time"

	"inkling/infer"
	"inkling/infer/tokenizer"
)

// Engine is a Generator on ONNX Runtime. It is safe for concurrent use; Close it when done.
type Engine struct {
	c       Config
	tok     *tokenizer.Tokenizer
	lm      lm
	prompts *prompts
	stats   stats
	reopen  func() (lm, error) // after the runtime failed; nil: it is used on
	wake    chan struct{}      // capacity 1: there may be something to do
	done    chan struct{}      // closed when the worker has ended

	mu         sync.Mutex
	inbox      []*task // submitted, not yet seen by the worker
	waiting    int     // tasks without a row, the inbox included
	stepping   []*task // those in the running step
	halves     []int   // for each, how much of its prompt stands in a row when half of the step is done
	idle       bool    // the running step is for nobody: see ahead
	feeding    bool    // the running step feeds a prompt that its session's next request goes on from
	busy       bool    // suggestions are being decoded that somebody waits for
	terminated bool    // the running step was told to end
	closed     bool
	sequence   uint64
	taskMs     float64 // how long a task holds a row, averaged over the last ones
}

// New loads a model and starts its worker. Errors name what is missing or out of range.
func New(c Config) (*Engine, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	tok, err := tokenizer.Load(c.Model.Tokenizer)
	if err != nil {
		return nil, err
	}
	m, err := open(c)
	if err != nil {
		return nil, err
	}
	return start(c, tok, m, func() (lm, error) { return open(c) }), nil
}

// start runs a model that is loaded.
func start(c Config, tok *tokenizer.Tokenizer, m lm, reopen func() (lm, error)) *Engine {
	e := &Engine{c: c, tok: tok, lm: m, reopen: reopen, prompts: newPrompts(tok, c.Model.BeginToken, c.ContextTokens),
		wake: make(chan struct{}, 1), done: make(chan struct{})}
	go newWorker(e).run()
	return e
}

// Close ends what runs, with [infer.ErrClosed], and frees the model.
func (e *Engine) Close() error {
	e.mu.Lock()
	closed := e.closed
	e.closed = true
	if !closed && !e.terminated && (len(e.stepping) > 0 || e.idle) {
		e.terminated = true
		e.lm.Terminate()
	}
	e.mu.Unlock()
	if closed {
		<-e.done
		return nil
	}
	e.rouse()
	<-e.done
	return e.lm.Close()
}

// Model describes what the engine generates with.
func (e *Engine) Model() infer.Model {
	return infer.Model{Name: e.c.Model.Name, ContextTokens: e.c.ContextTokens, MaxTokens: e.c.MaxTokens,
		FillInMiddle: e.prompts.layout.FillInMiddle()}
}

// CountTokens implements [infer.TokenCounter].
func (e *Engine) CountTokens(text string) int { return e.tok.CountTokens(text) }

// Generate implements [infer.Generator].
func (e *Engine) Generate(ctx context.Context, req infer.Request) iter.Seq2[infer.Delta, error] {
	return func(yield func(infer.Delta, error) bool) {
		t, err := e.submit(ctx, req)
		if err != nil {
			yield(infer.Delta{}, err)
			return
		}
		defer e.cancel(t)
		for {
			if err := ctx.Err(); err != nil {
				yield(infer.Delta{}, err)
				return
			}
			select {
			case d, more := <-t.out:
				if !more {
					if t.err != nil {
						yield(infer.Delta{}, t.err)
					}
					return
				}
				if !yield(d, nil) {
					return
				}
			case <-ctx.Done():
				yield(infer.Delta{}, ctx.Err())
				return
			}
		}
	}
}

// submit puts a request into the queue.
func (e *Engine) submit(ctx context.Context, req infer.Request) (*task, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := checkOptions(req.Options); err != nil {
		return nil, err
	}
	req.Options.Suggestions = cmp.Or(req.Options.Suggestions, 1)
	req.Options.MaxTokens = min(cmp.Or(req.Options.MaxTokens, e.c.MaxTokens), e.c.ContextTokens-minContext/2)
	prompt := e.prompts.render(req)
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return nil, infer.ErrClosed
	}
	if err := e.overloaded(req); err != nil {
		return nil, err
	}
	e.sequence++
	t := newTask(req, prompt, e.sequence)
	e.inbox, e.waiting = append(e.inbox, t), e.waiting+1
	if !t.speculative() || e.idle && req.Document.Session != "" {
		e.interrupt(t)
	}
	e.rouse()
	return t, nil
}

// hopeless is how long a request for a suggestion that nobody asked for by hand may be expected to wait: the typist is far
// away by then.
const hopeless = 2 * time.Second

// overloaded refuses a request where the queue is full, or so long that the answer would come too late. The mutex must be held.
func (e *Engine) overloaded(req infer.Request) error {
	estimate := time.Duration(e.taskMs * float64(e.waiting) / float64(min(e.c.Lanes, e.c.Rows)) * float64(time.Millisecond))
	ahead := req.Priority >= infer.PrioritySpeculative && req.Document.Session != ""
	switch {
	case ahead && e.occupied(): // what a session will ask for is worth computing now or not at all
	case e.waiting >= e.c.Queue:
	case req.Priority == infer.PriorityInvoked || estimate < hopeless:
		return nil
	}
	return &infer.RetryError{Err: fmt.Errorf("%w: %d wait, for about %v", infer.ErrOverloaded, e.waiting, estimate.Round(time.Millisecond)),
		After: max(estimate, 50*time.Millisecond)}
}

// Idle reports whether nobody waits for anything: what a session will ask for would be computed now.
func (e *Engine) Idle() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return !e.closed && !e.occupied()
}

// occupied reports whether somebody waits for something. The mutex must be held.
func (e *Engine) occupied() bool { return e.busy || e.waiting > 0 }

// interrupt ends a running step that nobody waits for when a task comes, but for one of the same document of whose tokens the task's prompt
// has half. The mutex must be held.
func (e *Engine) interrupt(by *task) {
	if e.terminated || !e.idle && len(e.stepping) == 0 {
		return
	}
	for i, t := range e.stepping {
		switch {
		case t.document() != by.document() && !t.speculative(): // cancelled ones too: the next request of their session goes on from them
			return
		case t.document() == by.document() && (!t.speculative() && !t.stopped() || common(t.prompt.ids, by.prompt.ids) >= e.halves[i]):
			return
		}
	}
	e.terminated = true
	e.lm.Terminate()
}

// cancel lets go of a task: in the queue, before its next chunk or token, and inside a run whose tasks are all cancelled,
// unless that feeds a session's prompt: what is cancelled there was mostly overtaken by a key, and the request after it
// goes on from the tokens of the chunk. Ended, it would leave nothing, and where a chunk takes as long as a key, prompts
// would never be fed.
// Where no run has to do with it, its rows are free from now on: no further run will.
func (e *Engine) cancel(t *task) {
	now := time.Now()
	if !t.stop(now) {
		return
	}
	e.mu.Lock()
	if !slices.Contains(e.stepping, t) {
		t.free(now)
	} else if !e.terminated && !e.feeding && allStopped(e.stepping) {
		e.terminated = true
		e.lm.Terminate()
	}
	e.mu.Unlock()
	e.rouse()
}

func allStopped(tasks []*task) bool {
	for _, t := range tasks {
		if !t.stopped() {
			return false
		}
	}
	return true
}

// rouse tells the worker that there may be something to do.
func (e *Engine) rouse() {
	select {
	case e.wake <- struct{}{}:
	default:
	}
}
