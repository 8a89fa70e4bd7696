package gguf

import (
	"os"
	"path/filepath"
	"testing"
)

func TestAnOutlineIsWhatImportingMakes(t *testing.T) {
	for _, file := range []string{"qwen2.gguf", "llama.gguf"} {
		for _, precision := range []string{"int8-blocks", "int8-rows", "mixed", "int4", "native", "fp16", "fp32"} {
			path := filepath.Join(exports, file)
			m, least, err := Outline(path, precision)
			if err != nil {
				t.Fatal(err)
			}
			real, err := Resolve(t.Context(), path, Options{CacheDir: t.TempDir(), Precision: precision})
			if err != nil {
				if precision == "int4" {
					continue // not every file's blocks map
				}
				t.Fatal(err)
			}
			weights, err := os.Stat(filepath.Join(filepath.Dir(real.Graph), dataFile))
			if err != nil {
				t.Fatal(err)
			}
			if least > weights.Size() || least < weights.Size()/5 {
				t.Errorf("%s as %s: at least %d bytes, and there are %d", file, precision, least, weights.Size())
			}
			if m.Layers != real.Layers || m.KVHeads != real.KVHeads || m.HeadDim != real.HeadDim || m.ContextTokens != real.ContextTokens ||
				m.Vocabulary != real.Vocabulary || m.Name != real.Name || m.HalfKV() != real.HalfKV() {
				t.Errorf("%s as %s: %+v is outlined, %+v imported", file, precision, m, real)
			}
		}
	}
}
