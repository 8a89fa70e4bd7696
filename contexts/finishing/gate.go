package finishing

import "math"

// The gate of requests that nobody asked for by hand. With the default model, of the third of rest-of-line answers
// with the highest product of token probabilities 53 in 100 were right, of all of them 24. The figures below stand
// for about that third until they are measured over real places, as docs/quality.md will tell.
const (
	// GateTokens is the stretch that the gate waits for. Most ends of lines are that short, and at some 6 ms a token
	// it is not noticed.
	GateTokens = 4
	// GateProbability is the least product of the probabilities of the first stretch.
	GateProbability = 0.30
	// LineProbability is the least geometric mean of the probabilities of a further line's tokens: a line below it is
	// the last.
	LineProbability = 0.45
)

// judge opens the gate, or ends the suggestion, once its first stretch is there.
func (f *finisher) judge() {
	if f.sure || !f.done && f.line == 0 && f.tokens < GateTokens {
		return
	}
	if len(f.out) > 0 && f.logProbOf(len(f.out)) < math.Log(GateProbability) {
		f.out, f.done, f.unworthy = f.out[:0], true, true
		return
	}
	f.sure = true
}

// weakLine reports whether the line's tokens were so unsure that no further line is worth it.
func (f *finisher) weakLine() bool {
	if !f.p.gated || f.line == 0 {
		return false
	}
	var from mark
	if f.lineMark > 0 && f.lineMark <= len(f.marks) {
		from = f.marks[f.lineMark-1]
	}
	to := mark{len(f.out), f.logProb, f.tokens}
	if n := len(f.marks); n > 0 && f.marks[n-1].end >= len(f.out) {
		to = f.marks[n-1] // the line was whole before the piece that ends it
	}
	tokens := to.tokens - from.tokens
	return tokens > 0 && (to.logProb-from.logProb)/float64(tokens) < math.Log(LineProbability)
}
