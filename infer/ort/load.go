package ort

import (
	"math"
	"slices"
	"time"
)

// Debounce of automatic requests. It is zero while no more than half of what the engine can do is used.
const (
	loadWindow  = 500 * time.Millisecond // over which the load is taken, by exponential decay
	loadFrom    = 0.5                    // share of the lanes that were busy, from which on requests are held back
	maxDebounce = 100 * time.Millisecond
)

// load is the share of the engine's lanes that were busy lately, measured by the steps that ran.
type load struct {
	share float64
	at    time.Time
}

// add takes in a step that ended now.
func (l *load) add(now time.Time, took time.Duration, busy float64) {
	l.share = l.now(now) + busy*(1-math.Exp(-float64(took)/float64(loadWindow)))
	l.at = now
}

// now is the share, less what has passed since the last step.
func (l *load) now(now time.Time) float64 {
	return l.share * math.Exp(-float64(now.Sub(l.at))/float64(loadWindow))
}

// debounce is how long an automatic request is held back.
func (l *load) debounce(now time.Time) time.Duration {
	over := (l.now(now) - loadFrom) / (1 - loadFrom)
	return time.Duration(float64(maxDebounce) * min(max(over, 0), 1))
}

// How much of prompts is fed in one step. What runs alone gets large chunks: they multiply faster, and a cancellation
// ends the run. Beside lanes that decode a chunk is one run with them, and their tokens wait for it: 16 tokens beside 7
// rows take half of what two runs took, and a step is a quarter longer than without.
const (
	chunkTokens       = 64  // alone
	mostChunk         = 256 // alone, of a mixed import, where it is fast enough: see pace
	chunkAmidPrompts  = 32  // while other prompts wait, or may come
	chunkAmidDecoding = togetherTokens
	leastChunk        = 8 // fewer are not worth their part of a step, unless they are the rest
	fewestFed         = 2 // see fedAtLeast
	keptStepTimes     = 1000
)

// fedAtLeast is how many of a prompt's last tokens are fed where their logits are not kept. One would do, but the runtime
// multiplies a single row with another kernel: logits then differ by up to 0.6 from those of the same prompt fed in
// chunks, while chunks of any other size agree to the bit. With a mixed import they do not anyway, and one is faster; with a native
// one, one token agrees too.
func (w *worker) fedAtLeast() int {
	if w.e.c.Model.Chunks != "" || w.e.c.Model.Exact {
		return 1
	}
	return fewestFed
}

// chunkTime is how long a chunk of more than chunkTokens may take: what comes meanwhile waits for its end.
const chunkTime = 80 * time.Millisecond

// pace is how fast a mixed import's prompts were fed lately. Larger chunks multiply faster: of 256 tokens a sixth more a second
// than of 64. The zero value takes chunks of chunkTokens.
type pace struct{ token time.Duration }

// add takes in a step that fed so many tokens of one prompt, and nothing else.
func (p *pace) add(tokens int, took time.Duration) {
	if tokens < chunkTokens {
		return // mostly the cost of a step
	}
	token := took / time.Duration(tokens)
	if p.token == 0 {
		p.token = token
	}
	p.token += (token - p.token) / 4
}

// chunk is how many tokens are fed at once.
func (p *pace) chunk() int {
	size := chunkTokens
	for p.token > 0 && 2*size <= mostChunk && time.Duration(2*size)*p.token <= chunkTime {
		size *= 2
	}
	return size
}

// chunk is how many tokens of prompts are fed in the next step.
func (w *worker) chunk(alone, decoding bool) int {
	switch {
	case alone && w.e.c.Model.Chunks != "":
		return w.pace.chunk()
	case alone:
		return chunkTokens
	case decoding:
		return chunkAmidDecoding
	}
	return chunkAmidPrompts
}

// ring is the last values of something.
type ring struct {
	values []float64
	next   int
}

func (r *ring) add(v float64) {
	if len(r.values) < keptStepTimes {
		r.values = append(r.values, v)
		return
	}
	r.values[r.next] = v
	r.next = (r.next + 1) % keptStepTimes
}

// quantile is the nearest rank; 0 where there are no values.
func (r *ring) quantile(percent int) float64 {
	n := len(r.values)
	if n == 0 {
		return 0
	}
	return slices.Sorted(slices.Values(r.values))[(percent*n+99)/100-1]
}
