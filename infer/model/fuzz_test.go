package model

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"inkling/fuzztest"
)

// FuzzFolder reads any text as the configuration of a model's folder. What is accepted describes a model that can be.
func FuzzFolder(f *testing.F) {
	for name, file := range map[string]string{"gpt2-optimum": "config.json", "qwen2-optimum": "config.json", "qwen2-genai": "genai_config.json"} {
		data, err := os.ReadFile(filepath.Join("testdata", name, file))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data, file == "genai_config.json")
	}
	f.Add([]byte(`{"n_layer": 99999999999, "n_head": -1}`), false)
	f.Add([]byte(`{"model": {"decoder": {"filename": "../../etc/passwd"}}}`), true)
	f.Add([]byte(`{"model": {"decoder": {"filename": "`+strings.Repeat("a", 300)+`"}}}`), true)
	dir := f.TempDir()
	for _, name := range []string{"tokenizer.json", "model.onnx"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("{}"), 0o600); err != nil {
			f.Fatal(err)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte, genai bool) {
		defer fuzztest.Within(time.Minute)()
		mine := t.TempDir()
		for _, name := range []string{"tokenizer.json", "model.onnx"} {
			if err := os.Link(filepath.Join(dir, name), filepath.Join(mine, name)); err != nil {
				t.Fatal(err)
			}
		}
		file := "config.json"
		if genai {
			file = "genai_config.json"
		}
		if err := os.WriteFile(filepath.Join(mine, file), data, 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := Load(mine)
		if err != nil {
			if !errors.Is(err, ErrFormat) && !errors.Is(err, ErrIncomplete) {
				t.Fatalf("an error of no kind: %v", err)
			}
			return
		}
		if c.Layers < 1 || c.KVHeads < 1 || c.HeadDim < 1 || c.Vocabulary < 1 || c.ContextTokens < 1 {
			t.Fatalf("%+v", c)
		}
		if inside, err := filepath.Rel(mine, c.Graph); err != nil || !filepath.IsLocal(inside) {
			t.Fatalf("the graph lies outside the folder: %s", c.Graph)
		}
	})
}
