package ort

import (
	"slices"
	"time"

	"inkling/infer"
	"inkling/infer/sampler"
)

// Limits of decoding ahead.
const (
	aheadTokens  = keptLogits - 2 // after a suggestion that was shown, so that its own last logits are kept too
	hiddenTokens = keptLogits / 2 // after one that was hidden: all that it said may be typed
	maxAheads    = 16             // suggestions after which tokens are still to be decoded

	// aheadPause is for how long there must be nothing to do before anything is decoded ahead: who types as fast as answers
	// come does not wait, while the next key is read, for cores that compute what it will end.
	aheadPause = 10 * time.Millisecond
)

// ahead is what follows a suggestion: while nobody asks for anything, it is decoded, so that after an acceptance the next
// suggestion is there at once, and so is one that was hidden when the user types what it says. Nobody waits for it, it
// holds no row, and any request ends its step.
type ahead struct {
	row  *row
	ids  []int32
	left int // tokens
}

// lookFurther lets what follows a lane's suggestion be decoded ahead, where a session shows it.
func (w *worker) lookFurther(l *lane) {
	if l.t.speculative() || l.t.req.Document.Session == "" || l.t.req.Options.Suggestions > 1 || len(l.ids)+aheadTokens+1 >= w.e.c.ContextTokens {
		return
	}
	w.ahead = slices.DeleteFunc(w.ahead, func(a *ahead) bool { return a.row == l.row })
	if len(w.ahead) >= maxAheads {
		w.ahead = w.ahead[1:]
	}
	left := aheadTokens
	if !l.said.shown {
		left = hiddenTokens
	}
	w.ahead = append(w.ahead, &ahead{row: l.row, ids: slices.Clone(l.ids), left: left})
}

// lookAhead decodes one token ahead, after the latest suggestion first. It reports false where there is nothing to do, or
// not yet: then wait is for how long it is not.
func (w *worker) lookAhead() (done bool, wait time.Duration) {
	if len(w.ahead) == 0 {
		return false, 0
	}
	if wait = aheadPause - time.Since(w.used); wait > 0 {
		return false, wait
	}
	for len(w.ahead) > 0 {
		a := w.ahead[len(w.ahead)-1]
		if w.further(a) {
			return true, 0
		}
		w.ahead = slices.DeleteFunc(w.ahead, func(other *ahead) bool { return other == a })
	}
	return false, 0
}

// further decodes one token after a suggestion. It reports false where that is at an end: the row went to another, the
// text ended, or enough was decoded.
func (w *worker) further(a *ahead) bool {
	n := len(a.ids)
	stand := common(a.row.tokens, a.ids)
	if a.row.lane != nil || stand < n-1 {
		return false
	}
	if placed, err := w.rows.promise(a.row, nil, n+1); err != nil || !placed {
		return false
	}
	logits := a.row.memory.after(n)
	if logits == nil || stand < n {
		if a.left == 0 {
			return false
		}
		a.left--
		all, ok := w.compute(nil, []segment{{row: a.row.index, past: n - 1, ids: a.ids[n-1:], want: true}}, a)
		if !ok {
			return true // somebody asks for something, or the model is new: then there is nothing in the row
		}
		a.row.rewind(n - 1)
		a.row.left = time.Now()
		a.row.tokens = append(a.row.tokens, a.ids[n-1])
		logits = all[0]
		a.row.memory.keep(n, logits, false)
		w.e.stats.update(func(s *infer.EngineStats) { s.AheadTokens++ })
	}
	if sampler.Check(logits) != nil {
		return false // whoever asks for it is told
	}
	best := int32(0)
	for id, v := range logits {
		if v > logits[best] {
			best = int32(id)
		}
	}
	a.ids = append(a.ids, best)
	return !w.ends(best)
}
