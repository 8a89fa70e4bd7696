package gguf

import "fmt"

// chunksFile is the second graph of a mixed form: chunks of prompts, as int8-rows, into the cache that the first graph works
// on, with no logits: the last token of a prompt is the first graph's.
const chunksFile = "chunks.onnx"

// firstGraph names the form of a precision's first graph, and says whether it has a second one.
func firstGraph(precision string) (form string, mixed bool) {
	switch precision {
	case "mixed":
		return "int8-blocks", true
	case "int4-mixed":
		return "int4", true
	}
	return precision, false
}

// buildChunks writes the graph of T tokens of one row, after the one of the same weights was written:
//
//	input_ids              int64 [T]
//	seqlens_k              int32 [1]           past + T - 1
//	total_sequence_length  int32 []            past + T
//	past_key_values.N.key, .value, present.N.key, .value   float [1, KV heads, C, head width]
func (g *graph) buildChunks() ([]byte, error) {
	g.precision, g.chunks, g.nodes, g.w.initializers = "int8-rows", true, nil, nil
	g.rotary()
	g.keep(g.w.int64s("halves", []int64{int64(g.a.hidden), int64(g.a.hidden)}, 2))
	g.shapes()
	g.keep(g.w.int64s("one row", []int64{1, -1, int64((g.a.heads + 2*g.a.kvHeads) * g.a.headDim)}, 3))
	residual, add := g.embed(), ""
	for i := range g.a.layers - 1 {
		residual, add = g.block(i, residual, add)
	}
	g.attend(g.a.layers-1, residual, add) // what it says is not wanted, but for keys and values
	if g.err != nil {
		return nil, g.err
	}
	inputs := []message{
		valueInfo("input_ids", int64Type, "tokens"),
		valueInfo("seqlens_k", int32Type, 1),
		valueInfo("total_sequence_length", int32Type),
	}
	past, outputs := g.cache(1)
	return modelProto(g.nodes, g.w.initializers, append(inputs, past...), outputs, false), nil
}

// cache describes the inputs and outputs that are the KV cache.
func (g *graph) cache(batch any) (past, present []message) {
	for i := range g.a.layers {
		for _, part := range []string{"key", "value"} {
			shape := []any{batch, g.a.kvHeads, "capacity", g.a.headDim}
			past = append(past, valueInfo(fmt.Sprintf("past_key_values.%d.%s", i, part), g.kind(), shape...))
			present = append(present, valueInfo(fmt.Sprintf("present.%d.%s", i, part), g.kind(), shape...))
		}
	}
	return past, present
}
