package gguf

import (
	"encoding/binary"
	"math"

	"inkling/infer/panels"
)

// fourBlocks are a row's blocks of four bits.
func fourBlocks(kind Type, row []byte) []panels.Four {
	size := layouts[kind].bytes
	blocks := make([]panels.Four, 0, len(row)/size)
	for ; len(row) > 0; row = row[size:] {
		switch kind {
		case Q4_0:
			blocks = append(blocks, panels.Four{Quants: [16]byte(row[2:18]), Scale: binary.LittleEndian.Uint16(row), Offset: toHalf(-8 * half(row))})
		case Q4_1:
			blocks = append(blocks, panels.Four{Quants: [16]byte(row[4:20]), Scale: binary.LittleEndian.Uint16(row), Offset: binary.LittleEndian.Uint16(row[2:])})
		case Q4_K:
			blocks = append(blocks, superBlock(row[:size])...)
		}
	}
	return blocks
}

// superBlock are the eight blocks of a block of Q4_K.
func superBlock(b []byte) []panels.Four {
	d, dmin, packed, quants := half(b), half(b[2:]), b[4:16], b[16:144]
	blocks := make([]panels.Four, 8)
	for i := range blocks {
		scale, least := scaleMin(i, packed)
		blocks[i].Scale, blocks[i].Offset = toHalf(d*scale), toHalf(-dmin*least)
		for j := range blocks[i].Quants {
			low, high := quants[i/2*32+j]>>(i%2*4)&15, quants[i/2*32+16+j]>>(i%2*4)&15
			blocks[i].Quants[j] = low | high<<4
		}
	}
	return blocks
}

// eightBlocks are a row's blocks of eight bits.
func (g *File) eightBlocks(t Tensor, row int) ([]panels.Eight, error) {
	if t.Type == Q8_0 {
		data, err := g.raw(t, row, row+1)
		var blocks []panels.Eight
		for ; len(data) > 0; data = data[layouts[Q8_0].bytes:] {
			block := panels.Eight{Scale: binary.LittleEndian.Uint16(data)}
			for i, q := range data[2:34] {
				block.Quants[i] = int8(q)
			}
			blocks = append(blocks, block)
		}
		return blocks, err
	}
	values, err := g.Floats(t, row, row+1)
	var blocks []panels.Eight
	for ; len(values) > 0; values = values[panels.Block:] {
		blocks = append(blocks, eightBlock(values[:panels.Block]))
	}
	return blocks, err
}

// eightBlock rounds 32 weights to 8 bits. The scale is a half that is no smaller than a 127th of the largest.
func eightBlock(values []float32) (b panels.Eight) {
	var most float32
	for _, v := range values {
		most = max(most, float32(math.Abs(float64(v))))
	}
	if b.Scale = toHalf(most / 127); float16(b.Scale)*127 < most {
		b.Scale++
	}
	scale := float16(b.Scale)
	if scale == 0 {
		return b
	}
	for i, v := range values {
		b.Quants[i] = int8(min(max(math.RoundToEven(float64(v/scale)), -127), 127))
	}
	return b
}
