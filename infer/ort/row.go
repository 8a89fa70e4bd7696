package ort

// row is one place in the KV cache.
type row struct {
	index    int
	tokens   []int32 // those whose keys and values stand in the cache
	busy     bool
	document string // the last document that used it
	used     uint64 // when: counts up
}

// Limits of reuse.
const (
	worthTaking  = 16 // common tokens from which a row of another document is worth taking
	worthCopying = 64 // and from which its cache is copied, where a better row to overwrite is free
)

// rows are all of them; they belong to the worker.
type rows struct {
	all   []*row
	clock uint64
}

func newRows(n, context int) *rows {
	r := &rows{}
	for i := range n {
		r.all = append(r.all, &row{index: i, tokens: make([]int32, 0, context)})
	}
	return r
}

// take finds the row in which most of a prompt stands already. It returns the row, marked busy, and another row from
// whose cache the prompt's beginning should be copied first, nil where there is none. Both are nil when all are busy.
func (r *rows) take(prompt []int32, document string) (mine, source *row) {
	var own, oldest *row
	bestFree, bestAny := -1, -1
	var free, any *row
	for _, row := range r.all {
		n := common(row.tokens, prompt)
		if n > bestAny {
			bestAny, any = n, row
		}
		if row.busy {
			continue
		}
		if n > bestFree {
			bestFree, free = n, row
		}
		if row.document == document && (own == nil || row.used > own.used) {
			own = row
		}
		if oldest == nil || row.used < oldest.used {
			oldest = row
		}
	}
	switch {
	case oldest == nil:
		return nil, nil
	case own != nil && common(own.tokens, prompt)+worthCopying >= bestFree:
		mine = own
	case free.document == document || bestFree >= worthTaking && free == oldest:
		mine = free
	default:
		mine = oldest
	}
	if bestAny >= common(mine.tokens, prompt)+worthCopying {
		source = any
	}
	r.clock++
	mine.busy, mine.document, mine.used = true, document, r.clock
	return mine, source
}

func (r *rows) busy() int {
	n := 0
	for _, row := range r.all {
		if row.busy {
			n++
		}
	}
	return n
}

// rewind forgets all but the first n tokens.
func (r *row) rewind(n int) { r.tokens = r.tokens[:min(n, len(r.tokens))] }

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
