package ort

// A graph without query_seqlens (the form fp16) does either one row's chunk in a run, or one new token of every row of a
// range. A row of the range that has none to do is fed one all the same, behind its end, where nothing is read.

// lone remembers where rows end, in tokens; nil for other graphs.
type lone []int

// wrote takes in that a row's cache was written up to a length, and what stood behind is worth nothing.
func (l lone) wrote(row, tokens int) {
	if l != nil {
		l[row] = tokens
	}
}

// together is the most tokens that a segment may have to run with others.
func (l lone) together() int {
	if l != nil {
		return 1
	}
	return togetherTokens
}

// room says whether every row between some segments' has room behind its end.
func (l lone) room(segments []segment, which []int, capacity int) bool {
	if l == nil || len(which) < 2 {
		return true
	}
	for row := segments[which[0]].row; row <= segments[which[len(which)-1]].row; row++ {
		if l[row] >= capacity {
			return false
		}
	}
	return true
}

// idle makes a batch's rows do a token behind their ends, until they are given something else to do.
func (l lone) idle(b *batch) {
	if l == nil || b.rows < 2 {
		return
	}
	for at := range b.lengths {
		end := l[b.first+at]
		b.lengths[at], b.total = int32(end), max(b.total, int32(end+1))
	}
}
