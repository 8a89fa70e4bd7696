package hub

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// ggufOrder is which quantisation is taken where no file is named: 8 bits lose next to nothing and are what an import
// makes of the others anyway; then the larger ones first.
var ggufOrder = []string{"q8_0", "q6_k", "q5_k_m", "q5_k", "q5_1", "q5_0", "q4_k_m", "q4_k", "q4_1", "q4_0", "bf16", "f16", "fp16", "f32"}

// graphOrder is which ONNX graph is taken.
var graphOrder = []string{
	"model.onnx", "onnx/decoder_model_merged.onnx", "decoder_model_merged.onnx", "onnx/model.onnx",
	"onnx/model_quantized.onnx", "model_quantized.onnx",
}

// beside are the files that an ONNX folder needs, where it has them.
var beside = []string{"config.json", "genai_config.json", "tokenizer.json", "tokenizer_config.json", "generation_config.json"}

// pick chooses what to fetch; whole says that it is a folder rather than one file.
func pick(files []file, name string) (chosen []file, whole bool, err error) {
	byPath := map[string]file{}
	for _, f := range files {
		if f.Type == "file" {
			byPath[f.Path] = f
		}
	}
	switch {
	case name != "" && strings.HasSuffix(strings.ToLower(name), ".gguf"):
		return one(byPath, name)
	case name != "":
		return folder(byPath, name)
	}
	if gguf := bestGGUF(byPath); gguf != "" {
		return one(byPath, gguf)
	}
	for _, graph := range graphOrder {
		if _, ok := byPath[graph]; ok {
			return folder(byPath, graph)
		}
	}
	return nil, false, fmt.Errorf("%w: it has no .gguf and no .onnx among its %d files; name one as OWNER/NAME:FILE, or convert it", ErrNotFound, len(byPath))
}

func one(files map[string]file, name string) ([]file, bool, error) {
	f, ok := files[name]
	if !ok {
		return nil, false, fmt.Errorf("%w: it has no file %q; it has %s", ErrNotFound, name, some(files))
	}
	return []file{f}, false, nil
}

// some lists files for an error message.
func some(files map[string]file) string {
	var names []string
	for name := range files {
		if ext := path.Ext(name); ext == ".gguf" || ext == ".onnx" {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return "no .gguf and no .onnx"
	}
	slices.Sort(names)
	if len(names) > 12 {
		names = append(names[:12], "and more")
	}
	return strings.Join(names, ", ")
}

// bestGGUF returns the first file by [ggufOrder]; parts of a split model are passed over.
func bestGGUF(files map[string]file) string {
	best, rank := "", len(ggufOrder)+1
	for name := range files {
		lower := strings.ToLower(name)
		if !strings.HasSuffix(lower, ".gguf") || strings.Contains(lower, "-of-0") {
			continue
		}
		r := slices.IndexFunc(ggufOrder, func(kind string) bool { return strings.Contains(lower, kind) })
		if r < 0 {
			r = len(ggufOrder)
		}
		if r < rank || r == rank && name < best {
			best, rank = name, r
		}
	}
	return best
}

// folder takes a graph with its data and what it needs besides.
func folder(files map[string]file, graph string) ([]file, bool, error) {
	f, ok := files[graph]
	if !ok {
		return nil, false, fmt.Errorf("%w: it has no file %q; it has %s", ErrNotFound, graph, some(files))
	}
	chosen := []file{f}
	for _, suffix := range []string{".data", "_data"} {
		if f, ok := files[graph+suffix]; ok {
			chosen = append(chosen, f)
		}
	}
	for _, name := range beside {
		if f, ok := files[name]; ok {
			chosen = append(chosen, f)
		}
	}
	if _, ok := files["tokenizer.json"]; !ok {
		return nil, false, fmt.Errorf("%w: it has no tokenizer.json", ErrNotFound)
	}
	return chosen, true, nil
}
