package tokenizer

import "container/heap"

// mergeLong does what mergeShort does for long words, in n log n steps: neighbours are linked, and candidate merges wait
// in a heap, ordered by rank and then by place.
func (t *Tokenizer) mergeLong(ids []int32) []int32 {
	l := &links{ids: ids, next: make([]int, len(ids)), before: make([]int, len(ids)), merges: t.merges}
	for i := range ids {
		l.next[i], l.before[i] = i+1, i-1
	}
	for i := range len(ids) - 1 {
		l.offer(i)
	}
	for len(l.waiting) > 0 {
		l.join(heap.Pop(&l.waiting).(candidate))
	}
	out := ids[:0:0]
	for i := 0; i < len(ids); i = l.next[i] {
		out = append(out, ids[i])
	}
	return out
}

// links is a word being merged; a token that was merged into its left neighbour has id -1.
type links struct {
	ids          []int32
	next, before []int
	merges       map[pair]merge
	waiting      candidates
}

// candidate is a merge of the token at a place with its right neighbour, as both were when it was found.
type candidate struct {
	merge
	at   int
	pair pair
}

func (l *links) offer(at int) {
	if at < 0 || l.next[at] >= len(l.ids) {
		return
	}
	p := pair{l.ids[at], l.ids[l.next[at]]}
	if m, ok := l.merges[p]; ok {
		heap.Push(&l.waiting, candidate{m, at, p})
	}
}

func (l *links) join(c candidate) {
	right := l.next[c.at]
	if right >= len(l.ids) || l.ids[c.at] != c.pair.left || l.ids[right] != c.pair.right {
		return // one of both was merged in the meantime
	}
	l.ids[c.at], l.ids[right] = c.id, -1
	l.next[c.at] = l.next[right]
	if l.next[right] < len(l.ids) {
		l.before[l.next[right]] = c.at
	}
	l.offer(l.before[c.at])
	l.offer(c.at)
}

type candidates []candidate

func (c candidates) Len() int { return len(c) }
func (c candidates) Less(i, j int) bool {
	return c[i].rank < c[j].rank || c[i].rank == c[j].rank && c[i].at < c[j].at
}
func (c candidates) Swap(i, j int) { c[i], c[j] = c[j], c[i] }
func (c *candidates) Push(x any)   { *c = append(*c, x.(candidate)) }
func (c *candidates) Pop() any {
	last := (*c)[len(*c)-1]
	*c = (*c)[:len(*c)-1]
	return last
}
