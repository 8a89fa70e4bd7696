package gguf

import (
	"fmt"
	"slices"
)

// checkShapes finds tensors that are missing, or of another shape than the metadata says: the runtime would take the
// graph and fail much later, without a name.
func (g *File) checkShapes(a architecture) error {
	queries, keys := a.heads*a.headDim, a.kvHeads*a.headDim
	if a.heads%a.kvHeads != 0 {
		return fmt.Errorf("%w: %d attention heads are no multiple of %d key/value heads", ErrFormat, a.heads, a.kvHeads)
	}
	if a.headDim%2 != 0 {
		return fmt.Errorf("%w: a head of %d is odd, rotary embeddings need pairs", ErrFormat, a.headDim)
	}
	type part struct {
		name  string
		shape []int
	}
	parts := []part{{"output_norm.weight", []int{a.width}}}
	for i := range a.layers {
		b := fmt.Sprintf("blk.%d.", i)
		parts = append(parts,
			part{b + "attn_norm.weight", []int{a.width}}, part{b + "ffn_norm.weight", []int{a.width}},
			part{b + "attn_q.weight", []int{queries, a.width}}, part{b + "attn_k.weight", []int{keys, a.width}},
			part{b + "attn_v.weight", []int{keys, a.width}}, part{b + "attn_output.weight", []int{a.width, queries}},
			part{b + "ffn_gate.weight", []int{a.hidden, a.width}}, part{b + "ffn_up.weight", []int{a.hidden, a.width}},
			part{b + "ffn_down.weight", []int{a.width, a.hidden}})
		if _, biased := g.Tensors[b+"attn_q.bias"]; biased {
			parts = append(parts, part{b + "attn_q.bias", []int{queries}}, part{b + "attn_k.bias", []int{keys}}, part{b + "attn_v.bias", []int{keys}})
		}
	}
	for name, shape := range map[string][]int{"output.weight": {a.vocabulary, a.width}, "rope_freqs.weight": {a.headDim / 2}} {
		if _, there := g.Tensors[name]; there {
			parts = append(parts, part{name, shape})
		}
	}
	for _, p := range parts {
		t, err := g.Tensor(p.name)
		if err != nil {
			return err
		}
		if !slices.Equal(t.Shape, p.shape) {
			return fmt.Errorf("%w: tensor %q is %v, but the metadata makes it %v", ErrFormat, p.name, t.Shape, p.shape)
		}
	}
	return nil
}
