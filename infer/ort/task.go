package ort

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"sync/atomic"
	"time"

	"inkling/infer"
	"inkling/infer/tokenizer"
)

// tokenTime is about how long feeding one token of a prompt takes; only ratios to waiting times matter.
const tokenTime = time.Millisecond

// task is a request in flight. Its exported life (out, err) belongs to whoever calls Generate, the rest to the worker.
type task struct {
	req      infer.Request
	prompt   prompt
	out      chan infer.Delta // closed at the end; has room for all deltas
	err      error            // set before out is closed
	created  time.Time
	sequence uint64 // order of arrival

	cancelledAt atomic.Int64 // nanoseconds of the clock, 0 while somebody waits
	freedAt     atomic.Int64 // when no run had to do with it any more

	rest      int     // tokens of the prompt that stood in no row when it came
	lanes     []*lane // its suggestions that are being decoded
	next      int     // index of the next suggestion
	started   time.Time
	early     bool // it began while it was held back, from logits that were kept: see worker.waits
	reused    int
	computed  int
	prefilled time.Time
	saidBytes [][]byte // what each suggestion said so far, healing included, so that greedy ones differ
}

func newTask(req infer.Request, p prompt, sequence uint64) *task {
	// Each token makes a delta at the most; a flush and the end make two more.
	room := req.Options.Suggestions * (req.Options.MaxTokens + 3)
	return &task{req: req, prompt: p, out: make(chan infer.Delta, room), created: time.Now(), sequence: sequence,
		saidBytes: make([][]byte, req.Options.Suggestions)}
}

// said lists the tokens with which a suggestion could say again what an earlier one of its request said: those that its
// text begins with, and those that begin with its text, and the end where it said nothing; sorted, each once. Where no other is
// allowed, it lists none.
func (t *task) said(index int, tok *tokenizer.Tokenizer, ends, allowed []int32) (banned []int32) {
	for i, text := range t.saidBytes {
		switch {
		case len(text) == 0 && i < index:
			banned = append(banned, ends...)
		case len(text) > 0 && !slices.ContainsFunc(t.saidBytes[:i], func(other []byte) bool { return bytes.Equal(other, text) }):
			banned = append(banned, tok.Healing(text[:min(len(text), maxHealBytes)])...)
		}
	}
	// A text of one blank begins most of a vocabulary, so that each is looked up, and not looked for.
	slices.Sort(banned)
	banned = slices.Compact(banned)
	if allowed != nil && !slices.ContainsFunc(allowed, func(id int32) bool { _, found := slices.BinarySearch(banned, id); return !found }) {
		return nil
	}
	return banned
}

// held says whether a task is held back: an automatic one, until that long after it came.
func (t *task) held(now time.Time, long time.Duration) bool {
	return t.req.Priority == infer.PriorityAutomatic && now.Sub(t.created) < long
}

// share is what an owner has had of the engine.
type share struct {
	running int    // suggestions with a row
	served  uint64 // when its last task was given a row: counts up; 0: never, or long ago
}

// longPrompt is how many tokens make a prompt long: more than a few steps' worth.
const longPrompt = 2 * chunkTokens

// long is how many tokens of a long prompt are to be fed; 0 for any other.
func (t *task) long() int {
	if t.rest <= longPrompt {
		return 0
	}
	return t.rest
}

// before says who gets a row first: priority, then whose owner has least running, then long prompts by what is left of them,
// since it is better to have one of them ready than all half ready, unless they waited for long, then whose owner was served longest
// ago, then arrival. So one who asks for much waits behind himself, not others behind him.
func (t *task) before(other *task, shares map[string]share, long func(*task) int) bool {
	a, b := shares[t.owner()], shares[other.owner()]
	return cmp.Or(
		cmp.Compare(t.req.Priority, other.req.Priority),
		cmp.Compare(a.running, b.running),
		cmp.Compare(long(t), long(other)),
		cmp.Compare(a.served, b.served),
		cmp.Compare(t.sequence, other.sequence),
	) < 0
}

// due is when the rest of the prompt would be there if it had been fed alone from its arrival on. Feeding what is due
// first lets one typed character pass a long new prompt, and lets nobody wait for ever.
func (l *lane) due() time.Time {
	return l.t.created.Add(time.Duration(len(l.ids)-l.fed) * tokenTime)
}

// speculative reports whether nobody waits for the task.
func (t *task) speculative() bool { return t.req.Priority >= infer.PrioritySpeculative }

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

// usage is what a suggestion cost. The prompt was computed for the first.
func (t *task) usage(s *suggestion) *infer.Usage {
	u := &infer.Usage{
		PromptTokens: len(t.prompt.ids), ReusedTokens: len(t.prompt.ids),
		CompletionTokens: s.tokens, TotalMs: milliseconds(time.Since(t.created)),
	}
	if s.index == 0 {
		u.ReusedTokens, u.ComputedTokens = t.reused, t.computed
	}
	if !t.started.IsZero() {
		u.QueueMs = milliseconds(t.started.Sub(t.created))
	}
	if !t.prefilled.IsZero() {
		u.PrefillMs = milliseconds(t.prefilled.Sub(t.started))
	}
	if !s.firstAt.IsZero() {
		u.FirstTokenMs = milliseconds(s.firstAt.Sub(t.created))
	}
	return u
}

func milliseconds(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e6 }

// stopped says whether nobody waits for the task any more.
func (t *task) stopped() bool { return t.cancelledAt.Load() != 0 }

// stop marks the task as one that nobody waits for any more; it says whether this call was the first.
func (t *task) stop(now time.Time) bool { return t.cancelledAt.CompareAndSwap(0, now.UnixNano()) }

// free marks the task as one that no run has to do with any more.
func (t *task) free(now time.Time) { t.freedAt.CompareAndSwap(0, now.UnixNano()) }

// finish closes the task's channel; err is what its caller is told, nil at a proper end.
func (t *task) finish(err error) {
	t.err = err
	close(t.out)
}

// cancelError is what a cancelled task ends with.
var cancelError = context.Canceled
