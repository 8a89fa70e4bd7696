package ort

import (
	"errors"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"inkling/infer/model"
	"inkling/infer/ort/products"
)

const onnxInt32 = 6

// inputs and outputs of a graph of one RowAttention, and how many dimensions they have.
var (
	attentionInputs  = []string{"qkv", "keys", "values", "last", "fresh", "cosines", "sines"}
	attentionOutputs = []string{"out", "new keys", "new values"}
	dimensions       = map[string]int{"qkv": 2, "keys": 4, "values": 4, "last": 1, "fresh": 1, "cosines": 2, "sines": 2, "out": 2, "new keys": 4, "new values": 4}
)

// attentionGraph is a graph of one RowAttention, whose inputs have so many dimensions.
func attentionGraph(attributes map[string]int, dimensions map[string]int) []byte {
	var node, declarations []byte
	for _, name := range attentionInputs {
		kind := onnxFloat
		if name == "last" || name == "fresh" {
			kind = onnxInt32
		}
		node = bytesField(node, 1, []byte(name))
		declarations = bytesField(declarations, 11, declared(name, kind, dimensions[name]))
	}
	for _, name := range attentionOutputs {
		node = bytesField(node, 2, []byte(name))
		declarations = bytesField(declarations, 12, declared(name, onnxFloat, dimensions[name]))
	}
	return oneNode("RowAttention", node, attributes, declarations)
}

func openAttention(t *testing.T, library string, threads int, graph []byte) (*session, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "attention.onnx")
	if err := os.WriteFile(path, graph, 0o600); err != nil {
		t.Fatal(err)
	}
	return openSession(Config{Model: model.Config{Graph: path}, LibraryPath: library, Threads: threads}, attentionInputs, attentionOutputs)
}

func attentionAttributes(a products.Attention) map[string]int {
	attributes := map[string]int{"heads": a.Heads, "kv_heads": a.KVHeads, "width": a.Width, "interleaved": 0}
	if a.Interleaved {
		attributes["interleaved"] = 1
	}
	return attributes
}

// attentionSizes are the shapes of a call's inputs and of what is found.
func attentionSizes(a products.Attention, c products.AttentionCall) map[string][]int64 {
	rows, qkv, half := int64(len(c.Last)), int64((a.Heads+2*a.KVHeads)*a.Width), int64(a.Width/2)
	cache := []int64{rows, int64(a.KVHeads), int64(len(c.Keys)/a.KVHeads/a.Width) / rows, int64(a.Width)}
	return map[string][]int64{
		"qkv": {int64(len(c.QKV)) / qkv, qkv}, "keys": cache, "values": cache, "last": {rows}, "fresh": {rows},
		"cosines": {int64(len(c.Cosines)) / half, half}, "sines": {int64(len(c.Sines)) / half, half},
		"out": {int64(len(c.QKV)) / qkv, int64(a.Heads * a.Width)},
	}
}

// drawAttention makes a call with rows of so many cached and new tokens.
func drawAttention(random *rand.Rand, a products.Attention, capacity int, rows ...[2]int) (c products.AttentionCall) {
	draw := func(count int) []float32 {
		numbers := make([]float32, count)
		for i := range numbers {
			numbers[i] = float32(random.NormFloat64())
		}
		return numbers
	}
	tokens := 0
	for _, r := range rows {
		c.Last, c.Fresh, tokens = append(c.Last, int32(r[0]+r[1]-1)), append(c.Fresh, int32(r[1])), tokens+r[1]
	}
	c.QKV = draw(tokens * (a.Heads + 2*a.KVHeads) * a.Width)
	c.Keys, c.Values = draw(len(rows)*a.KVHeads*capacity*a.Width), draw(len(rows)*a.KVHeads*capacity*a.Width)
	for range capacity * a.Width / 2 {
		angle := random.Float64() * 2 * math.Pi
		c.Cosines, c.Sines = append(c.Cosines, float32(math.Cos(angle))), append(c.Sines, float32(math.Sin(angle)))
	}
	return c
}

// attend runs a session's attention with inputs of some shapes. The caches are appended to in place, or in memory of their own.
func attend(t *testing.T, s *session, sizes map[string][]int64, c products.AttentionCall, inPlace bool) (out []float32, failed error) {
	t.Helper()
	var all tensors
	var err error
	floats := map[string][]float32{"qkv": c.QKV, "keys": c.Keys, "values": c.Values, "cosines": c.Cosines, "sines": c.Sines}
	ints := map[string][]int32{"last": c.Last, "fresh": c.Fresh}
	var in []value
	for _, name := range attentionInputs {
		if data, whole := ints[name]; whole {
			in = append(in, add(&all, sizes[name], data, &err))
		} else {
			in = append(in, add(&all, sizes[name], floats[name], &err))
		}
	}
	out = make([]float32, sizes["out"][0]*sizes["out"][1])
	kept := in[1:3]
	if !inPlace {
		kept = []value{add(&all, sizes["keys"], slices.Clone(c.Keys), &err), add(&all, sizes["values"], slices.Clone(c.Values), &err)}
	}
	to := append([]value{add(&all, sizes["out"], out, &err)}, kept...)
	if err == nil {
		failed = s.run(in, to)
	}
	if err := errors.Join(err, all.release()); err != nil {
		t.Fatal(err)
	}
	return out, failed
}

func TestARowAttentionInTheRuntimeIsTheKernels(t *testing.T) {
	library, random := useLibrary(t), rand.New(rand.NewPCG(4, 1))
	for _, a := range []products.Attention{
		{Heads: 9, KVHeads: 3, Width: 64, Interleaved: true},
		{Heads: 14, KVHeads: 2, Width: 64},
		{Heads: 128, KVHeads: 1, Width: 16},
		{Heads: 2, KVHeads: 2, Width: 256},
	} {
		for _, threads := range []int{1, 2} {
			s, err := openAttention(t, library, threads, attentionGraph(attentionAttributes(a), dimensions))
			if err != nil {
				t.Fatal(err)
			}
			for _, rows := range [][][2]int{{{30, 1}}, {{0, 70}}, {{5, 1}, {40, 40}, {8, 0}, {0, 17}, {15, 16}, {0, 0}, {79, 1}}} {
				c := drawAttention(random, a, 80, rows...)
				want := c
				want.Keys, want.Values = slices.Clone(c.Keys), slices.Clone(c.Values)
				wanted, err := a.Compute(products.Kernels(), want)
				if err != nil {
					t.Fatal(err)
				}
				got, err := attend(t, s, attentionSizes(a, c), c, true)
				if err != nil {
					t.Fatal(err)
				}
				if !slices.Equal(got, wanted) || !slices.Equal(c.Keys, want.Keys) || !slices.Equal(c.Values, want.Values) {
					t.Errorf("%+v of %v on %d threads: other numbers than without the runtime", a, rows, threads)
				}
			}
			if err := s.close(); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestAWrongRowAttentionIsRefusedWhenItIsOpened(t *testing.T) {
	library := useLibrary(t)
	right := attentionAttributes(products.Attention{Heads: 4, KVHeads: 2, Width: 32})
	for _, c := range []struct {
		name   string
		change map[string]int
		want   string // "" where it is right
	}{
		{"right", nil, ""},
		{"the most heads and the widest", map[string]int{"heads": 1024, "kv_heads": 8, "width": 256}, ""},
		{"no heads", map[string]int{"heads": 0}, "is not from"},
		{"too many heads", map[string]int{"heads": 1026}, "is not from"},
		{"no heads of the cache", map[string]int{"kv_heads": 0}, "is not from"},
		{"heads of the cache below none", map[string]int{"kv_heads": -2}, "is not from"},
		{"more heads of the cache than heads", map[string]int{"kv_heads": 8}, "is not from"},
		{"heads that are no multiple", map[string]int{"kv_heads": 3}, "no multiple of kv_heads"},
		{"too many heads for one of the cache", map[string]int{"heads": 129, "kv_heads": 1}, "above 128 times"},
		{"no width", map[string]int{"width": 0}, "is not from"},
		{"a width of 8", map[string]int{"width": 8}, "is not from"},
		{"a width of 24", map[string]int{"width": 24}, "width is no multiple of 16"},
		{"a width of 272", map[string]int{"width": 272}, "is not from"},
		{"an embedding of neither kind", map[string]int{"interleaved": 2}, "is not from"},
	} {
		t.Run(c.name, func(t *testing.T) {
			attributes := maps.Clone(right)
			maps.Copy(attributes, c.change)
			s, err := openAttention(t, library, 1, attentionGraph(attributes, dimensions))
			checkRefused(t, s, err, "RowAttention", c.want)
		})
	}
	for name := range right {
		t.Run("without "+name, func(t *testing.T) {
			attributes := maps.Clone(right)
			delete(attributes, name)
			s, err := openAttention(t, library, 1, attentionGraph(attributes, dimensions))
			checkRefused(t, s, err, "RowAttention", "attribute "+name+" is missing")
		})
	}
}

func TestARowAttentionOfOtherShapesIsAnError(t *testing.T) {
	library := useLibrary(t)
	a := products.Attention{Heads: 4, KVHeads: 2, Width: 16}
	const (
		cache  = "the cache is not [rows, kv_heads, capacity, width]"
		turns  = "the embedding is not [positions, width / 2]"
		counts = "there are not as many lengths as rows of the cache"
		input  = "the input is not [tokens, (heads + 2 kv_heads) width]"
	)
	for _, c := range []struct {
		name, of string
		size     []int64 // the right ones are [5, 128], [2, 2, 12, 16], [2], [12, 8]
		want     string
	}{
		{"right", "", nil, ""},
		{"tokens of another width", "qkv", []int64{5, 64}, input},
		{"tokens of 3 dimensions", "qkv", []int64{1, 5, 128}, input},
		{"tokens of one dimension", "qkv", []int64{640}, input},
		{"keys of 3 dimensions", "keys", []int64{4, 12, 16}, "the cache has not 4 dimensions"},
		{"keys of 5 dimensions", "keys", []int64{1, 2, 2, 12, 16}, "more than 4 dimensions"},
		{"keys of other heads", "keys", []int64{2, 1, 12, 16}, cache},
		{"keys of another width", "keys", []int64{2, 2, 12, 8}, cache},
		{"keys of another capacity", "keys", []int64{2, 2, 14, 16}, cache}, // than the values
		{"keys of more rows", "keys", []int64{4, 2, 12, 16}, cache},        // than the values
		{"values of 3 dimensions", "values", []int64{4, 12, 16}, cache},
		{"values of other heads", "values", []int64{2, 1, 12, 16}, cache},
		{"values of another width", "values", []int64{2, 2, 12, 8}, cache},
		{"values of another capacity", "values", []int64{2, 2, 11, 16}, cache},
		{"values of fewer rows", "values", []int64{1, 2, 12, 16}, cache},
		{"a length less", "last", []int64{1}, counts},
		{"lengths in a square", "last", []int64{2, 1}, counts},
		{"a number of new tokens less", "fresh", []int64{1}, counts},
		{"new tokens in a square", "fresh", []int64{1, 2}, counts},
		{"cosines of another width", "cosines", []int64{12, 4}, turns},
		{"cosines of more positions", "cosines", []int64{13, 8}, turns}, // than the sines
		{"cosines of 3 dimensions", "cosines", []int64{1, 12, 8}, turns},
		{"sines of another width", "sines", []int64{12, 4}, turns},
		{"sines of fewer positions", "sines", []int64{11, 8}, turns},
		{"sines of one dimension", "sines", []int64{96}, turns},
	} {
		t.Run(c.name, func(t *testing.T) {
			call := drawAttention(rand.New(rand.NewPCG(4, 2)), a, 12, [2]int{3, 2}, [2]int{9, 3})
			sizes, declared := attentionSizes(a, call), maps.Clone(dimensions)
			if c.of != "" {
				sizes[c.of], declared[c.of], declared["new "+c.of] = c.size, len(c.size), len(c.size)
				resize(&call, c.of, c.size)
			}
			checkFailed(t, library, attentionGraph(attentionAttributes(a), declared), sizes, call, true, c.want)
		})
	}
}

// resize gives an input of a call as many numbers as a shape has.
func resize(c *products.AttentionCall, name string, size []int64) {
	count := 1
	for _, n := range size {
		count *= int(n)
	}
	floats := map[string]*[]float32{"qkv": &c.QKV, "keys": &c.Keys, "values": &c.Values, "cosines": &c.Cosines, "sines": &c.Sines}
	ints := map[string]*[]int32{"last": &c.Last, "fresh": &c.Fresh}
	if at := floats[name]; at != nil {
		*at = append(*at, make([]float32, count)...)[:count]
	} else {
		*ints[name] = (*ints[name])[:count]
	}
}

// checkFailed runs a graph, and wants an error that names the operator and what is wrong, or none where want is empty. What fails
// leaves the caches as they were.
func checkFailed(t *testing.T, library string, graph []byte, sizes map[string][]int64, c products.AttentionCall, inPlace bool, want string) {
	t.Helper()
	s, err := openAttention(t, library, 1, graph)
	if err != nil {
		t.Fatal(err)
	}
	keys, values := slices.Clone(c.Keys), slices.Clone(c.Values)
	_, failed := attend(t, s, sizes, c, inPlace)
	if err := s.close(); err != nil {
		t.Error(err)
	}
	switch {
	case want == "" && failed != nil, want != "" && failed == nil:
		t.Errorf("%v, want %q", failed, want)
	case want != "" && (!strings.Contains(failed.Error(), "RowAttention") || !strings.Contains(failed.Error(), want)):
		t.Errorf("%v, want %q of RowAttention", failed, want)
	case want != "" && (!slices.Equal(keys, c.Keys) || !slices.Equal(values, c.Values)):
		t.Error("it failed, and the caches are others")
	}
}

func TestARowAttentionOfOtherLengthsIsAnError(t *testing.T) {
	library := useLibrary(t)
	a := products.Attention{Heads: 4, KVHeads: 2, Width: 16}
	for name, c := range map[string]struct {
		change func(c *products.AttentionCall)
		want   string
	}{
		"right":                      {func(*products.AttentionCall) {}, ""},
		"beyond the capacity":        {func(c *products.AttentionCall) { c.Last[1] = 12 }, "longer than its cache"},
		"far beyond the capacity":    {func(c *products.AttentionCall) { c.Last[1] = math.MaxInt32 }, "longer than its cache"},
		"a past below none":          {func(c *products.AttentionCall) { c.Last[0] = 0 }, "longer than its cache"},
		"beyond the embedding":       {func(c *products.AttentionCall) { c.Cosines, c.Sines = c.Cosines[:11*8], c.Sines[:11*8] }, "than the embedding"},
		"fewer new tokens":           {func(c *products.AttentionCall) { c.Fresh[0] = 1 }, "not as many as there are"},
		"more new tokens":            {func(c *products.AttentionCall) { c.Fresh[0] = 3 }, "not as many as there are"},
		"far more new tokens":        {func(c *products.AttentionCall) { c.Fresh[0] = math.MaxInt32 }, "more than there are"},
		"fewer new tokens than none": {func(c *products.AttentionCall) { c.Fresh[0] = -1 }, "fewer than no new tokens"},
		"a row less":                 {func(c *products.AttentionCall) { c.Last, c.Fresh = c.Last[:1], c.Fresh[:1] }, "as many lengths as rows"},
	} {
		t.Run(name, func(t *testing.T) {
			call := drawAttention(rand.New(rand.NewPCG(4, 3)), a, 12, [2]int{3, 2}, [2]int{9, 3})
			sizes := attentionSizes(a, call)
			c.change(&call)
			sizes["last"], sizes["fresh"] = []int64{int64(len(call.Last))}, []int64{int64(len(call.Fresh))}
			sizes["cosines"], sizes["sines"] = []int64{int64(len(call.Cosines) / 8), 8}, []int64{int64(len(call.Sines) / 8), 8}
			checkFailed(t, library, attentionGraph(attentionAttributes(a), dimensions), sizes, call, true, c.want)
		})
	}
}

func TestARowAttentionWhoseCacheIsNotKeptInPlaceIsAnError(t *testing.T) {
	a := products.Attention{Heads: 4, KVHeads: 2, Width: 16}
	call := drawAttention(rand.New(rand.NewPCG(4, 4)), a, 12, [2]int{3, 2}, [2]int{9, 3})
	checkFailed(t, useLibrary(t), attentionGraph(attentionAttributes(a), dimensions), attentionSizes(a, call), call, false,
		"the cache is not kept in place")
}
