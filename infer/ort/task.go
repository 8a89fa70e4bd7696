package ort

import (
	"context"
	"sync/atomic"
	"time"

	"inkling/infer"
)

// task is a request in flight. Its exported life (out, err) belongs to whoever calls Generate, the rest to the worker.
type task struct {
	req      infer.Request
	prompt   prompt
	out      chan infer.Delta // closed at the end; has room for all deltas
	err      error            // set before out is closed
	created  time.Time
	sequence uint64 // order of arrival

	cancelled   atomic.Bool
	cancelledAt atomic.Int64 // nanoseconds, to measure how long the row was still held

	row       *row
	started   time.Time // when a row was taken
	reused    int
	computed  int
	prefilled time.Time
	atPrompt  []float32 // logits after the prompt, kept for the suggestions after the first
	firstIDs  []int32   // first tokens of the suggestions so far, so that greedy ones differ
	current   *suggestion
	next      int // index of the next suggestion
	pending   int32
	hasToken  bool // pending was picked and not yet fed
}

func newTask(req infer.Request, p prompt, sequence uint64) *task {
	// Each token makes a delta at the most; a flush and the end make two more.
	room := req.Options.Suggestions * (req.Options.MaxTokens + 3)
	return &task{req: req, prompt: p, out: make(chan infer.Delta, room), created: time.Now(), sequence: sequence}
}

// before says who goes first: priority, then who has least running, then arrival.
func (t *task) before(other *task, running map[string]int) bool {
	if t.req.Priority != other.req.Priority {
		return t.req.Priority < other.req.Priority
	}
	if a, b := running[t.owner()], running[other.owner()]; a != b {
		return a < b
	}
	return t.sequence < other.sequence
}

// owner is whom fairness is between: a user, or the session of an anonymous one.
func (t *task) owner() string {
	if t.req.Caller.User != "" {
		return "user " + t.req.Caller.User
	}
	return "session " + t.req.Document.Session
}

// document names what the task's row belongs to.
func (t *task) document() string { return documentKey(t.req.Document) }

func documentKey(d infer.DocumentRef) string { return d.Session + "\x00" + d.URI }

func (t *task) usage() *infer.Usage {
	u := &infer.Usage{
		PromptTokens: len(t.prompt.ids), ReusedTokens: t.reused, ComputedTokens: t.computed,
		CompletionTokens: t.current.tokens, TotalMs: milliseconds(time.Since(t.created)),
	}
	if !t.started.IsZero() {
		u.QueueMs = milliseconds(t.started.Sub(t.created))
	}
	if !t.prefilled.IsZero() {
		u.PrefillMs = milliseconds(t.prefilled.Sub(t.started))
	}
	if !t.current.firstAt.IsZero() {
		u.FirstTokenMs = milliseconds(t.current.firstAt.Sub(t.created))
	}
	return u
}

func milliseconds(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e6 }

// stopped says whether nobody waits for the task any more.
func (t *task) stopped() bool { return t.cancelled.Load() }

// finish closes the task's channel; err is what its caller is told, nil at a proper end.
func (t *task) finish(err error) {
	t.err = err
	close(t.out)
}

// cancelError is what a cancelled task ends with.
var cancelError = context.Canceled
