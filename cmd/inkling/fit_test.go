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
	need := memory.Need{Weights: 6 << 20, KV: 1 << 20}
	for bytes, fit := range map[int64]bool{need.Bytes(): true, need.Bytes() - 1: false} {
		err := fits(model.Config{Graph: graph}, need.KV, memory.Limit{Bytes: bytes, From: "/x/memory.max"})
		if (err == nil) != fit || err != nil && (!strings.HasPrefix(err.Error(), "MODEL_PATH, KV_BYTES: ") || strings.Contains(err.Error(), "\n")) {
			t.Errorf("%d bytes: %v", bytes, err)
		}
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
	for want, args := range map[string][]string{
		"MODEL_PATH, KV_BYTES: memory: the model does not fit": {"--kv-bytes", "1000000000000000"},
		"DEVICE, ONNXRUNTIME_LIBRARY: ":                        {"--device", "cuda"},
		"REDIS_REQUIRED: Redis does not answer":                {"--redis-required", "--redis-host", "127.0.0.1", "--redis-port", "1", "--redis-password", "hunter2"},
	} {
		err := refusedWith(t, args...)
		if err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "\n") || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%v: %v", args, err)
		}
	}
}
