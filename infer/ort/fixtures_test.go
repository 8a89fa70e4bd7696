package ort

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"testing"

	"inkling/infer/gguf"
	"inkling/infer/model"
)

// fixtures are tiny models with random weights, made by the real exporters: scripts/fixtures/models.py.
const fixtures = "../model/testdata"

// sourceLogits is what the framework that a fixture comes from makes of some tokens.
type sourceLogits struct {
	IDs        []int32 `json:"ids"`
	Vocabulary int     `json:"vocabulary"`
	Packed     []byte  `json:"logits"`
}

func readSource(t *testing.T, name string) (r sourceLogits, rows [][]float32) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(fixtures, name+".logits.json"))
	if err := errors.Join(err, json.Unmarshal(data, &r)); err != nil {
		t.Fatal(err)
	}
	if len(r.Packed) != 4*len(r.IDs)*r.Vocabulary || len(r.IDs) < 16 {
		t.Fatalf("%s: %d bytes of logits for %d tokens", name, len(r.Packed), len(r.IDs))
	}
	for i := range r.IDs {
		row := make([]float32, r.Vocabulary)
		for j := range row {
			row[j] = math.Float32frombits(binary.LittleEndian.Uint32(r.Packed[4*(i*r.Vocabulary+j):]))
		}
		rows = append(rows, row)
	}
	return r, rows
}

// apart is their distance. Two unrelated rows are 1.4 apart.
func apart(got, want []float32) float64 { return distance(got, want) }

func fixtureModel(t *testing.T, path, precision string) model.Config {
	t.Helper()
	m, err := gguf.Resolve(t.Context(), filepath.Join(fixtures, path), gguf.Options{CacheDir: t.TempDir(), Precision: precision})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func openFixture(t *testing.T, path, precision string) lm {
	t.Helper()
	return openLM(t, Config{Model: fixtureModel(t, path, precision), LibraryPath: realConfig(t).LibraryPath, Rows: 2, ContextTokens: 128})
}

func TestFixturesOfRealExportersGiveTheirSourcesLogits(t *testing.T) {
	for _, c := range []struct {
		path, precision string
		within          float64
	}{
		{"qwen2.gguf", "fp32", 1e-5},
		{"qwen2-untied.gguf", "fp32", 1e-5},
		{"llama.gguf", "fp32", 1e-5},
		{"qwen2.gguf", "fp16", 0.01},
		{"qwen2-untied.gguf", "fp16", 0.01},
		{"llama.gguf", "fp16", 0.01},
		{"qwen2.gguf", "native", 0.1},
		{"qwen2-untied.gguf", "native", 0.1},
		{"llama.gguf", "native", 0.1},
		{"qwen2.gguf", "int8-rows", 0.1},
		{"qwen2.gguf", "int8-blocks", 0.1},
		{"llama.gguf", "int8-rows", 0.1},
		{"llama.gguf", "int8-blocks", 0.1},
		{"gpt2-optimum", "", 1e-5},
		{"qwen2-optimum", "", 1e-5},
		{"qwen2-genai", "", 1e-5},
	} {
		t.Run(c.path+c.precision, func(t *testing.T) {
			name := c.path
			if filepath.Ext(name) == ".gguf" {
				name = name[:len(name)-len(".gguf")]
			}
			want, rows := readSource(t, name)
			l := openFixture(t, c.path, c.precision)
			sum, checked := 0.0, 0
			check := func(at int, got []float32) {
				t.Helper()
				if len(got) != want.Vocabulary {
					t.Fatalf("%d logits, want %d", len(got), want.Vocabulary)
				}
				sum, checked = sum+apart(got, rows[at]), checked+1
			}
			for i, id := range want.IDs {
				check(i, step(t, l, segment{row: 1, past: i, ids: []int32{id}, want: true})[0])
			}
			check(len(want.IDs)-1, step(t, l, segment{row: 0, ids: want.IDs, want: true})[0])
			check(len(want.IDs)-1, step(t, l, segment{row: 0, past: 10, ids: want.IDs[10:], want: true})[0])
			// The mean, since 8-bit rounding is magnified where the softmax of random weights is nearly a tie: after the
			// last token of qwen2, rounded weights with exact activations are 0.13 apart.
			if mean := sum / float64(checked); !(mean <= c.within) {
				t.Errorf("logits are %.2g apart in the mean, more than %g", mean, c.within)
			} else {
				t.Logf("logits are %.2g apart in the mean", mean)
			}
		})
	}
}
