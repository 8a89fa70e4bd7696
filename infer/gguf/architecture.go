package gguf

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Limits of an architecture's dimensions, against foreign and hostile files.
const (
	maxLayers    = 512
	maxHeads     = 1024
	maxHeadDim   = 1024
	maxWidth     = 1 << 17
	maxContext   = 1 << 20
	keptContext  = 32_768 // longest context whose rotary tables are written: beyond it nobody completes code on a CPU
	defaultTheta = 10_000
)

// architecture is what a graph needs to know. All counts are of the whole model, but headDim, which is of one head.
type architecture struct {
	name                                        string
	layers, heads, kvHeads, headDim             int
	width, hidden, vocabulary, context, trained int
	epsilon                                     float32
	theta                                       float64
	interleaved                                 int // 1: GGUF holds queries and keys with their halves interleaved
}

// interleavings of the known architectures.
var interleavings = map[string]int{"llama": 1, "qwen2": 0}

func (g *File) architecture() (architecture, error) {
	name, _ := g.Metadata["general.architecture"].(string)
	interleaved, known := interleavings[name]
	if !known {
		return architecture{}, fmt.Errorf("%w: architecture %q; known are %s", ErrUnsupported, name,
			strings.Join(sortedKeys(interleavings), ", "))
	}
	a := architecture{name: name, interleaved: interleaved}
	n := numbers{metadata: g.Metadata, prefix: name + "."}
	a.layers = n.int("block_count", 0, 1, maxLayers)
	a.width = n.int("embedding_length", 0, blockSize, maxWidth)
	a.hidden = n.int("feed_forward_length", 0, blockSize, 8*maxWidth)
	a.heads = n.int("attention.head_count", 0, 1, maxHeads)
	a.kvHeads = n.int("attention.head_count_kv", a.heads, 1, max(a.heads, 1))
	a.headDim = n.int("attention.key_length", a.width/max(a.heads, 1), 2, maxHeadDim)
	a.trained = n.int("context_length", 2048, 1, maxContext)
	a.context = min(a.trained, keptContext)
	a.epsilon = float32(n.float("attention.layer_norm_rms_epsilon", 1e-5))
	a.theta = n.float("rope.freq_base", defaultTheta)
	if n.err != nil {
		return a, n.err
	}
	embedding, err := g.Tensor("token_embd.weight")
	if err != nil {
		return a, err
	}
	if len(embedding.Shape) != 2 || embedding.Columns() != a.width {
		return a, fmt.Errorf("%w: tensor %q is %v, but the metadata makes it [vocabulary, %d]", ErrFormat, embedding.Name, embedding.Shape, a.width)
	}
	a.vocabulary = embedding.Rows()
	return a, cmp.Or(g.unsupported(name, a), g.checkShapes(a))
}

// unsupported names what a file asks for that the graph would not do.
func (g *File) unsupported(name string, a architecture) error {
	if kind, ok := g.Metadata[name+".rope.scaling.type"].(string); ok && kind != "none" {
		return fmt.Errorf("%w: rope.scaling.type %q", ErrUnsupported, kind)
	}
	if n, ok := g.Metadata[name+".rope.dimension_count"].(uint64); ok && int(n) != a.headDim {
		return fmt.Errorf("%w: rope.dimension_count %d of a head of %d", ErrUnsupported, n, a.headDim)
	}
	if n, ok := g.Metadata[name+".expert_count"].(uint64); ok && n > 0 {
		return fmt.Errorf("%w: expert_count %d: a mixture of experts", ErrUnsupported, n)
	}
	return nil
}

// numbers reads metadata values and keeps the first error.
type numbers struct {
	metadata map[string]any
	prefix   string
	err      error
}

func (n *numbers) int(key string, missing, low, high int) int {
	value := int64(missing)
	switch v := n.metadata[n.prefix+key].(type) {
	case nil:
	case uint64:
		value = int64(min(v, 1<<62))
	case int64:
		value = v
	default:
		n.fail("%w: %s%s is no single number", ErrUnsupported, n.prefix, key)
	}
	if value < int64(low) || value > int64(high) {
		n.fail("%w: %s%s: %d is outside %d to %d", ErrFormat, n.prefix, key, value, low, high)
		return low
	}
	return int(value)
}

func (n *numbers) float(key string, missing float64) float64 {
	switch v := n.metadata[n.prefix+key].(type) {
	case nil:
		return missing
	case float64:
		return v
	}
	n.fail("%w: %s%s is no number", ErrFormat, n.prefix, key)
	return missing
}

func (n *numbers) fail(format string, values ...any) {
	if n.err == nil {
		n.err = fmt.Errorf(format, values...)
	}
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
