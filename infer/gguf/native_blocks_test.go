package gguf

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"testing"

	"inkling/infer/panels"
)

// drawBlocks makes blocks of a type with any quants, and scales below 1.
func drawBlocks(random *rand.Rand, kind Type, count int) []byte {
	size := layouts[kind].bytes
	data := make([]byte, count*size)
	for i := range data {
		data[i] = byte(random.Uint32())
	}
	number := func(at int) {
		binary.LittleEndian.PutUint16(data[at:], uint16(random.IntN(0x3c00)|random.IntN(2)<<15))
	}
	for at := 0; at < len(data); at += size {
		switch kind {
		case F32:
			binary.LittleEndian.PutUint32(data[at:], math.Float32bits(float32(random.NormFloat64())))
		case Q6_K:
			number(at + 208)
		case BF16:
			binary.LittleEndian.PutUint16(data[at:], uint16(0x3d00+random.IntN(0x200)|random.IntN(2)<<15))
		case Q4_1, Q5_1, Q4_K, Q5_K:
			number(at)
			number(at + 2)
		default:
			number(at)
		}
	}
	return data
}

// unpackAll is what the type's own unpacking makes of blocks.
func unpackAll(kind Type, data []byte) []float32 {
	l := layouts[kind]
	out := make([]float32, len(data)/l.bytes*l.elements)
	for i := range len(data) / l.bytes {
		l.unpack(out[i*l.elements:(i+1)*l.elements], data[i*l.bytes:(i+1)*l.bytes])
	}
	return out
}

// fourValues are the weights of blocks of 4 bits.
func fourValues(blocks []panels.Four) (values []float32) {
	for _, b := range blocks {
		for i := range panels.Block {
			q := b.Quants[i%16] >> (i / 16 * 4) & 15
			values = append(values, float16(b.Scale)*float32(q)+float16(b.Offset))
		}
	}
	return values
}

func TestBlocksOfFourBitsKeepTheirValues(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 3))
	for _, kind := range []Type{Q4_0, Q4_1} {
		data := drawBlocks(random, kind, 500)
		got := fourValues(fourBlocks(kind, data))
		for i, want := range unpackAll(kind, data) {
			if got[i] != want {
				t.Fatalf("%v: element %d is %g, want %g", kind, i, got[i], want)
			}
		}
	}
}

func TestBlocksOfQ4KLoseATwoThousandthAtMost(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 4))
	data := drawBlocks(random, Q4_K, 500)
	got, want := fourValues(fourBlocks(Q4_K, data)), unpackAll(Q4_K, data)
	if len(got) != len(want) {
		t.Fatalf("%d elements, want %d", len(got), len(want))
	}
	for b := range len(want) / panels.Block {
		super := data[b/8*layouts[Q4_K].bytes:]
		scale, least := scaleMin(b%8, super[4:16])
		largest := math.Max(math.Abs(float64(15*half(super)*scale)), math.Abs(float64(half(super[2:])*least)))
		// Both parts are rounded by a 2,048th, or to a multiple of 2^-24.
		within := largest/1024 + 16*math.Ldexp(1, -25)
		for i := b * panels.Block; i < (b+1)*panels.Block; i++ {
			if off := math.Abs(float64(got[i] - want[i])); !(off <= within) {
				t.Fatalf("element %d is %g, want %g: more than %g off", i, got[i], want[i], within)
			}
		}
	}
}

func TestBlocksOfEightBitsKeepTheirValues(t *testing.T) {
	const rows, columns = 5, 96
	data := drawBlocks(rand.New(rand.NewPCG(1, 5)), Q8_0, rows*columns/32)
	var b builder
	b.blocks("t", Q8_0, data, rows, columns)
	g := openBuilt(t, &b)
	want := unpackAll(Q8_0, data)
	for row := range rows {
		blocks, err := g.eightBlocks(g.Tensors["t"], row)
		if err != nil || len(blocks) != columns/32 {
			t.Fatalf("row %d has %d blocks: %v", row, len(blocks), err)
		}
		for i, w := range want[row*columns:][:columns] {
			if v := float16(blocks[i/32].Scale) * float32(blocks[i/32].Quants[i%32]); v != w {
				t.Fatalf("element %d of row %d is %g, want %g", i, row, v, w)
			}
		}
	}
}

func TestOtherTypesAreRoundedToEightBits(t *testing.T) {
	const rows, columns = 3, 256
	for kind, l := range layouts {
		if kind == Q8_0 {
			continue
		}
		data := drawBlocks(rand.New(rand.NewPCG(1, uint64(kind))), kind, rows*columns/l.elements)
		var b builder
		b.blocks("t", kind, data, rows, columns)
		g := openBuilt(t, &b)
		want := unpackAll(kind, data)
		for row := range rows {
			blocks, err := g.eightBlocks(g.Tensors["t"], row)
			if err != nil || len(blocks) != columns/32 {
				t.Fatalf("%v: row %d has %d blocks: %v", kind, row, len(blocks), err)
			}
			for i, block := range blocks {
				checkEight(t, block, want[row*columns+i*32:][:32])
			}
		}
	}
}

// checkEight finds elements that a block of 8 bits keeps worse than to the nearest, and scales that waste its bits.
func checkEight(t *testing.T, b panels.Eight, values []float32) {
	t.Helper()
	scale, most := float64(float16(b.Scale)), 0.0
	for i, v := range values {
		most = max(most, math.Abs(float64(v)))
		if off := math.Abs(scale*float64(b.Quants[i]) - float64(v)); !(off <= 0.51*scale) {
			t.Fatalf("%g became %d times %g of a block %v", v, b.Quants[i], scale, values)
		}
	}
	// Halves are a 1,024th apart, or 2^-24.
	if highest := most/127*(1+1.0/1024) + math.Ldexp(1, -24); scale > highest || scale > 0 && most == 0 {
		t.Fatalf("the scale of %v is %g, more than %g", values, scale, highest)
	}
}

func TestEightBitsAreNeverMoreThanRoundingOff(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 6))
	check := func(values []float32) {
		t.Helper()
		checkEight(t, eightBlock(values), values)
	}
	check(make([]float32, 32))
	for size := float32(math.SmallestNonzeroFloat32); size < 1e6; size *= 1.7 {
		one, all := make([]float32, 32), make([]float32, 32)
		one[random.IntN(32)] = size
		check(one)
		one[random.IntN(32)] = -size
		check(one)
		for i := range all {
			all[i] = size * float32(2*random.Float64()-1)
		}
		check(all)
		all[7] = -size
		check(all)
	}
	for _, size := range []float32{1e-8, 1e-40, 127 * 5.9604645e-8, 3.784e-6, 6.1e-5 * 127, 1, 127, 8e6} {
		one := make([]float32, 32)
		one[31] = size
		check(one)
	}
}
