package products

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"testing"

	"inkling/infer/panels"
)

// halves are a gated product's two, as products of their own.
func (m matrix) halves() (gates, ups matrix) {
	p := m.Product
	p.Gated = false
	gates, ups = matrix{Product: p, values: m.values[:p.Outputs]}, matrix{Product: p, values: m.values[p.Outputs:]}
	size := panels.Bytes(p.Inputs, p.Bits)
	for at := 0; at < len(m.packed); at += 2 * size {
		gates.packed = append(gates.packed, m.packed[at:at+size]...)
		ups.packed = append(ups.packed, m.packed[at+size:at+2*size]...)
	}
	return gates, ups
}

// gatedRows makes rows whose gates are all that lies between -100 and 100, and beyond.
func gatedRows(random *rand.Rand, rows, inputs int) []float32 {
	x := make([]float32, rows*inputs)
	for i := range x {
		x[i] = float32(math.Exp(12*float64(i/inputs)/float64(rows)-9) * random.NormFloat64())
	}
	return x
}

func TestGatesAreAccurate(t *testing.T) {
	const share = 4e-7 // of the output
	random := rand.New(rand.NewPCG(7, 7))
	for _, bits := range []int{4, 8} {
		m := draw(Product{Inputs: 64, Outputs: 512, Bits: bits, Gated: true}, random, anyQuant(Product{Bits: bits}, random))
		x := gatedRows(random, 2*mostRows, m.Inputs)
		gates, ups := m.halves()
		for _, kernels := range Available() {
			g, u, got := gates.compute(t, kernels, x), ups.compute(t, kernels, x), m.compute(t, kernels, x)
			worst, low, high, least := 0.0, 0.0, 0.0, 1.0
			for i, v := range got {
				gate, up := float64(g[i]), float64(u[i])
				want := silu(gate) * up
				off := math.Abs(float64(v) - want)
				if gate > -87 { // beyond it, silu is no number's worth
					worst = max(worst, off/(math.Abs(want)+1e-30))
				} else if !(off <= 1e-34*math.Abs(up)) {
					t.Fatalf("%s: silu of %g, times %g, is %g, want %g", kernels, gate, up, v, want)
				}
				low, high, least = min(low, gate), max(high, gate), min(least, math.Abs(gate))
			}
			if !(worst <= share) {
				t.Errorf("%s, %d bits: an output is %.2g of itself off, more than %g", kernels, bits, worst, share)
			}
			if low > -100 || high < 100 || least > 1e-3 {
				t.Errorf("gates are %g to %g, %g at the least", low, high, least)
			}
			t.Logf("%s, %d bits: at most %.2g off", kernels, bits, worst)
		}
	}
}

func TestAnInfiniteGateLetsAllThroughOrNothingIsKnown(t *testing.T) {
	random := rand.New(rand.NewPCG(8, 8))
	for _, bits := range []int{4, 8} {
		m := draw(Product{Inputs: 32, Outputs: 16, Bits: bits, Gated: true}, random, func() int { return 1 })
		for column := range panels.Columns { // the gates' scales
			binary.LittleEndian.PutUint16(m.packed[panels.Columns*panels.Block*bits/8+2*column:], 0x7c00)
		}
		x := make([]float32, 2*m.Inputs)
		for i := range x {
			x[i] = float32(1 - i/m.Inputs*2)
		}
		_, ups := m.halves()
		for _, kernels := range Available() {
			u, got := ups.compute(t, kernels, x), m.compute(t, kernels, x)
			for i, v := range got {
				if i < m.Outputs { // the gate is +Inf
					if want := infinity * u[i]; v != want && !math.IsNaN(float64(v-want)) {
						t.Errorf("%s, %d bits: an infinite gate makes %g of %g", kernels, bits, v, u[i])
					}
				} else if v-v == 0 {
					t.Errorf("%s, %d bits: a gate of -Inf makes %g of %g", kernels, bits, v, u[i])
				}
			}
		}
	}
}

func TestAGateThatIsNoNumberStaysNone(t *testing.T) {
	random := rand.New(rand.NewPCG(9, 9))
	for _, bits := range []int{4, 8} {
		p := Product{Inputs: 64, Outputs: 32, Bits: bits, Gated: true}
		m, x := draw(p, random, anyQuant(p, random)), drawRows(random, 1, p.Inputs)
		x[40] = float32(math.NaN())
		for _, kernels := range Available() {
			for o, v := range m.compute(t, kernels, x) {
				if !math.IsNaN(float64(v)) {
					t.Errorf("%s, %d bits: output %d is %g", kernels, bits, o, v)
				}
			}
		}
	}
}
