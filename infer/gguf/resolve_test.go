package gguf

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"inkling/infer/model"
)

const exports = "../model/testdata"

func TestResolveDescribesEveryKindOfModel(t *testing.T) {
	o := Options{CacheDir: t.TempDir(), Precision: "fp32"}
	for _, c := range []struct{ path, architecture, exporter string }{
		{"qwen2.gguf", "qwen2", "inkling"},
		{"llama.gguf", "llama", "inkling"},
		{"gpt2-optimum", "gpt2", "optimum"},
		{"gpt2-optimum/model.onnx", "gpt2", "optimum"},
		{"qwen2-optimum", "qwen2", "optimum"},
		{"qwen2-genai", "qwen2", "genai"},
	} {
		m, err := Resolve(t.Context(), filepath.Join(exports, filepath.FromSlash(c.path)), o)
		if err != nil {
			t.Errorf("%s: %v", c.path, err)
			continue
		}
		heads := 2
		if c.architecture == "gpt2" {
			heads = 4
		}
		if m.Architecture != c.architecture || m.Exporter != c.exporter || m.Layers != 2 || m.KVHeads != heads || m.HeadDim != 16 || m.Vocabulary != 298 ||
			m.ContextTokens != 256 || len(m.EndTokens) == 0 || m.EndTokens[0] != 0 {
			t.Errorf("%s: %+v", c.path, m)
		}
	}
}

func TestAHubNameIsAnsweredWithTheCommand(t *testing.T) {
	for _, name := range []string{"gpt2", "owner/repo"} {
		_, err := Resolve(t.Context(), name, Options{CacheDir: t.TempDir()})
		if !errors.Is(err, ErrNotLocal) || !strings.Contains(err.Error(), "inkling pull "+name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, path := range []string{"./gpt2", "missing.gguf", "a/b/c"} {
		if _, err := Resolve(t.Context(), path, Options{CacheDir: t.TempDir()}); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestAFolderNamesWhatItLacks(t *testing.T) {
	dir := t.TempDir()
	for _, file := range []string{"tokenizer.json", "config.json", "model.onnx"} {
		if _, err := Resolve(t.Context(), dir, Options{}); !errors.Is(err, model.ErrIncomplete) || !strings.Contains(err.Error(), file) {
			t.Errorf("without %s: %v", file, err)
		}
		content := `{"model_type": "gpt2", "n_layer": 2, "n_head": 4, "n_embd": 64, "vocab_size": 298, "n_positions": 256}`
		if err := os.WriteFile(filepath.Join(dir, file), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Resolve(t.Context(), dir, Options{}); err != nil {
		t.Error(err)
	}
}

func TestImportsAtOnceMakeOneFolder(t *testing.T) {
	path, cache := tiny(nil).write(t), t.TempDir()
	dirs := make([]string, 8)
	var group sync.WaitGroup
	for i := range dirs {
		group.Go(func() {
			var err error
			if dirs[i], err = Import(t.Context(), path, Options{CacheDir: cache}); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	for _, dir := range dirs {
		if dir != dirs[0] {
			t.Errorf("folders %s and %s", dir, dirs[0])
		}
	}
	left, err := filepath.Glob(filepath.Join(cache, ".importing-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
