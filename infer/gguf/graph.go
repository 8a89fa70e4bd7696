package gguf

import (
	"fmt"
	"math"
)

// graph writes the nodes of a model of the llama family. All between the embeddings and the logits is [tokens, width],
// but for attention, which is [batch, sequence, width].
type graph struct {
	a         architecture
	precision string
	chunks    bool // the graph is that of buildChunks
	file      *File
	w         *weights
	nodes     []message
	quantized map[string]bool // activations that were quantised row by row
	summed    map[string]bool // activations whose blocks were summed
	err       error           // the first one; later calls do nothing
}

// op adds a node of the runtime's own domain, std one of ONNX's; both return the first output.
func (g *graph) op(name string, inputs, outputs []string, attrs attributes) string {
	g.nodes = append(g.nodes, node(microsoftDomain, name, inputs, outputs, attrs))
	return outputs[0]
}

func (g *graph) std(name string, inputs []string, output string, attrs attributes) string {
	g.nodes = append(g.nodes, node("", name, inputs, []string{output}, attrs))
	return output
}

func (g *graph) keep(name string, err error) string {
	if err != nil && g.err == nil {
		g.err = err
	}
	return name
}

// vector stores a tensor of one dimension as it is.
func (g *graph) vector(name string) string {
	values := g.values(name)
	return g.keep(g.w.floats(name, values, len(values)))
}

func (g *graph) values(name string) []float32 {
	t, err := g.file.Tensor(name)
	if err != nil {
		g.keep("", err)
		return nil
	}
	values, err := g.file.Floats(t, 0, t.Rows())
	g.keep("", err)
	return values
}

// linear adds x times the transposed weights, one below the other, and their biases where the model has them.
func (g *graph) linear(x string, out string, names ...string) string {
	m := matrix{file: g.file}
	for _, name := range names {
		t, err := g.file.Tensor(name + ".weight")
		if err != nil {
			return g.keep(out, err)
		}
		m.tensors = append(m.tensors, t)
	}
	y := g.product(x, out, m)
	if g.err != nil {
		return out
	}
	if _, biased := g.file.Tensors[names[0]+".bias"]; !biased {
		return y
	}
	var bias []float32
	for _, name := range names {
		bias = append(bias, g.values(name+".bias")...)
	}
	return g.std("Add", []string{y, g.keep(g.w.floats(out+".b", bias, len(bias)))}, out+".biased", nil)
}

// product adds a matrix product in the graph's precision.
func (g *graph) product(x, out string, m matrix) string {
	if g.precision == native {
		return g.blockProduct(x, out, m, false)
	}
	blocks := attributes{"K": m.columns(), "N": m.rows(), "bits": 8, "block_size": blockOf(m.columns()), "accuracy_level": 4}
	switch {
	case g.unpacked():
		g.keep("", g.w.full(out+".w", m))
		return g.op("FusedMatMul", []string{x, out + ".w"}, []string{out}, attributes{"transB": 1})
	case g.precision == "int4" && m.all(Q4_0):
		g.keep("", g.w.fourBits(out, m))
		blocks["bits"], blocks["block_size"] = 4, blockSize
		return g.op("MatMulNBits", []string{x, out + ".q", out + ".s"}, []string{out}, blocks)
	case g.precision == "int4" && m.all(Q4_1):
		blocks["bits"], blocks["block_size"] = 4, blockSize
		return g.offsetProduct(x, out, m, blocks)
	case g.precision == "int8-rows":
		return g.rowProduct(x, out, m)
	}
	g.keep("", g.w.eightBits(out, m, blockOf(m.columns())))
	return g.op("MatMulNBits", []string{x, out + ".q", out + ".s", out + ".z"}, []string{out}, blocks)
}

// embed adds the look-up of the tokens' embeddings. In all forms but fp32 they are 8-bit blocks of 32, as the output layer's
// weights are: where the model uses one table for both, it is stored once, but for native, whose output layer has panels.
func (g *graph) embed() string {
	m, err := g.table("token_embd.weight")
	if err != nil {
		return g.keep("x", err)
	}
	tokens := g.std("Reshape", []string{"input_ids", g.keep(g.w.int64s("all", []int64{-1}, 1))}, "tokens", nil)
	if g.unpacked() {
		g.keep("", g.w.full("embed", m))
		return g.std("Gather", []string{"embed", tokens}, "x", attributes{"axis": 0})
	}
	if g.keep("", g.w.eightBits("embed", m, blockSize)); g.err != nil {
		return "x"
	}
	blocks := m.columns() / blockSize
	g.w.again("embed.rows", "embed.q", uint8Type, m.rows(), m.columns())
	g.w.again("embed.scales", "embed.s", float32Type, m.rows(), blocks)
	g.w.again("embed.zeros", "embed.z", uint8Type, m.rows(), blocks)
	return g.op("GatherBlockQuantized", []string{"embed.rows", tokens, "embed.scales", "embed.zeros"}, []string{"x"},
		attributes{"bits": 8, "block_size": blockSize, "gather_axis": 0, "quantize_axis": 1})
}

// output adds the logits, by weights of their own or by the embeddings.
func (g *graph) output(x string) {
	name := "output.weight"
	_, own := g.file.Tensors[name]
	if !own {
		name = "token_embd.weight"
	}
	m, err := g.table(name)
	if err != nil {
		g.keep("", err)
		return
	}
	if _, biased := g.file.Tensors["output.bias"]; biased {
		g.keep("", fmt.Errorf("%w: an output layer with a bias", ErrUnsupported))
	}
	if g.precision == native {
		g.blockProduct(x, "logits", m, false)
		return
	}
	stored := "embed"
	if g.unpacked() {
		if own {
			stored = g.keep("output", g.w.full("output", m))
		}
		if g.precision != fp16 {
			g.op("FusedMatMul", []string{x, stored}, []string{"logits"}, attributes{"transB": 1})
			return
		}
		halves := g.op("FusedMatMul", []string{x, stored}, []string{"logits.half"}, attributes{"transB": 1})
		g.std("Cast", []string{halves}, "logits", attributes{"to": int(float32Type)})
		return
	}
	if own {
		stored = g.keep("output", g.w.eightBits("output", m, blockSize))
	}
	g.op("MatMulNBits", []string{x, stored + ".q", stored + ".s", stored + ".z"}, []string{"logits"},
		attributes{"K": m.columns(), "N": m.rows(), "bits": 8, "block_size": blockSize, "accuracy_level": 4})
}

// table is one tensor as a matrix.
func (g *graph) table(name string) (matrix, error) {
	t, err := g.file.Tensor(name)
	return matrix{file: g.file, tensors: []Tensor{t}}, err
}

// norm adds the RMS norm of x plus add, where add is not empty; it returns the norm and the sum.
func (g *graph) norm(x, add, weight, out string) (normed, sum string) {
	gain := g.vector(weight)
	if add == "" {
		return g.std("SimplifiedLayerNormalization", []string{x, gain}, out,
			attributes{"axis": -1, "epsilon": g.a.epsilon, "stash_type": 1}), x
	}
	g.op("SkipSimplifiedLayerNormalization", []string{x, add, gain}, []string{out, "", "", out + ".sum"},
		attributes{"epsilon": g.a.epsilon})
	return out, out + ".sum"
}

// rotary stores the cosines and sines of the rotary embedding, [context, half a head].
func (g *graph) rotary() {
	halfHead := g.a.headDim / 2
	factors := make([]float32, halfHead)
	for i := range factors {
		factors[i] = 1
	}
	if _, scaled := g.file.Tensors["rope_freqs.weight"]; scaled {
		copy(factors, g.values("rope_freqs.weight"))
	}
	cosines := make([]float32, 0, g.a.context*halfHead)
	sines := make([]float32, 0, g.a.context*halfHead)
	for position := range g.a.context {
		for i := range halfHead {
			angle := float64(position) * math.Pow(g.a.theta, -2*float64(i)/float64(g.a.headDim)) / float64(factors[i])
			cosines, sines = append(cosines, float32(math.Cos(angle))), append(sines, float32(math.Sin(angle)))
		}
	}
	g.keep(g.w.floats("cos", cosines, g.a.context, halfHead))
	g.keep(g.w.floats("sin", sines, g.a.context, halfHead))
}

// attend adds one block's attention. It takes the residual and what is still to be added to it, and returns the residual and
// what the heads found.
func (g *graph) attend(i int, residual, add string) (sum, attended string) {
	p, b := fmt.Sprintf("l%d.", i), fmt.Sprintf("blk.%d.", i)
	x, sum := g.norm(residual, add, b+"attn_norm.weight", p+"an")
	qkv := g.linear(x, p+"qkv", b+"attn_q", b+"attn_k", b+"attn_v")
	key, value := fmt.Sprintf("%d.key", i), fmt.Sprintf("%d.value", i)
	if g.ownAttention() {
		return sum, g.rowAttention(p+"att", qkv, "past_key_values."+key, "past_key_values."+value, "present."+key, "present."+value)
	}
	if g.chunks {
		qkv = g.std("Reshape", []string{qkv, "one row"}, p+"qkv3", nil)
	} else {
		qkv = g.std("Gather", []string{qkv, "spread"}, p+"qkv3", attributes{"axis": 0})
	}
	inputs := []string{qkv, "", "", "past_key_values." + key, "past_key_values." + value, "seqlens_k", "total_sequence_length", "cos", "sin"}
	if !g.chunks && g.precision != fp16 {
		inputs = append(inputs, "", "", "", "", "", "", "", "query_seqlens")
	}
	attended = g.op("GroupQueryAttention", inputs, []string{p + "att3", "present." + key, "present." + value},
		attributes{"num_heads": g.a.heads, "kv_num_heads": g.a.kvHeads, "do_rotary": 1, "rotary_interleaved": g.a.interleaved})
	return sum, attended
}

// block adds one transformer block. It takes the residual and what is still to be added to it, and returns both.
func (g *graph) block(i int, residual, add string) (string, string) {
	p, b := fmt.Sprintf("l%d.", i), fmt.Sprintf("blk.%d.", i)
	residual, attended := g.attend(i, residual, add)
	if !g.ownAttention() {
		attended = g.std("Reshape", []string{attended, "heads"}, p+"att2", nil)
		if !g.chunks {
			attended = g.std("Gather", []string{attended, "packed"}, p+"att", attributes{"axis": 0})
		}
	}
	add = g.linear(attended, p+"o", b+"attn_output")
	x, residual := g.norm(residual, add, b+"ffn_norm.weight", p+"fn")
	if g.gated(b) {
		return residual, g.linear(g.gatedProduct(x, p+"m", b+"ffn_gate.weight", b+"ffn_up.weight"), p+"d", b+"ffn_down")
	}
	both := g.linear(x, p+"gu", b+"ffn_gate", b+"ffn_up")
	g.nodes = append(g.nodes, node("", "Split", []string{both, "halves"}, []string{p + "g", p + "u"}, attributes{"axis": -1}))
	silu := g.op("QuickGelu", []string{p + "g"}, []string{p + "silu"}, attributes{"alpha": float32(1)})
	gated := g.std("Mul", []string{silu, p + "u"}, p+"m", nil)
	return residual, g.linear(gated, p+"d", b+"ffn_down")
}

// shapes makes what reshapes to [tokens, width]. Between that and [batch, sequence, width], where rows have different
// numbers of tokens and some have none, lead the indices of the inputs spread and packed: matrix products see only what is there.
func (g *graph) shapes() {
	g.keep(g.w.int64s("flat", []int64{-1, int64(g.a.width)}, 2))
	g.keep(g.w.int64s("heads", []int64{-1, int64(g.a.heads * g.a.headDim)}, 2))
}

// build writes the whole model. The inputs and outputs are those that the package's documentation lists.
func (g *graph) build() ([]byte, error) {
	g.rotary()
	g.keep(g.w.int64s("halves", []int64{int64(g.a.hidden), int64(g.a.hidden)}, 2))
	g.shapes()
	residual, add := g.embed(), ""
	for i := range g.a.layers {
		residual, add = g.block(i, residual, add)
	}
	x, _ := g.norm(residual, add, "output_norm.weight", "final")
	last := g.std("Gather", []string{x, "last"}, "final.last", attributes{"axis": 0})
	g.output(last)
	if g.err != nil {
		return nil, g.err
	}
	inputs, outputs := g.signature()
	return modelProto(g.nodes, g.w.initializers, inputs, outputs, g.precision == native), nil
}

func (g *graph) signature() (inputs, outputs []message) {
	inputs = []message{
		valueInfo("input_ids", int64Type, "tokens"),
		valueInfo("seqlens_k", int32Type, "batch"),
		valueInfo("total_sequence_length", int32Type),
		valueInfo("spread", int64Type, "batch", "sequence"),
		valueInfo("packed", int64Type, "tokens"),
		valueInfo("last", int64Type, "wanted"),
	}
	if g.precision != fp16 {
		inputs = append(inputs, valueInfo("query_seqlens", int32Type, "batch"))
	}
	past, present := g.cache("batch")
	return append(inputs, past...), append([]message{valueInfo("logits", float32Type, "wanted", g.a.vocabulary)}, present...)
}
