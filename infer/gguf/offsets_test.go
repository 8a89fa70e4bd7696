package gguf

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"testing"
)

func TestFourBitBlocksKeepTheirValues(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, kind := range []Type{Q4_0, Q4_1} {
		block := make([]byte, layouts[kind].bytes)
		for i := range block {
			block[i] = byte(random.Uint32())
		}
		binary.LittleEndian.PutUint16(block, 0x2e66) // d = 0.1
		offset := 0.0
		if kind == Q4_1 {
			binary.LittleEndian.PutUint16(block[2:], 0xb666) // m = -0.4
			offset = float64(blockOffset(block))
		}
		want := make([]float32, blockSize)
		layouts[kind].unpack(want, block)
		quants, scales := repack4(block, len(block))
		for i, w := range want {
			quant := quants[i/2] >> (4 * (i % 2)) & 15
			if got := float64(scales[0])*(float64(quant)-8) + offset; math.Abs(got-float64(w)) > 1e-6 {
				t.Errorf("%v: element %d became %g, was %g", kind, i, got, w)
			}
		}
	}
}
