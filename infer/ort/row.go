package ort

import (
	"errors"
	"time"
)

// row is one place in the KV cache.
type row struct {
	index    int
	tokens   []int32   // those whose keys and values stand in the cache
	memory   memo      // logits after some of them
	lane     *lane     // who computes on it; nil: nobody
	document string    // the last document that used it
	tenant   string    // whose tokens these are: no other tenant's prompt may be told from them in time
	used     uint64    // when: counts up
	touched  int       // tokens that it has, or was promised, memory for
	left     time.Time // when a lane left it, or tokens were decoded ahead in it
	secret   bool      // what it holds may not be kept beyond its request: nobody but its document finds it, and that only for a moment
}

// Limits of reuse.
const (
	worthTaking  = 16 // common tokens from which a row of another document is worth taking
	worthCopying = 64 // and from which its cache is copied, where a better row to overwrite is free
	worthKeeping = 64 // tokens that another place of a document holds besides, from which it keeps its row
)

// pageTokens is how many tokens of one head share a page of memory, of 4,096 bytes, with heads of 64 floats.
const pageTokens = 16

// rows are all of them; they belong to the worker.
type rows struct {
	all        []*row
	clock      uint64
	context    int // tokens of a whole row
	tokenBytes int64
	limit      int64 // of the memory that all rows have
	release    func(index int) error
}

func newRows(n, context int) *rows {
	r := &rows{context: context}
	for i := range n {
		r.all = append(r.all, &row{index: i, tokens: make([]int32, 0, context)})
	}
	return r
}

// take finds the row in which most of a tenant's prompt stands already. It returns the row and another one from whose cache
// the prompt's beginning should be copied first, nil where there is none. Both are nil when all are busy. What another tenant
// left in the row is forgotten.
func (r *rows) take(prompt []int32, document, tenant string) (mine, source *row) {
	common := func(row *row) int {
		if row.hidden(document, tenant) {
			return 0
		}
		return common(row.tokens, prompt)
	}
	var own, oldest, free, any *row
	bestFree, bestAny := -1, -1
	for _, row := range r.all {
		n := common(row)
		if n > bestAny {
			bestAny, any = n, row
		}
		if row.lane != nil {
			continue
		}
		if n > bestFree {
			bestFree, free = n, row
		}
		if row.document == document && row.tenant == tenant && (own == nil || row.used > own.used) {
			own = row
		}
		if oldest == nil || row.used < oldest.used {
			oldest = row
		}
	}
	switch {
	case oldest == nil:
		return nil, nil
	case own != nil && common(own)+worthCopying >= bestFree:
		mine = r.beside(own, oldest, len(prompt), common(own))
	case free.document == document || bestFree >= worthTaking && free == oldest:
		mine = free
	default:
		mine = oldest
	}
	if bestAny >= common(mine)+worthCopying {
		source = any
	}
	if mine.hidden(document, tenant) {
		mine.rewind(0)
	}
	mine.tenant = tenant
	return mine, source
}

// hidden reports whether a document's prompt may not be told from what the row holds.
func (r *row) hidden(document, tenant string) bool {
	return r.tenant != tenant || r.secret && r.document != document
}

// beside returns the row for a prompt that has some tokens in common with a document's last one. Where that holds many more,
// it is of another place, to which the typist may go back: then an empty row is taken, while there is memory, or the
// document's row that was used longest ago.
func (r *rows) beside(own, empty *row, prompt, common int) *row {
	if len(own.tokens)-common < worthKeeping || prompt-common < worthKeeping {
		return own
	}
	if empty.touched == 0 && (r.limit == 0 || r.bytes()+int64(prompt)*r.tokenBytes <= r.limit) {
		return empty
	}
	for _, row := range r.all {
		if row.lane == nil && row.document == own.document && row.tenant == own.tenant && row.used < own.used {
			own = row
		}
	}
	return own
}

// best is how many tokens of a tenant's prompt stand in the row that has most of them.
func (r *rows) best(prompt []int32, document, tenant string) (n int) {
	for _, row := range r.all {
		if !row.hidden(document, tenant) {
			n = max(n, common(row.tokens, prompt))
		}
	}
	return n
}

// spare is the free row that was used longest ago, nil where all are busy.
func (r *rows) spare() *row {
	var oldest *row
	for _, row := range r.all {
		if row.lane == nil && (oldest == nil || row.used < oldest.used) {
			oldest = row
		}
	}
	return oldest
}

// give hands a row to a lane. A row that held a secret does so until it is empty.
func (r *rows) give(mine *row, l *lane, document string, secret bool) {
	r.clock++
	mine.lane, mine.document, mine.used = l, document, r.clock
	mine.secret = secret || mine.secret && len(mine.tokens) > 0
}

// expire gives back the memory of rows that nobody used for so long, and returns after how long the next one is due; 0 where
// none is.
func (r *rows) expire(now time.Time, keep time.Duration) (next time.Duration, err error) {
	for _, row := range r.all {
		if row.lane != nil || row.touched == 0 {
			continue
		}
		due := keep
		if row.secret {
			due = min(due, secretKeep)
		}
		if due -= now.Sub(row.left); due <= 0 {
			err = errors.Join(err, r.empty(row))
		} else if next == 0 || due < next {
			next = due
		}
	}
	return next, err
}

// promise makes room for some tokens in a row, at the cost of free rows, those used longest ago first; source is spared.
// It reports false, and changes nothing of mine, where the memory is not enough.
func (r *rows) promise(mine, source *row, tokens int) (bool, error) {
	tokens = r.paged(tokens)
	more := int64(max(tokens-mine.touched, 0)) * r.tokenBytes
	for r.bytes()+more > r.limit && r.limit > 0 {
		var oldest *row
		for _, other := range r.all {
			if other != mine && other != source && other.lane == nil && other.touched > 0 && (oldest == nil || other.used < oldest.used) {
				oldest = other
			}
		}
		if oldest == nil {
			return false, nil
		}
		if err := r.empty(oldest); err != nil {
			return false, err
		}
	}
	mine.touched = max(mine.touched, tokens)
	return true, nil
}

// spared makes room for some tokens in a row where no other has to give way, and reports whether it did.
func (r *rows) spared(mine *row, tokens int) bool {
	tokens = r.paged(tokens)
	if more := max(tokens-mine.touched, 0); r.limit > 0 && r.bytes()+int64(more)*r.tokenBytes > r.limit {
		return false
	}
	mine.touched = max(mine.touched, tokens)
	return true
}

// paged rounds tokens up to whole pages, but to no more than a row has: the limit holds at least one whole row.
func (r *rows) paged(tokens int) int {
	return min((tokens+pageTokens-1)/pageTokens*pageTokens, r.context)
}

// empty gives a row's memory back.
func (r *rows) empty(victim *row) error {
	victim.rewind(0)
	victim.touched, victim.document, victim.used, victim.secret, victim.memory = 0, "", 0, false, memo{}
	if r.release == nil {
		return nil
	}
	return r.release(victim.index)
}

// bytes is the memory that all rows have, or were promised.
func (r *rows) bytes() (n int64) {
	for _, row := range r.all {
		n += int64(row.touched) * r.tokenBytes
	}
	return n
}

func (r *rows) busy() (n int) {
	for _, row := range r.all {
		if row.lane != nil {
			n++
		}
	}
	return n
}

// rewind forgets all but the first n tokens.
func (r *row) rewind(n int) {
	r.tokens = r.tokens[:min(n, len(r.tokens))]
	r.memory.forgetAfter(len(r.tokens))
}

// common is how many tokens two sequences begin with alike.
func common(a, b []int32) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}
