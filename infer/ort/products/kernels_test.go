package products

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// shapes are products of all kinds: with no whole panel, with whole ones, and with one beside.
func shapes() (all []Product) {
	for _, bits := range []int{4, 8} {
		for _, inputs := range []int{32, 64, 576} {
			for _, outputs := range []int{1, 15, 16, 17, 50} {
				all = append(all, Product{Inputs: inputs, Outputs: outputs, Bits: bits})
			}
			for _, outputs := range []int{16, 48} {
				all = append(all, Product{Inputs: inputs, Outputs: outputs, Bits: bits, Gated: true})
			}
		}
	}
	return all
}

// rowCounts are those that kernels take in one piece, and in several.
var rowCounts = []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 16, 17, 33}

const mostRows = 33

// exact are the kernels that give the same bits.
func exact() []string {
	return slices.DeleteFunc(Available(), func(name string) bool { return name == "portable" })
}

func TestTheBestKernelsAreTheFirstAndPortableOnesTheLast(t *testing.T) {
	names := Available()
	if len(names) == 0 || names[0] != Kernels() || names[len(names)-1] != "portable" {
		t.Errorf("%q are available, and the best are %q", names, Kernels())
	}
	t.Logf("kernels: %q", names)
}

func TestTheEnvironmentNamesOtherKernels(t *testing.T) {
	best := Kernels()
	for _, name := range Available() {
		t.Setenv("INKLING_KERNELS", name)
		if Kernels() != name {
			t.Errorf("%s are taken, not %s", Kernels(), name)
		}
	}
	if t.Setenv("INKLING_KERNELS", "none such"); Kernels() != best {
		t.Errorf("%s are taken where there are none of the name", Kernels())
	}
}

func TestEveryKernelGivesTheReferencesValues(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	for _, p := range shapes() {
		m, x := draw(p, random, anyQuant(p, random)), drawRows(random, mostRows, p.Inputs)
		for _, kernels := range Available() {
			m.check(t, kernels, x)
		}
	}
}

func TestAProductOfManyPartsIsWhole(t *testing.T) {
	random := rand.New(rand.NewPCG(10, 10))
	for _, p := range []Product{
		{Inputs: 576, Outputs: 530, Bits: 4}, {Inputs: 576, Outputs: 530, Bits: 8}, {Inputs: 576, Outputs: 528, Bits: 4, Gated: true},
	} {
		m := draw(p, random, anyQuant(p, random))
		for _, rows := range []int{1, 3, 20} { // 5 parts to 34, and two parts that round the rows
			m.check(t, Kernels(), drawRows(random, rows, p.Inputs))
		}
	}
}

func TestSumsOfTheLargestQuantsFit(t *testing.T) {
	random := rand.New(rand.NewPCG(2, 2))
	for bits, quants := range map[int][]int{4: {0, 15}, 8: {-128, -127, 127, 0}} {
		for _, quant := range quants {
			for _, gated := range []bool{false, true} {
				p := Product{Inputs: 64, Outputs: 16, Bits: bits, Gated: gated}
				m := draw(p, random, func() int { return quant })
				for _, kernels := range Available() {
					m.check(t, kernels, extremeRows(p.Inputs))
				}
			}
		}
	}
}

// extremeRows are rows whose quants are all 127, all -127, the one and the other in turns, and in halves.
func extremeRows(inputs int) (x []float32) {
	for _, sign := range []func(i int) bool{
		func(int) bool { return false },
		func(int) bool { return true },
		func(i int) bool { return i%2 == 1 },
		func(i int) bool { return i/4%2 == 1 },
		func(i int) bool { return i%32 > 15 },
	} {
		for i := range inputs {
			v := float32(3)
			if sign(i) {
				v = -3
			}
			x = append(x, v)
		}
	}
	return x
}

func TestAllKernelsButThePortableOneGiveTheSameBits(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 3))
	for _, p := range shapes() {
		m, x := draw(p, random, anyQuant(p, random)), slices.Concat(drawRows(random, 7, p.Inputs), oddRows(random, p.Inputs), extremeRows(p.Inputs))
		for _, kernels := range exact() {
			sameBits(t, m.compute(t, kernels, x), m.compute(t, exact()[0], x), "%s and %s, %+v", kernels, exact()[0], p)
		}
	}
}

var infinity = float32(math.Inf(1))

// oddRows have one number of another kind among usual ones, or all are as small as there are.
func oddRows(random *rand.Rand, inputs int) (x []float32) {
	for _, odd := range []float32{float32(math.NaN()), infinity, -infinity, math.MaxFloat32, 1e-40} {
		row := drawRows(random, 1, inputs)
		row[random.IntN(inputs)] = odd
		x = append(x, row...)
	}
	for _, size := range []float32{0, math.SmallestNonzeroFloat32, 1e-40, 1e-38, 3e-37, 1e-36} {
		for i := range inputs {
			x = append(x, size*float32(i%5-2))
		}
	}
	return x
}

func TestARowIsTheSameAloneAsBesideOthers(t *testing.T) {
	random := rand.New(rand.NewPCG(4, 4))
	for _, p := range shapes() {
		m, x := draw(p, random, anyQuant(p, random)), drawRows(random, mostRows, p.Inputs)
		for _, kernels := range Available() {
			var alone []float32
			for r := range mostRows {
				alone = append(alone, m.compute(t, kernels, x[r*p.Inputs:][:p.Inputs])...)
			}
			for _, rows := range rowCounts {
				from := random.IntN(mostRows - rows + 1) // in another place among others
				got := m.compute(t, kernels, x[from*p.Inputs:][:rows*p.Inputs])
				sameBits(t, got, alone[from*p.Outputs:][:rows*p.Outputs], "%s, %+v: %d rows from %d on", kernels, p, rows, from)
			}
		}
	}
}

func TestWhatIsNoNumberMakesItsRowNoneAndNoOther(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 5))
	for _, p := range shapes() {
		m, x := draw(p, random, anyQuant(p, random)), drawRows(random, 9, p.Inputs)
		for _, odd := range []float32{float32(math.NaN()), infinity, -infinity} {
			for _, at := range []int{0, p.Inputs / 2, p.Inputs - 1} {
				row := random.IntN(9)
				spoilt := slices.Clone(x)
				spoilt[row*p.Inputs+at] = odd
				for _, kernels := range Available() {
					want, got := m.compute(t, kernels, x), m.compute(t, kernels, spoilt)
					for o, v := range got[row*p.Outputs:][:p.Outputs] {
						if v-v == 0 {
							t.Fatalf("%s, %+v: output %d of a row with %g at %d is %g", kernels, p, o, odd, at, v)
						}
					}
					copy(got[row*p.Outputs:], want[row*p.Outputs:][:p.Outputs])
					sameBits(t, got, want, "%s, %+v: beside a row with %g at %d", kernels, p, odd, at)
				}
			}
		}
	}
}

func TestNumbersTooSmallToDivideByAreZeros(t *testing.T) {
	random := rand.New(rand.NewPCG(6, 6))
	for _, p := range shapes() {
		m := draw(p, random, anyQuant(p, random))
		for _, size := range []float32{0, math.SmallestNonzeroFloat32, 1e-40, 1e-38, 3e-37} {
			x := make([]float32, 2*p.Inputs)
			for i := range x {
				x[i] = size * float32(i%3-1)
			}
			for _, kernels := range Available() {
				for o, v := range m.compute(t, kernels, x) {
					// Weights are 32 at the most.
					if most := 32 * float64(size) * float64(p.Inputs); !(math.Abs(float64(v)) <= most) {
						t.Fatalf("%s, %+v: output %d of %g and less is %g", kernels, p, o, size, v)
					}
				}
			}
		}
	}
}

func TestWrongSizesAndNamesAreRefused(t *testing.T) {
	right := Product{Inputs: 32, Outputs: 16, Bits: 4}
	x, weights := make([]float32, 64), make([]byte, 320)
	if _, err := right.Compute("portable", x, weights); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		of      Product
		kernels string
		x       []float32
		weights []byte
	}{
		{right, "abacus", x, weights},
		{right, "portable", x[:33], weights},
		{right, "portable", nil, weights},
		{right, "portable", x, weights[:319]},
		{Product{Inputs: 32, Outputs: 17, Bits: 4}, "portable", x, weights},
		{Product{Inputs: 32, Outputs: 16, Bits: 8}, "portable", x, weights},
		{Product{Inputs: 32, Outputs: 16, Bits: 4, Gated: true}, "portable", x, weights},
		{Product{Inputs: 32, Outputs: 8, Bits: 4, Gated: true}, "portable", x, make([]byte, 640)},
		{Product{Inputs: 33, Outputs: 16, Bits: 4}, "portable", x[:33], weights},
		{Product{Inputs: 32, Outputs: 16, Bits: 5}, "portable", x, weights},
		{Product{Inputs: 32, Bits: 4}, "portable", x, nil},
	} {
		if _, err := c.of.Compute(c.kernels, c.x, c.weights); !errors.Is(err, ErrCheck) {
			t.Errorf("%+v of %d numbers and %d bytes by %q: %v", c.of, len(c.x), len(c.weights), c.kernels, err)
		}
	}
}
