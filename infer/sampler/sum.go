package sampler

import "math"

// logSumExp is the logarithm of the softmax's denominator, within 1e-5.
func logSumExp(logits []float32, allowed []int32) float64 {
	best := float32(math.Inf(-1))
	sum := 0.0
	if allowed != nil {
		for _, id := range allowed {
			best = max(best, logits[id])
		}
		for _, id := range allowed {
			sum += math.Exp(float64(logits[id] - best))
		}
		return float64(best) + math.Log(sum)
	}
	for _, v := range logits {
		if v > best { // max would look for NaN and signed zeros too
			best = v
		}
	}
	// Two sums: each addition waits for the one before. Batches, so that float32 does not lose what is small.
	for len(logits) > 0 {
		n := min(len(logits), 512)
		var even, odd float32
		i := 0
		for ; i+1 < n; i += 2 {
			even += exp(logits[i] - best)
			odd += exp(logits[i+1] - best)
		}
		if i < n {
			even += exp(logits[i] - best)
		}
		sum += float64(even) + float64(odd)
		logits = logits[n:]
	}
	return float64(best) + math.Log(sum)
}

// exp is e^x for x at most 0, within a share of 1e-5; below -80 it is 0. It takes 2^x apart into a whole exponent, which is
// put into the float's bits, and the rest, -1/2 to 1/2, whose power is a Taylor polynomial.
func exp(x float32) float32 {
	if !(x >= -80) {
		return 0
	}
	const magic = 3 << 22 // adding it rounds to a whole number, in the lowest bits
	y := x * math.Log2E
	shifted := y + magic
	f := (y - (shifted - magic)) * math.Ln2
	p := 1 + f*(1+f*(1.0/2+f*(1.0/6+f*(1.0/24+f*(1.0/120)))))
	whole := int32(math.Float32bits(shifted)) - int32(math.Float32bits(magic))
	return math.Float32frombits(uint32(int32(math.Float32bits(p)) + whole<<23))
}
