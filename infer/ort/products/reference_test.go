package products

import (
	"math"
	"math/rand/v2"
	"testing"

	"inkling/infer/panels"
)

// matrix is a product's weights, packed, and the numbers that they stand for: a row of them for each output. A gated product's gates
// come first, then its ups.
type matrix struct {
	Product
	packed []byte
	values [][]float64
}

// draw makes weights with random scales. quant gives each quant: 0 to 15, or -128 to 127.
func draw(p Product, random *rand.Rand, quant func() int) matrix {
	m := matrix{Product: p}
	outputs := p.Outputs
	if p.Gated {
		outputs *= 2
	}
	fours, eights := make([][]panels.Four, outputs), make([][]panels.Eight, outputs)
	for o := range outputs {
		row := make([]float64, 0, p.Inputs)
		for range p.Inputs / panels.Block {
			scale, offset := drawHalf(random), drawHalf(random)|uint16(random.IntN(2))<<15
			var quants [panels.Block]int
			for i := range quants {
				quants[i] = quant()
			}
			if p.Bits == 4 {
				fours[o] = append(fours[o], fourOf(quants, scale, offset))
			} else {
				eights[o] = append(eights[o], eightOf(quants, scale))
				offset = 0
			}
			for _, q := range quants {
				row = append(row, widen(scale)*float64(q)+widen(offset))
			}
		}
		m.values = append(m.values, row)
	}
	for i := range panels.Count(p.Outputs) {
		for from := i * panels.Columns; from < outputs; from += p.Outputs { // the ups stand below all gates
			to := min(from+panels.Columns, outputs)
			if p.Bits == 4 {
				m.packed = append(m.packed, panels.PackFour(fours[from:to])...)
			} else {
				m.packed = append(m.packed, panels.PackEight(eights[from:to])...)
			}
		}
	}
	return m
}

func fourOf(quants [panels.Block]int, scale, offset uint16) panels.Four {
	b := panels.Four{Scale: scale, Offset: offset}
	for i := range b.Quants {
		b.Quants[i] = byte(quants[i] | quants[i+panels.Block/2]<<4)
	}
	return b
}

func eightOf(quants [panels.Block]int, scale uint16) panels.Eight {
	b := panels.Eight{Scale: scale}
	for i, q := range quants {
		b.Quants[i] = int8(q)
	}
	return b
}

// drawHalf is a positive half up to 0.25; some are subnormal, or 0.
func drawHalf(random *rand.Rand) uint16 {
	switch random.IntN(16) {
	case 0:
		return uint16(random.IntN(1 << 10))
	case 1:
		return 0
	}
	return uint16(random.IntN(0x3400-0x1c00) + 0x1c00)
}

// widen is a half's number.
func widen(h uint16) float64 {
	exponent, fraction, sign := int(h>>10&31), float64(h&1023), 1-2*float64(h>>15)
	if exponent == 0 {
		return sign * math.Ldexp(fraction, -24)
	}
	return sign * math.Ldexp(1024+fraction, exponent-25)
}

// anyQuant gives all of them, equally often.
func anyQuant(p Product, random *rand.Rand) func() int {
	if p.Bits == 4 {
		return func() int { return random.IntN(16) }
	}
	return func() int { return random.IntN(256) - 128 }
}

// drawRows makes rows of activations, of sizes that differ from block to block.
func drawRows(random *rand.Rand, rows, inputs int) []float32 {
	x := make([]float32, rows*inputs)
	size := 1.0
	for i := range x {
		if i%panels.Block == 0 {
			size = math.Exp(4 * random.NormFloat64())
		}
		x[i] = float32(size * random.NormFloat64())
	}
	return x
}

// rounded is what the kernels make of a row: in each block, whole multiples of a 127th of the largest.
func rounded(row []float32) []float64 {
	out := make([]float64, 0, len(row))
	for ; len(row) > 0; row = row[panels.Block:] {
		var most float32
		for _, v := range row[:panels.Block] {
			most = max(most, float32(math.Abs(float64(v))))
		}
		for _, v := range row[:panels.Block] {
			quant := 0.0
			if most > 0 {
				quant = math.RoundToEven(float64(v * (127 / most)))
			}
			out = append(out, float64(most/127)*quant)
		}
	}
	return out
}

// dot is a sum of products, and the sum of their sizes.
func dot(x, weights []float64) (sum, size float64) {
	for i, v := range x {
		sum, size = sum+v*weights[i], size+math.Abs(v*weights[i])
	}
	return sum, size
}

func silu(x float64) float64 { return x / (1 + math.Exp(-x)) }

// want is a row's outputs, and how far each may be from them.
func (m matrix) want(row []float32) (outputs, within []float64) {
	const share = 1e-5 // of the sizes of all that is summed
	x := rounded(row)
	for o := range m.Outputs {
		y, size := dot(x, m.values[o])
		tolerance := share * size
		if m.Gated {
			gate, up := y, 0.0
			up, size = dot(x, m.values[m.Outputs+o])
			y = silu(gate) * up
			// silu is nowhere steeper than 1.1.
			tolerance = 1.1*tolerance*math.Abs(up) + math.Abs(silu(gate))*share*size + 1e-6*math.Abs(y)
		}
		outputs, within = append(outputs, y), append(within, tolerance+1e-36)
	}
	return outputs, within
}

// check compares what kernels make of rows with the reference.
func (m matrix) check(t *testing.T, kernels string, x []float32) {
	t.Helper()
	got := m.compute(t, kernels, x)
	for r := range len(x) / m.Inputs {
		want, within := m.want(x[r*m.Inputs:][:m.Inputs])
		for o, w := range want {
			if v := float64(got[r*m.Outputs+o]); !(math.Abs(v-w) <= within[o]) {
				t.Fatalf("%s, %+v: output %d of row %d of %d is %g, want %g within %g", kernels, m.Product, o, r, len(x)/m.Inputs, v, w, within[o])
			}
		}
	}
}

func (m matrix) compute(t *testing.T, kernels string, x []float32) []float32 {
	t.Helper()
	y, err := m.Compute(kernels, x, m.packed)
	if err != nil {
		t.Fatal(err)
	}
	return y
}

// sameBits compares numbers, of which some may be none.
func sameBits(t *testing.T, got, want []float32, format string, of ...any) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf(format+": %d numbers, want %d", append(of, len(got), len(want))...)
	}
	for i, v := range got {
		if math.Float32bits(v) != math.Float32bits(want[i]) {
			t.Fatalf(format+": number %d is %g (%#x), want %g (%#x)",
				append(of, i, v, math.Float32bits(v), want[i], math.Float32bits(want[i]))...)
		}
	}
}
