package gguf

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Processors without VNNI add the products of two neighbours in 16 bits.
func TestTwoNeighboursProductsFitSixteenBits(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		values := make([]float32, 64)
		for i := range values {
			values[i] = float32(random.NormFloat64())
		}
		at := 2 * random.IntN(len(values)/2)
		values[at], values[at+1] = 5*values[at], 5*values[at+1]
		quants := make([]byte, 2*len(values))
		scale := quantizeColumn(quants, 2, values)
		for i, v := range values {
			q := int8(quants[2*i])
			if off := math.Abs(float64(v - scale*float32(q))); off > float64(scale)*0.501 {
				t.Fatalf("%g became %g, by a scale of %g", v, scale*float32(q), scale)
			}
			if i%2 == 1 {
				if sum := 255 * (int(q) + int(int8(quants[2*i-2]))); sum > math.MaxInt16 || sum < math.MinInt16 {
					t.Fatalf("the products of %d and %d add up to %d", int8(quants[2*i-2]), q, sum)
				}
			}
		}
	}
	if scale := quantizeColumn(make([]byte, 2), 1, []float32{0, 0}); scale != 1 {
		t.Errorf("zeros have the scale %g", scale)
	}
}
