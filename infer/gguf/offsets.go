package gguf

import (
	"encoding/binary"
	"errors"
)

// HasFourBits says whether a file has matrices that the form int4 keeps as they are.
func HasFourBits(path string) (found bool, err error) {
	file, err := Open(path)
	if err != nil {
		return false, err
	}
	for _, t := range file.Tensors {
		found = found || t.Type == Q4_0 || t.Type == Q4_1
	}
	return found, errors.Join(err, file.Close())
}

// offsetProduct multiplies by Q4_1 blocks, d·q + m with q from 0 to 15, as they are: d·(q - 8) by the runtime's product of
// 4-bit blocks, whose zero point is 8, and m + 8d times the sum of the activations of each block. Zero points of the
// runtime's own would be whole numbers, which m/d is not.
func (g *graph) offsetProduct(x, out string, m matrix, blocks attributes) string {
	g.keep("", g.w.fourBits(out, m))
	g.keep("", g.w.offsets(out+".m", m))
	scaled := g.op("MatMulNBits", []string{x, out + ".q", out + ".s"}, []string{out + ".d"}, blocks)
	return g.std("Gemm", []string{g.blockSums(x, m.columns()), out + ".m", scaled}, out, attributes{"transB": 1})
}

// blockSums adds the sums of each block of 32 activations, [tokens, columns/32], once for each x.
func (g *graph) blockSums(x string, columns int) string {
	sums := x + ".sums"
	if g.summed[x] {
		return sums
	}
	if len(g.summed) == 0 {
		g.keep(g.w.int64s("block axis", []int64{2}, 1))
	}
	g.summed[x] = true
	shape := g.keep(g.w.int64s(x+".blocked", []int64{-1, int64(columns / blockSize), blockSize}, 3))
	split := g.std("Reshape", []string{x, shape}, x+".split", nil)
	return g.std("ReduceSum", []string{split, "block axis"}, sums, attributes{"keepdims": 0})
}

// offsets stores m + 8d of each block of a matrix of Q4_1 blocks, [Rows, Columns/32].
func (w *weights) offsets(name string, m matrix) error {
	rows, blocks := m.rows(), m.columns()/blockSize
	at := w.reserve(name, float32Type, int64(rows)*int64(blocks)*4, rows, blocks)
	return m.chunks(func(t Tensor, from, to, first int) error {
		data, err := m.file.raw(t, from, to)
		if err != nil {
			return err
		}
		var values []float32
		for ; len(data) > 0; data = data[layouts[Q4_1].bytes:] {
			values = append(values, blockOffset(data))
		}
		return w.writeAt(part{floatBytes(values), at + int64(first)*int64(blocks)*4})
	})
}

// blockOffset is m + 8d of a Q4_1 block.
func blockOffset(block []byte) float32 {
	return float16(binary.LittleEndian.Uint16(block[2:])) + 8*half(block)
}
