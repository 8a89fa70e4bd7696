package gguf

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"inkling/fuzztest"
)

// builder writes GGUF files for the tests.
type builder struct {
	version uint32
	values  bytes.Buffer
	counted uint64
	tensors bytes.Buffer
	named   uint64
	data    bytes.Buffer
}

func le(values ...any) []byte {
	var b bytes.Buffer
	for _, v := range values {
		if s, ok := v.(string); ok {
			b.Write(le(uint64(len(s))))
			b.WriteString(s)
			continue
		}
		if err := binary.Write(&b, binary.LittleEndian, v); err != nil {
			panic(err)
		}
	}
	return b.Bytes()
}

func (b *builder) value(key string, kind uint32, value ...any) {
	b.values.Write(le(append([]any{key, kind}, value...)...))
	b.counted++
}

func (b *builder) text(key, value string)          { b.value(key, 8, value) }
func (b *builder) number(key string, value uint32) { b.value(key, 4, value) }
func (b *builder) float(key string, value float32) { b.value(key, 6, value) }
func (b *builder) list(key string, values []string) {
	all := []any{uint32(8), uint64(len(values))}
	for _, v := range values {
		all = append(all, v)
	}
	b.value(key, 9, all...)
}

// floats adds an F32 tensor; shape is outermost first.
func (b *builder) floats(name string, next func() float32, shape ...int) {
	head, n := []any{name, uint32(len(shape))}, 1
	for i := len(shape) - 1; i >= 0; i-- {
		head, n = append(head, uint64(shape[i])), n*shape[i]
	}
	b.tensors.Write(le(append(head, uint32(F32), uint64(b.data.Len()))...))
	b.named++
	for range n {
		b.data.Write(le(math.Float32bits(next())))
	}
	b.data.Write(make([]byte, -b.data.Len()&31))
}

func (b *builder) file() []byte {
	version := b.version
	if version == 0 {
		version = 3
	}
	out := append([]byte("GGUF"), le(version, b.named, b.counted)...)
	out = append(append(out, b.values.Bytes()...), b.tensors.Bytes()...)
	out = append(out, make([]byte, -len(out)&31)...)
	return append(out, b.data.Bytes()...)
}

func (b *builder) write(t testing.TB) string {
	t.Helper()
	return writeFile(t, b.file())
}

func writeFile(t testing.TB, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "test.gguf")
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// tiny is a whole llama model with one block: 2 query heads and 1 key/value head of 32.
func tiny(change func(*builder)) *builder {
	b := &builder{}
	b.text("general.architecture", "llama")
	for key, value := range map[string]uint32{"block_count": 1, "embedding_length": 64, "feed_forward_length": 96, "attention.head_count": 2,
		"attention.head_count_kv": 1, "context_length": 64, "rope.dimension_count": 32} {
		b.number("llama."+key, value)
	}
	b.float("llama.attention.layer_norm_rms_epsilon", 1e-5)
	b.text("tokenizer.ggml.model", "gpt2")
	b.text("tokenizer.ggml.pre", "gpt-2")
	b.list("tokenizer.ggml.tokens", []string{"a", "b", "ab", "<|endoftext|>"})
	b.list("tokenizer.ggml.merges", []string{"a b"})
	b.number("tokenizer.ggml.eos_token_id", 3)
	if change != nil {
		change(b)
	}
	seed := uint32(1)
	next := func() float32 {
		seed = seed*1664525 + 1013904223
		return float32(int32(seed)) / (1 << 33)
	}
	b.floats("token_embd.weight", next, 4, 64)
	b.floats("output_norm.weight", next, 64)
	for name, shape := range map[string][]int{"attn_norm": {64}, "ffn_norm": {64}, "attn_q": {64, 64}, "attn_k": {32, 64}, "attn_v": {32, 64},
		"attn_output": {64, 64}, "ffn_gate": {96, 64}, "ffn_up": {96, 64}, "ffn_down": {64, 96}} {
		b.floats("blk.0."+name+".weight", next, shape...)
	}
	return b
}

func importFile(t testing.TB, path, precision string) (string, error) {
	t.Helper()
	return Import(t.Context(), path, Options{CacheDir: filepath.Join(t.TempDir(), "cache"), Precision: precision})
}

func TestABadFileIsRefusedWithWhatAndWhere(t *testing.T) {
	whole := tiny(nil).file()
	for _, c := range []struct {
		name string
		data []byte
		kind error
		want []string
	}{
		{"empty", nil, ErrFormat, []string{"byte 0"}},
		{"foreign", []byte("PK\x03\x04 a zip file"), ErrFormat, []string{"PK"}},
		{"old version", (&builder{version: 1}).file(), ErrUnsupported, []string{"version 1", "2 to 3"}},
		{"big-endian", append([]byte("GGUF"), 0, 0, 0, 3), ErrUnsupported, []string{"version"}},
		{"too many tensors", append([]byte("GGUF"), le(uint32(3), uint64(1)<<40, uint64(0))...), ErrFormat, []string{"tensors", "65536", "byte 8"}},
		{"header cut", whole[:100], ErrFormat, []string{"byte 100"}},
		{"data cut", whole[:len(whole)-40], ErrFormat, []string{"tensor", "truncated"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := importFile(t, writeFile(t, c.data), "")
			checkError(t, err, c.kind, c.want)
		})
	}
}

func TestAnUnsupportedModelIsRefusedByName(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*builder)
		kind   error
		want   []string
	}{
		{"architecture", func(b *builder) { b.text("general.architecture", "mamba") }, ErrUnsupported, []string{`"mamba"`, "llama, qwen2"}},
		{"rope scaling", func(b *builder) { b.text("llama.rope.scaling.type", "yarn") }, ErrUnsupported, []string{"rope.scaling.type", `"yarn"`}},
		{"experts", func(b *builder) { b.number("llama.expert_count", 8) }, ErrUnsupported, []string{"expert_count 8"}},
		{"tokenizer", func(b *builder) { b.text("tokenizer.ggml.model", "wordpiece") }, ErrUnsupported, []string{`"wordpiece"`}},
		{"pre-tokenizer", func(b *builder) { b.text("tokenizer.ggml.pre", "klingon") }, ErrUnsupported, []string{`"klingon"`, "smollm"}},
		{"no layers", func(b *builder) { b.number("llama.block_count", 0) }, ErrFormat, []string{"llama.block_count", "0", "1 to 512"}},
		{"missing tensor", func(b *builder) { b.number("llama.block_count", 2) }, ErrFormat, []string{`"blk.1.`}},
		{"wrong shape", func(b *builder) { b.number("llama.feed_forward_length", 128) }, ErrFormat, []string{`"blk.0.ffn_`, "96", "128"}},
		{"head width", func(b *builder) {
			b.number("llama.attention.key_length", 64)
			b.number("llama.rope.dimension_count", 64)
		}, ErrFormat, []string{`"blk.0.attn_`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := importFile(t, tiny(c.change).write(t), "")
			checkError(t, err, c.kind, c.want)
		})
	}
}

func TestAFileWithoutTensorsIsRefused(t *testing.T) {
	b := tiny(nil)
	b.tensors.Reset()
	b.named = 0
	_, err := importFile(t, b.write(t), "")
	checkError(t, err, ErrFormat, []string{`"token_embd.weight"`})
}

func checkError(t *testing.T, err, kind error, want []string) {
	t.Helper()
	if !errors.Is(err, kind) {
		t.Fatalf("error %v, want one of kind %v", err, kind)
	}
	for _, w := range want {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("error %q does not name %s", err, w)
		}
	}
}

func FuzzHeader(f *testing.F) {
	whole := tiny(nil).file()
	f.Add(whole[:1200])
	f.Add(whole)
	f.Add((&builder{version: 2}).file())
	f.Fuzz(func(t *testing.T, data []byte) {
		defer fuzztest.Within(time.Minute)()
		g, err := Open(writeFile(t, data))
		if err != nil {
			return
		}
		defer g.Close()
		if _, err := g.architecture(); err != nil {
			return
		}
		for _, tensor := range g.Tensors {
			if _, err := g.Floats(tensor, 0, min(tensor.Rows(), 2)); err != nil {
				t.Errorf("tensor %q lies in the file, but: %v", tensor.Name, err)
			}
		}
	})
}
