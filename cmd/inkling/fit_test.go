package main

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/zap"

	"inkling/infer/model"
	"inkling/serving/memory"
)

func TestAModelThatDoesNotFitIsRefusedByName(t *testing.T) {
	graph := filepath.Join(t.TempDir(), "model.onnx")
	for name, size := range map[string]int{graph: 1 << 20, graph + ".data": 5 << 20, filepath.Dir(graph) + "/other": 1 << 20} {
		if err := os.WriteFile(name, make([]byte, size), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := weightBytes(graph); n != 6<<20 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	p, err := parse(t, "serve")
	if err != nil {
		t.Fatal(err)
	}
	m := model.Config{Layers: 2, KVHeads: 2, HeadDim: 16, ContextTokens: 256}
	need := memory.Need{Weights: 6 << 20, KV: p.Serve.kvBytes(m)}
	for bytes, fit := range map[int64]bool{need.Bytes(): true, need.Bytes() - 1: false} {
		err := p.Serve.fits(m, need.Weights, memory.Limit{Bytes: bytes, From: "/x/memory.max"})
		if (err == nil) != fit || err != nil && (!strings.HasPrefix(err.Error(), "MODEL_PATH, KV_BYTES: ") || strings.Contains(err.Error(), "\n")) {
			t.Errorf("%d bytes: %v", bytes, err)
		}
	}
}

// A file that is far too large is refused by its header: importing it would take minutes, and the memory that is not there.
func TestAModelThatCannotFitIsNotImported(t *testing.T) {
	clean(t)
	p, err := parse(t, "serve")
	if err != nil {
		t.Fatal(err)
	}
	home := p.home()
	p.Serve.ModelPath = filepath.Join(home, "models", defaultModelFile)
	if p.Serve.Library, err = p.library(p.Serve.modelConfig); err != nil {
		t.Fatal(err)
	}
	p.Home = t.TempDir()
	err = p.Serve.preflight(t.Context(), p, memory.Limit{Bytes: 600 << 20, From: "/x/memory.max"})
	if !errors.Is(err, memory.ErrDoesNotFit) || !strings.HasPrefix(err.Error(), "MODEL_PATH, KV_BYTES: ") {
		t.Error(err)
	}
	if err := p.Serve.preflight(t.Context(), p, memory.Limit{Bytes: 2 << 30}); err != nil {
		t.Error(err)
	}
	if made, err := os.ReadDir(p.Home); err != nil || len(made) > 0 {
		t.Errorf("%v, %v was made", err, made)
	}
}

// refusedWith starts a server that must end at once, and returns why.
func refusedWith(t *testing.T, args ...string) error {
	t.Helper()
	clean(t)
	p, err := parse(t, append([]string{"serve", "--port", "0"}, args...)...)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	err = p.Serve.serve(t.Context(), p, listener, zap.NewNop())
	if conn, dialled := net.Dial("tcp", listener.Addr().String()); dialled == nil {
		err = errors.Join(err, conn.Close(), errors.New("it listens on"))
	}
	return err
}

func TestWhatTheModelCannotRunOnIsRefusedByName(t *testing.T) {
	text := filepath.Join(t.TempDir(), "model.gguf")
	if err := os.WriteFile(text, []byte("no model"), 0o600); err != nil {
		t.Fatal(err)
	}
	for want, args := range map[string][]string{
		"MODEL_PATH: stat /nope: ":                              {"--model-path", "/nope"},
		"MODEL_PATH: gguf: the model is not on this machine":    {"--model-path", "owner/name"},
		"MODEL_PATH: reading " + text:                           {"--model-path", text},
		"ONNXRUNTIME_LIBRARY: there is no ONNX Runtime":         {"--library", "/nope"},
		"ONNXRUNTIME_LIBRARY: ort: the library cannot be used":  {"--library", text},
		"KV_BYTES, MAX_TOKENS: ort: the KV memory is too small": {"--kv-bytes", "1"},
		"CACHE_MIB: 1000000 MiB are more than half":             {"--cache-mib", "1000000"},
		"MODEL_PATH, KV_BYTES: memory: the model does not fit":  {"--kv-bytes", "1000000000000000"},
		"DEVICE, ONNXRUNTIME_LIBRARY: ":                         {"--device", "cuda"},
		"REDIS_REQUIRED: Redis does not answer":                 {"--redis-required", "--redis-host", "127.0.0.1", "--redis-port", "1", "--redis-password", "hunter2"},
	} {
		err := refusedWith(t, args...)
		if err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "\n") || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%v: %v", args, err)
		}
	}
}

func TestOnlyFormsThatFitTogetherAreMeasured(t *testing.T) {
	p, err := parse(t, "serve")
	if err != nil {
		t.Fatal(err)
	}
	form := func(precision string) model.Config {
		graph := filepath.Join(t.TempDir(), "model.onnx")
		if err := os.WriteFile(graph, make([]byte, 6<<20), 0o600); err != nil {
			t.Fatal(err)
		}
		return model.Config{Graph: graph, Precision: precision, Layers: 2, KVHeads: 2, HeadDim: 16, ContextTokens: 256}
	}
	others := []model.Config{form("int4-mixed"), form("native")}
	need := memory.Need{Weights: 12 << 20, KV: p.Serve.kvBytes(others[0])}
	for bytes, want := range map[int64]int{need.Bytes() - 1: 0, need.Bytes(): 1, 1 << 40: 2} {
		var told []string
		fit := p.Serve.thatFit(others, 6<<20, memory.Limit{Bytes: bytes}, func(what string) { told = append(told, what) })
		if len(fit) != want || len(told) != len(others)-want {
			t.Errorf("%d bytes: %d forms fit, want %d; told %q", bytes, len(fit), want, told)
		}
	}
}
