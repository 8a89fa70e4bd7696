package ort

import (
	"context"
	"fmt"
	"iter"
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
	wake    chan struct{} // capacity 1: there may be something to do
	done    chan struct{} // closed when the worker has ended

	mu         sync.Mutex
	inbox      []*task // submitted, not yet seen by the worker
	waiting    int     // tasks without a row, the inbox included
	stepping   []*task // those in the running step
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
	lm, err := open(c)
	if err != nil {
		return nil, err
	}
	return start(c, tok, lm), nil
}

// start runs a model that is loaded.
func start(c Config, tok *tokenizer.Tokenizer, lm lm) *Engine {
	e := &Engine{c: c, tok: tok, lm: lm, prompts: newPrompts(tok, c.Model.BeginToken, c.ContextTokens),
		wake: make(chan struct{}, 1), done: make(chan struct{})}
	go newWorker(e).run()
	return e
}

// Close ends what runs, with [infer.ErrClosed], and frees the model.
func (e *Engine) Close() error {
	e.mu.Lock()
	closed := e.closed
	e.closed = true
	if !closed && !e.terminated && len(e.stepping) > 0 {
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
	req.Options.Suggestions = orDefault(req.Options.Suggestions, 1)
	req.Options.MaxTokens = min(orDefault(req.Options.MaxTokens, e.c.MaxTokens), e.c.ContextTokens-minContext/2)
	prompt := e.prompts.render(req)
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return nil, infer.ErrClosed
	}
	if e.waiting >= e.c.Queue {
		after := time.Duration(e.taskMs*float64(e.waiting)/float64(e.c.Rows)) * time.Millisecond
		return nil, &infer.RetryError{Err: fmt.Errorf("%w: %d wait", infer.ErrOverloaded, e.waiting), After: max(after, 50*time.Millisecond)}
	}
	e.sequence++
	t := newTask(req, prompt, e.sequence)
	e.inbox, e.waiting = append(e.inbox, t), e.waiting+1
	e.rouse()
	return t, nil
}

// cancel lets go of a task: in the queue, before its next chunk or token, and inside a run whose tasks are all cancelled.
func (e *Engine) cancel(t *task) {
	if !t.stop(time.Now()) {
		return
	}
	e.mu.Lock()
	if !e.terminated && len(e.stepping) > 0 && allStopped(e.stepping) {
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
