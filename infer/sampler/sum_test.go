package sampler

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestExpIsWithinItsError(t *testing.T) {
	for x := float32(0); x >= -80; x -= 0.000977 {
		want := math.Exp(float64(x))
		if off := math.Abs(float64(exp(x))/want - 1); off > 1e-5 {
			t.Fatalf("e^%v is off by a share of %g", x, off)
		}
	}
	for _, x := range []float32{-80.1, -1000, float32(math.Inf(-1))} {
		if exp(x) != 0 {
			t.Errorf("e^%v is %v, want 0", x, exp(x))
		}
	}
}

func TestLogSumExpAgreesWithTheExactSum(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, spread := range []float64{0, 0.1, 3, 30} {
		for _, n := range []int{1, 2, 511, 513, 49_152} {
			logits, exact, best := make([]float32, n), 0.0, math.Inf(-1)
			for i := range logits {
				logits[i] = float32(rng.NormFloat64() * spread)
				best = max(best, float64(logits[i]))
			}
			for _, v := range logits {
				exact += math.Exp(float64(v) - best)
			}
			if got, want := logSumExp(logits, nil), best+math.Log(exact); math.Abs(got-want) > 1e-5 {
				t.Errorf("%d logits of spread %v: %v, want %v", n, spread, got, want)
			}
		}
	}
}
