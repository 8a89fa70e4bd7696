package ort

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
)

// ErrGraph is returned, wrapped with what is wrong, for a graph whose inputs and outputs are not those of a known export.
var ErrGraph = errors.New("ort: a graph of an unknown form")

// growing is a model whose KV cache is handed over anew with every step, longer than before: Optimum's exports, whose
// inputs are input_ids [1, S], attention_mask [1, past + S], position_ids [1, S] and use_cache_branch [1], each where the
// graph has it, and past_key_values.N.key and .value [1, heads, past, width]; outputs are logits [1, S, vocabulary]
// and present.N.key and .value [1, heads, past + S, width].
//
// Every row owns one cache, in memory of ours; the step writes into a spare one, which then changes places with the
// row's. So a step that fails or is terminated leaves the row as it was.
type growing struct {
	*session
	c       Config
	extra   []string // inputs between input_ids and the cache, in the session's order
	caches  []*cache // by row; nil before its first step
	spare   *cache
	logits  *memory
	tensors tensors
}

// cache is one row's: for each part (layer by layer, key then value) its heads' vectors, packed.
type cache struct {
	m      *memory
	tokens int
}

// optional inputs of Optimum's exports, in the order in which a session is opened with them.
var optional = []string{"attention_mask", "position_ids", "use_cache_branch"}

func openGrowing(c Config) (_ *growing, err error) {
	g := &growing{c: c, caches: make([]*cache, c.Rows)}
	if err := openLibrary(c.LibraryPath); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, g.Close())
		}
	}()
	inputs, outputs, err := describe(c.LibraryPath, c.Model.Graph)
	if err != nil {
		return nil, err
	}
	ins, outs, err := g.names(inputs, outputs)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrGraph, c.Model.Graph, err)
	}
	if g.logits, err = newMemory(chunkTokens * c.Model.Vocabulary); err != nil {
		return nil, err
	}
	if g.spare, err = g.newCache(); err != nil {
		return nil, err
	}
	g.session, err = openSession(c, ins, outs)
	return g, err
}

// names checks what the graph asks for and gives, and lists it in the order in which a step passes it.
func (g *growing) names(inputs, outputs map[string]slot) (ins, outs []string, err error) {
	known := map[string]bool{"input_ids": true}
	ins, outs = []string{"input_ids"}, []string{"logits"}
	for _, name := range optional {
		known[name] = true
		if _, asked := inputs[name]; asked {
			ins, g.extra = append(ins, name), append(g.extra, name)
		}
	}
	for i := range g.c.Model.Layers {
		for _, part := range []string{".key", ".value"} {
			past, present := "past_key_values."+strconv.Itoa(i)+part, "present."+strconv.Itoa(i)+part
			known[past] = true
			if err := g.check(past, inputs); err != nil {
				return nil, nil, err
			}
			if _, given := outputs[present]; !given {
				return nil, nil, fmt.Errorf("it has no output %s", present)
			}
			ins, outs = append(ins, past), append(outs, present)
		}
	}
	for name := range inputs {
		if !known[name] {
			return nil, nil, fmt.Errorf("input %s is not known", name)
		}
	}
	if logits, given := outputs["logits"]; !given || logits.half {
		return nil, nil, errors.New("it has no output logits of float32")
	}
	return ins, outs, nil
}

// check compares a cache input with the configuration.
func (g *growing) check(name string, inputs map[string]slot) error {
	s, asked := inputs[name]
	switch {
	case !asked:
		return fmt.Errorf("it has no input %s; export it with its past (text-generation-with-past)", name)
	case s.half:
		return fmt.Errorf("%s is float16; known is float32", name)
	case len(s.shape) != 4:
		return fmt.Errorf("%s has %d dimensions; known is [batch, heads, past, width]", name, len(s.shape))
	}
	for at, want := range map[int]int{1: g.c.Model.KVHeads, 3: g.c.Model.HeadDim} {
		if has := s.shape[at]; has >= 0 && has != int64(want) {
			return fmt.Errorf("dimension %d of %s is %d; the configuration says %d", at, name, has, want)
		}
	}
	return nil
}

func (g *growing) parts() int { return 2 * g.c.Model.Layers }

// partFloats is the room of one part of a cache.
func (g *growing) partFloats() int {
	return g.c.Model.KVHeads * g.c.ContextTokens * g.c.Model.HeadDim
}

func (g *growing) newCache() (*cache, error) {
	m, err := newMemory(g.parts() * g.partFloats())
	if err != nil {
		return nil, err
	}
	return &cache{m: m}, nil
}

// Bytes implements lm: room for all rows and the spare, whose pages are made when they are first written.
func (g *growing) Bytes() int64 {
	return int64(len(g.caches)+1) * int64(g.parts()) * int64(g.partFloats()) * 4
}

// row returns a row's cache, cut to its first tokens.
func (g *growing) row(index, tokens int) (*cache, error) {
	if g.caches[index] == nil {
		c, err := g.newCache()
		if err != nil {
			return nil, err
		}
		g.caches[index] = c
	}
	c := g.caches[index]
	if tokens > c.tokens {
		return nil, fmt.Errorf("ort: row %d holds %d tokens, not %d", index, c.tokens, tokens)
	}
	g.pack(c, c, tokens)
	return c, nil
}

// pack writes the first tokens of one cache into another, which may be the same.
func (g *growing) pack(to, from *cache, tokens int) {
	if to == from && tokens == from.tokens {
		return
	}
	width := g.c.Model.HeadDim
	source, target := from.m.floats(), to.m.floats()
	for part := range g.parts() {
		base := part * g.partFloats()
		for h := range g.c.Model.KVHeads {
			copy(target[base+h*tokens*width:][:tokens*width], source[base+h*from.tokens*width:][:tokens*width])
		}
	}
	to.tokens = tokens
}

// Copy implements lm.
func (g *growing) Copy(from, to, n int) error {
	target, err := g.row(to, 0)
	if err != nil {
		return err
	}
	if g.caches[from] == nil || g.caches[from].tokens < n {
		return fmt.Errorf("ort: row %d does not hold %d tokens", from, n)
	}
	g.pack(target, g.caches[from], n)
	return nil
}

// Step implements lm. Every segment is a run of its own: their caches have different lengths.
func (g *growing) Step(segments []segment) ([][]float32, error) {
	var logits [][]float32
	for _, seg := range segments {
		wanted, err := g.run(seg)
		if err != nil {
			return nil, err
		}
		if len(segments) > 1 { // the next run writes over it
			wanted = slices.Clone(wanted)
		}
		logits = slices.AppendSeq(logits, slices.Chunk(wanted, g.c.Model.Vocabulary))
	}
	return logits, nil
}

// run feeds a segment, and returns the logits that are wanted, one token's after the other's.
func (g *growing) run(seg segment) (logits []float32, err error) {
	defer func() { err = errors.Join(err, g.tensors.release()) }()
	past, err := g.row(seg.row, seg.past)
	if err != nil {
		return nil, err
	}
	n, vocabulary := len(seg.ids), g.c.Model.Vocabulary
	if n > chunkTokens || seg.past+n > g.c.ContextTokens {
		return nil, fmt.Errorf("ort: %d tokens after %d do not fit", n, seg.past)
	}
	inputs := g.inputs(seg, &err)
	out := g.logits.floats()[:n*vocabulary]
	outputs := []value{add(&g.tensors, []int64{1, int64(n), int64(vocabulary)}, out, &err)}
	inputs = append(inputs, g.cacheTensors(past, seg.past, &err)...)
	outputs = append(outputs, g.cacheTensors(g.spare, seg.past+n, &err)...)
	if err != nil {
		return nil, err
	}
	if err := g.session.run(inputs, outputs); err != nil {
		return nil, err
	}
	g.spare.tokens = seg.past + n
	g.caches[seg.row], g.spare = g.spare, past
	return out[(n-seg.wanted())*vocabulary:], nil
}

// inputs makes input_ids and those optional ones that the graph has.
func (g *growing) inputs(seg segment, err *error) []value {
	n := len(seg.ids)
	ids, positions := make([]int64, n), make([]int64, n)
	for i, id := range seg.ids {
		ids[i], positions[i] = int64(id), int64(seg.past+i)
	}
	made := []value{add(&g.tensors, []int64{1, int64(n)}, ids, err)}
	for _, name := range g.extra {
		switch name {
		case "attention_mask":
			made = append(made, add(&g.tensors, []int64{1, int64(seg.past + n)}, ones(seg.past+n), err))
		case "position_ids":
			made = append(made, add(&g.tensors, []int64{1, int64(n)}, positions, err))
		case "use_cache_branch":
			// The branch with a past takes an empty one too.
			made = append(made, g.tensors.flag(true, err))
		}
	}
	return made
}

func (g *growing) cacheTensors(c *cache, tokens int, err *error) []value {
	m := g.c.Model
	shape := []int64{1, int64(m.KVHeads), int64(tokens), int64(m.HeadDim)}
	made := make([]value, 0, g.parts())
	for part := range g.parts() {
		made = append(made, add(&g.tensors, shape, c.m.floats()[part*g.partFloats():][:m.KVHeads*tokens*m.HeadDim], err))
	}
	return made
}

// Close implements lm.
func (g *growing) Close() error {
	errs := []error{g.session.close()}
	for _, c := range append(g.caches, g.spare) {
		if c != nil {
			errs = append(errs, c.m.close())
		}
	}
	if g.logits != nil {
		errs = append(errs, g.logits.close())
	}
	return errors.Join(append(errs, closeLibrary())...)
}
