package finishing

import "math"

// The gate of requests that nobody asked for by hand. Of 400 places in real code, 30 in 100 answers to the line's end
// were right without it, 69 behind it; docs/quality.md has the figures of every stretch and threshold. LineProbability was
// not measured.
const (
	// GateTokens is the stretch that the gate waits for, where the first tokens are not surer than they must be. Six tokens at a lower threshold were no better, and the wait
	// of four is not noticed at some 6 ms a token.
	GateTokens = 4
	// GateProbability is the least product of the probabilities of the first stretch, the token that ends the line
	// included where the answer is shorter: a model that is unsure whether the line ends is unsure of the line.
	GateProbability = 0.50
	// LineProbability is the least geometric mean of the probabilities of a further line's tokens: a line below it is
	// the last.
	LineProbability = 0.45
)

// earlyProbability is the least product of the probabilities of the first one, two and three tokens at which text is
// released before the stretch is there. Chosen on 238 places and judged on 245 others: see docs/quality.md.
var earlyProbability = [GateTokens - 1]float64{0.70, 0.60, 0.55}

// judge opens the gate, early where the first tokens are so sure that the rest will hardly change it, and ends the
// suggestion where they are not sure enough, which no further token mends. What was released early stays.
func (f *finisher) judge() {
	if f.judged {
		return
	}
	f.judged = f.done || f.line > 0 || f.tokens >= GateTokens
	switch {
	case len(f.out) > 0 && f.logProb < math.Log(GateProbability):
		f.out, f.done, f.unworthy = f.out[:f.released], true, true
	case f.judged:
		f.sure = true
	case f.tokens > 0 && f.logProb >= math.Log(earlyProbability[f.tokens-1]):
		f.sure = true
	}
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
