package ort

import "time"

// longPatience is how long an owner, with one long prompt or with one after the other, is passed by short ones: then it is its turn.
const longPatience = time.Second

// patience is since when an owner waits for a row. Each key is a new task, that overtakes the one before it, so no task tells.
type patience struct {
	since time.Time
	seen  time.Time // its newest task, or row
}

// arrives takes note of a task without a row.
func (w *worker) arrives(t *task) {
	last := w.patience[t.owner()]
	if t.created.Sub(last.seen) > longPatience {
		last.since = t.created // its owner was away
	}
	w.renew(t.owner(), patience{since: last.since, seen: t.created})
}

// renew sets an owner's patience, of at most maxOwners.
func (w *worker) renew(owner string, p patience) {
	if _, known := w.patience[owner]; !known && len(w.patience) >= maxOwners {
		clear(w.patience) // theirs begins anew
	}
	w.patience[owner] = p
}

// long is how many tokens of a long prompt are to be fed; 0 for any other, and for one whose owner has waited for long.
func (w *worker) long(t *task, now time.Time) int {
	if last, known := w.patience[t.owner()]; known && now.Sub(last.since) > longPatience {
		return 0
	}
	return t.long()
}
