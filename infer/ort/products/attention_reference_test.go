package products

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// span is a row of a call: so many tokens are in its cache, so many are new.
type span struct{ past, fresh int }

// unwritten stands in the caches wherever nothing is: a NaN that no computation makes.
var unwritten = math.Float32frombits(0x7fc0beef)

// drawCall makes a call whose caches and tables end with the longest row.
func drawCall(random *rand.Rand, a Attention, rows ...span) AttentionCall {
	var c AttentionCall
	capacity, positions, tokens := 0, 0, 0
	for _, r := range rows {
		capacity, tokens = max(capacity, r.past+r.fresh), tokens+r.fresh
		last := int32(r.past + r.fresh - 1)
		if r.fresh == 0 { // nothing reads it
			last = []int32{last, -1, math.MaxInt32, math.MinInt32}[random.IntN(4)]
		} else {
			positions = max(positions, r.past+r.fresh)
		}
		c.Last, c.Fresh = append(c.Last, last), append(c.Fresh, int32(r.fresh))
	}
	c.QKV = normal(random, tokens*a.token())
	c.Keys, c.Values = drawCache(random, a, capacity, rows), drawCache(random, a, capacity, rows)
	c.Cosines, c.Sines = make([]float32, positions*a.Width/2), make([]float32, positions*a.Width/2)
	for i := range c.Cosines {
		angle := float64(i/(a.Width/2)) * math.Pow(10_000, -2*float64(i%(a.Width/2))/float64(a.Width))
		c.Cosines[i], c.Sines[i] = float32(math.Cos(angle)), float32(math.Sin(angle))
	}
	return c
}

func drawCache(random *rand.Rand, a Attention, capacity int, rows []span) []float32 {
	cache := slices.Repeat([]float32{unwritten}, len(rows)*a.KVHeads*capacity*a.Width)
	for i := range len(rows) * a.KVHeads {
		copy(cache[i*capacity*a.Width:], normal(random, rows[i/a.KVHeads].past*a.Width))
	}
	return cache
}

// normal draws numbers that make scores of some units: the weights differ, and more than one counts.
func normal(random *rand.Rand, count int) []float32 {
	numbers := make([]float32, count)
	for i := range numbers {
		numbers[i] = float32(1.5 * random.NormFloat64())
	}
	return numbers
}

// past is how many tokens of a row are in its cache, where some are new.
func (c AttentionCall) past(row int) int { return int(c.Last[row]) + 1 - int(c.Fresh[row]) }

// first is which of the call's tokens is a row's first.
func (c AttentionCall) first(row int) (token int) {
	for _, n := range c.Fresh[:row] {
		token += int(n)
	}
	return token
}

// cached is a row's keys or values, of one head, as many as there is room for.
func (a Attention) cached(c AttentionCall, cache []float32, row, head int) []float32 {
	size := len(cache) / len(c.Last) / a.KVHeads
	return cache[(row*a.KVHeads+head)*size:][:size]
}

// found is what was found for a row.
func (a Attention) found(out []float32, c AttentionCall, row int) []float32 {
	return out[c.first(row)*a.Heads*a.Width:][:int(c.Fresh[row])*a.Heads*a.Width]
}

// part is what a token has for a head: queries are first, then keys, then values.
func (a Attention) part(c AttentionCall, token, head int) []float32 {
	return c.QKV[token*a.token()+head*a.Width:][:a.Width]
}

func widened(x []float32) []float64 {
	wide := make([]float64, len(x))
	for i, v := range x {
		wide[i] = float64(v)
	}
	return wide
}

// turned is x with the embedding of a position.
func (a Attention) turned(c AttentionCall, position int, x []float32) []float64 {
	out, half := make([]float64, a.Width), a.Width/2
	for i := range half {
		one, other := i, i+half
		if a.Interleaved {
			one, other = 2*i, 2*i+1
		}
		cosine, sine := float64(c.Cosines[position*half+i]), float64(c.Sines[position*half+i])
		out[one] = float64(x[one])*cosine - float64(x[other])*sine
		out[other] = float64(x[other])*cosine + float64(x[one])*sine
	}
	return out
}

// known are the keys and values of a row's head after the call: position by position.
func (a Attention) known(c AttentionCall, row, head int) (keys, values [][]float64) {
	past, first := c.past(row), c.first(row)
	oldKeys, oldValues := a.cached(c, c.Keys, row, head), a.cached(c, c.Values, row, head)
	for i := range past {
		keys, values = append(keys, widened(oldKeys[i*a.Width:][:a.Width])), append(values, widened(oldValues[i*a.Width:][:a.Width]))
	}
	for i := range int(c.Fresh[row]) {
		keys = append(keys, a.turned(c, past+i, a.part(c, first+i, a.Heads+head)))
		values = append(values, widened(a.part(c, first+i, a.Heads+a.KVHeads+head)))
	}
	return keys, values
}

// attended is the softmax of a query's scores, times the values, and the largest value that there is.
func attended(query []float64, keys, values [][]float64) (out []float64, largest float64) {
	weights, top, sum := make([]float64, len(keys)), math.Inf(-1), 0.0
	for i, key := range keys {
		for d, q := range query {
			weights[i] += q * key[d]
		}
		weights[i] /= math.Sqrt(float64(len(query)))
		top = max(top, weights[i])
	}
	for i := range weights {
		weights[i] = math.Exp(weights[i] - top)
		sum += weights[i]
	}
	out = make([]float64, len(query))
	for i, value := range values {
		for d, v := range value {
			out[d] += weights[i] / sum * v
			largest = max(largest, math.Abs(v))
		}
	}
	return out, largest
}

// finding is what a head is to find for a token.
type finding struct {
	token, head int
	want        []float64
	largest     float64 // of the values
}

// want computes what a call is to find, for one head of every few, other ones for each token.
func (a Attention) want(c AttentionCall, every int) (all []finding) {
	group := a.Heads / a.KVHeads
	for row, fresh := range c.Fresh {
		for kv := range a.KVHeads * min(int(fresh), 1) {
			keys, values := a.known(c, row, kv)
			for i := range int(fresh) {
				token, seen := c.first(row)+i, c.past(row)+i+1
				for head := kv * group; head < (kv+1)*group; head++ {
					if (head+token)%every == 0 {
						query := a.turned(c, seen-1, a.part(c, token, head))
						out, largest := attended(query, keys[:seen], values[:seen])
						all = append(all, finding{token, head, out, largest})
					}
				}
			}
		}
	}
	return all
}

// compute runs a call on a copy of its caches, and returns what it found and the call with its caches after that.
func (a Attention) compute(t *testing.T, kernels string, c AttentionCall) ([]float32, AttentionCall) {
	t.Helper()
	c.Keys, c.Values = slices.Clone(c.Keys), slices.Clone(c.Values)
	out, err := a.Compute(kernels, c)
	if err != nil {
		t.Fatalf("%s, %+v: %v", kernels, a, err)
	}
	return out, c
}

// check compares what kernels find with the reference, and returns by which part of the largest value they are off.
func (a Attention) check(t *testing.T, kernels string, c AttentionCall, all []finding) (worst float64) {
	t.Helper()
	const share = 1e-5
	out, _ := a.compute(t, kernels, c)
	for _, f := range all {
		for d, want := range f.want {
			got := float64(out[(f.token*a.Heads+f.head)*a.Width+d])
			off := math.Abs(got-want) / f.largest
			if !(off <= share) {
				t.Fatalf("%s, %+v, %v new of %v: token %d, head %d, element %d is %g, want %g: %.2g of %g off",
					kernels, a, c.Fresh, c.Last, f.token, f.head, d, got, want, off, f.largest)
			}
			worst = max(worst, off)
		}
	}
	return worst
}
