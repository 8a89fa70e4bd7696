package gguf

import (
	"encoding/binary"
	"math"
)

// The form "fp16" is for GPUs, whose attention takes no float32: weights, activations and cache are float16, the logits
// float32. It has no query_seqlens, which runtimes before 1.32 do not know: of several rows each has one new token, or there
// is one row.

const fp16 = "fp16"

// unpacked says whether the weights are stored as numbers, not as blocks.
func (g *graph) unpacked() bool { return g.precision == "fp32" || g.precision == fp16 }

// kind is the type of activations, cache and unpacked weights.
func (g *graph) kind() elementType {
	if g.precision == fp16 {
		return float16Type
	}
	return float32Type
}

// number is how a number of the graph's own type is stored.
func (w *weights) number() (kind elementType, bytes int) {
	if w.half {
		return float16Type, 2
	}
	return float32Type, 4
}

// numbers packs values in the graph's own type.
func (w *weights) numbers(values []float32) []byte {
	if !w.half {
		return floatBytes(values)
	}
	data := make([]byte, 0, 2*len(values))
	for _, v := range values {
		data = binary.LittleEndian.AppendUint16(data, toHalf(v))
	}
	return data
}

// toHalf rounds to the nearest IEEE 754 half, ties to even; what is too large becomes infinite.
func toHalf(v float32) uint16 {
	bits := math.Float32bits(v)
	sign, size := uint16(bits>>16)&0x8000, bits&0x7fffffff
	switch {
	case size > 0x7f800000:
		return sign | 0x7e00 // not a number
	case size >= 0x477ff000: // from 65520 on
		return sign | 0x7c00
	case size < 0x38800000: // below 2^-14: steps of 2^-24
		return sign | uint16(math.RoundToEven(float64(math.Float32frombits(size))*(1<<24)))
	}
	size -= 112 << 23 // the exponent's other bias
	return sign | uint16((size+0xfff+size>>13&1)>>13)
}
