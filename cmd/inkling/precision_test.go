package main

import (
	"path/filepath"
	"slices"
	"testing"

	"inkling/infer/gguf"
	"inkling/infer/ort"
)

func TestAGPUGetsHalves(t *testing.T) {
	p := &program{}
	for _, c := range []struct{ device, precision, want string }{
		{"cuda", "native", "fp16"}, {"cuda", "int8", "fp16"}, {"cuda", "int8-blocks", "int8-blocks"}, {"cuda", "auto", "fp16"}, {"", "auto", "mixed"}, {"cuda", "fp32", "fp32"}, {"cpu", "int8", "int8"}, {"", "int8", "int8"},
		{"", "native", "native"},
	} {
		if c.want == "native" && !ort.HasKernels() {
			c.want = "int8"
		}
		if got := p.importOptions(modelConfig{Device: c.device, Precision: c.precision}, nil).Precision; got != c.want {
			t.Errorf("%s on %s is %s, want %s", c.precision, c.device, got, c.want)
		}
	}
}

func TestOnlyAFileOfFourBitBlocksHasAnotherMixedForm(t *testing.T) {
	home := t.TempDir()
	var kernels []string
	if ort.HasKernels() {
		kernels = []string{"native"}
	}
	for path, want := range map[string][]string{
		"../../infer/model/testdata/llama.gguf":                        kernels,
		filepath.Join((&program{}).home(), "models", defaultModelFile): append([]string{"int4-mixed"}, kernels...),
	} {
		o := gguf.Options{CacheDir: home, Precision: mixedPrecision}
		found, err := gguf.Resolve(t.Context(), path, o)
		if err != nil {
			t.Fatal(err)
		}
		others, err := otherForms(t.Context(), path, o, found)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, other := range others {
			got = append(got, other.Precision)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", path, got, want)
		}
		if others, err := otherForms(t.Context(), found.Dir, o, found); len(others) > 0 || err != nil {
			t.Errorf("a folder has other forms: %v, %v", others, err)
		}
	}
}
