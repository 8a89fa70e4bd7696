package products

// #include <stdlib.h>
// #include "check_attention.h"
import "C"

import (
	"fmt"
	"runtime"
	"unsafe"
)

// Attention is one node's.
type Attention struct {
	Heads, KVHeads, Width int
	Interleaved           bool
}

// AttentionCall is what it works on. Rows are as many as lengths, tokens are row after row; capacity and positions are what the
// sizes of the rest say.
type AttentionCall struct {
	QKV            []float32 // [tokens, Heads + 2 KVHeads, Width]
	Keys, Values   []float32 // [rows, KVHeads, capacity, Width]; Compute appends to them in place
	Cosines, Sines []float32 // [positions, Width / 2]
	Last, Fresh    []int32   // [rows]: past and new tokens, less 1; new tokens
	Order          int       // which part runs first, and which next; 0: the last, and the one before it
}

// Compute returns what the heads found, [tokens, Heads, Width].
func (a Attention) Compute(kernels string, c AttentionCall) ([]float32, error) {
	name := C.CString(kernels)
	defer C.free(unsafe.Pointer(name))
	of := C.struct_attention{heads: C.size_t(a.Heads), kv_heads: C.size_t(a.KVHeads), width: C.size_t(a.Width), kernels: C.kernels_named(name)}
	if a.Interleaved {
		of.interleaved = 1
	}
	if of.kernels == nil {
		return nil, fmt.Errorf("%w: no kernels %q", ErrCheck, kernels)
	}
	if !a.fits(c) {
		return nil, fmt.Errorf("%w: the sizes do not fit %+v", ErrCheck, a)
	}
	rows, tokens := len(c.Last), len(c.QKV)/a.token()
	out := make([]float32, tokens*a.Heads*a.Width)
	var pins runtime.Pinner
	defer pins.Unpin()
	call := C.struct_attention_call{
		qkv: floats(&pins, c.QKV), keys: floats(&pins, c.Keys), values: floats(&pins, c.Values), out: floats(&pins, out),
		cosines: floats(&pins, c.Cosines), sines: floats(&pins, c.Sines), last: (*C.int32_t)(pinned(&pins, c.Last)), fresh: (*C.int32_t)(pinned(&pins, c.Fresh)),
		tokens: C.size_t(tokens), rows: C.size_t(rows), capacity: C.size_t(len(c.Keys) / (rows * a.KVHeads * a.Width)), positions: C.size_t(len(c.Cosines) / (a.Width / 2)),
	}
	if wrong := C.check_attend(&of, &call, C.size_t(c.Order)); wrong != nil {
		return nil, fmt.Errorf("%w: %s", ErrCheck, C.GoString(wrong))
	}
	return out, nil
}

// token is how many numbers of a call's QKV are one token's.
func (a Attention) token() int { return (a.Heads + 2*a.KVHeads) * a.Width }

// fits says what the runtime's operator checks otherwise.
func (a Attention) fits(c AttentionCall) bool {
	if a.Heads < 1 || a.Heads > C.most_heads || a.KVHeads < 1 || a.Heads%a.KVHeads != 0 || a.Heads/a.KVHeads > C.most_queries ||
		a.Width < 16 || a.Width > C.most_width || a.Width%16 != 0 || c.Order < 0 {
		return false
	}
	rows := len(c.Last)
	return rows > 0 && len(c.Fresh) == rows && len(c.Values) == len(c.Keys) && len(c.Keys)%(rows*a.KVHeads*a.Width) == 0 &&
		len(c.Sines) == len(c.Cosines) && len(c.Cosines)%(a.Width/2) == 0 && len(c.QKV)%a.token() == 0
}

func floats(pins *runtime.Pinner, of []float32) *C.float { return (*C.float)(pinned(pins, of)) }

// pinned is where numbers are, for C that finds it in a struct.
func pinned[T any](pins *runtime.Pinner, of []T) *T {
	if len(of) == 0 {
		return nil
	}
	pins.Pin(&of[0])
	return &of[0]
}
