package gguf

import (
	"encoding/binary"
	"fmt"
	"math"
)

// Type is how a tensor's elements are stored. The numbers are those of the format's specification.
type Type uint32

// The types that can be imported.
const (
	F32  Type = 0
	F16  Type = 1
	Q4_0 Type = 2
	Q4_1 Type = 3
	Q5_0 Type = 6
	Q5_1 Type = 7
	Q8_0 Type = 8
	Q4_K Type = 12
	Q5_K Type = 13
	Q6_K Type = 14
	BF16 Type = 30
)

// layout is the shape of a block and the function that unpacks one.
type layout struct {
	name     string
	elements int
	bytes    int
	unpack   func(out []float32, block []byte)
}

var layouts = map[Type]layout{
	F32:  {"F32", 1, 4, unpackF32},
	F16:  {"F16", 1, 2, unpackF16},
	BF16: {"BF16", 1, 2, unpackBF16},
	Q4_0: {"Q4_0", 32, 18, unpackQ4_0},
	Q4_1: {"Q4_1", 32, 20, unpackQ4_1},
	Q5_0: {"Q5_0", 32, 22, unpackQ5_0},
	Q5_1: {"Q5_1", 32, 24, unpackQ5_1},
	Q8_0: {"Q8_0", 32, 34, unpackQ8_0},
	Q4_K: {"Q4_K", 256, 144, unpackQ4_K},
	Q5_K: {"Q5_K", 256, 176, unpackQ5_K},
	Q6_K: {"Q6_K", 256, 210, unpackQ6_K},
}

// String gives the name of a type.
func (t Type) String() string {
	if l, ok := layouts[t]; ok {
		return l.name
	}
	return fmt.Sprintf("number %d", uint32(t))
}

func (t Type) rowBytes(columns int) int64 {
	l := layouts[t]
	return int64(columns/l.elements) * int64(l.bytes)
}

// Floats returns rows first up to, not including, last of a tensor as float32, row by row.
func (g *File) Floats(t Tensor, first, last int) ([]float32, error) {
	data, err := g.raw(t, first, last)
	if err != nil {
		return nil, err
	}
	l := layouts[t.Type]
	out := make([]float32, (last-first)*t.Columns())
	for i := 0; i*l.elements < len(out); i++ {
		l.unpack(out[i*l.elements:(i+1)*l.elements], data[i*l.bytes:(i+1)*l.bytes])
	}
	return out, nil
}

func half(b []byte) float32 { return float16(binary.LittleEndian.Uint16(b)) }

// float16 widens an IEEE 754 half.
func float16(h uint16) float32 {
	sign, exponent, fraction := uint32(h>>15)<<31, uint32(h>>10)&31, uint32(h)&1023
	switch {
	case exponent == 31:
		return math.Float32frombits(sign | 0xff<<23 | fraction<<13)
	case exponent != 0:
		return math.Float32frombits(sign | (exponent+112)<<23 | fraction<<13)
	}
	value := float32(fraction) / (1 << 24)
	return math.Float32frombits(sign | math.Float32bits(value))
}

func unpackF32(out []float32, b []byte) {
	out[0] = math.Float32frombits(binary.LittleEndian.Uint32(b))
}

func unpackF16(out []float32, b []byte) { out[0] = half(b) }

func unpackBF16(out []float32, b []byte) {
	out[0] = math.Float32frombits(uint32(binary.LittleEndian.Uint16(b)) << 16)
}

func unpackQ4_0(out []float32, b []byte) {
	d := half(b)
	for i, q := range b[2:18] {
		out[i] = d * float32(int(q&15)-8)
		out[i+16] = d * float32(int(q>>4)-8)
	}
}

func unpackQ4_1(out []float32, b []byte) {
	d, m := half(b), half(b[2:])
	for i, q := range b[4:20] {
		out[i] = d*float32(q&15) + m
		out[i+16] = d*float32(q>>4) + m
	}
}

func unpackQ5_0(out []float32, b []byte) {
	d, high := half(b), binary.LittleEndian.Uint32(b[2:])
	for i, q := range b[6:22] {
		out[i] = d * float32(int(q&15|byte(high>>i&1)<<4)-16)
		out[i+16] = d * float32(int(q>>4|byte(high>>(i+16)&1)<<4)-16)
	}
}

func unpackQ5_1(out []float32, b []byte) {
	d, m, high := half(b), half(b[2:]), binary.LittleEndian.Uint32(b[4:])
	for i, q := range b[8:24] {
		out[i] = d*float32(q&15|byte(high>>i&1)<<4) + m
		out[i+16] = d*float32(q>>4|byte(high>>(i+16)&1)<<4) + m
	}
}

func unpackQ8_0(out []float32, b []byte) {
	d := half(b)
	for i := range 32 {
		out[i] = d * float32(int8(b[2+i]))
	}
}

// scaleMin returns the 6-bit scale and minimum of sub-block i out of the twelve bytes in which K-quants pack them.
func scaleMin(i int, packed []byte) (scale, least float32) {
	if i < 4 {
		return float32(packed[i] & 63), float32(packed[i+4] & 63)
	}
	return float32(packed[i+4]&15 | packed[i-4]>>6<<4), float32(packed[i+4]>>4 | packed[i]>>6<<4)
}

func unpackQ4_K(out []float32, b []byte) {
	d, dmin, packed, quants := half(b), half(b[2:]), b[4:16], b[16:144]
	for i := range 8 {
		scale, least := scaleMin(i, packed)
		for j := range 32 {
			q := quants[i/2*32+j] >> (i % 2 * 4) & 15
			out[i*32+j] = d*scale*float32(q) - dmin*least
		}
	}
}

func unpackQ5_K(out []float32, b []byte) {
	d, dmin, packed, high, quants := half(b), half(b[2:]), b[4:16], b[16:48], b[48:176]
	for i := range 8 {
		scale, least := scaleMin(i, packed)
		for j := range 32 {
			q := quants[i/2*32+j]>>(i%2*4)&15 | high[j]>>i&1<<4
			out[i*32+j] = d*scale*float32(q) - dmin*least
		}
	}
}

func unpackQ6_K(out []float32, b []byte) {
	low, high, scales, d := b[:128], b[128:192], b[192:208], half(b[208:])
	for n := range 2 {
		for i := range 128 {
			part, j := i/32, i%32
			q := low[n*64+part%2*32+j] >> (part / 2 * 4) & 15
			q |= high[n*32+j] >> (part * 2) & 3 << 4
			scale := float32(int8(scales[n*8+i/16]))
			out[n*128+i] = d * scale * float32(int(q)-32)
		}
	}
}
