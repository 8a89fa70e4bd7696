package ort

import (
	"os"
	"path/filepath"
	"testing"
)

// cudaConfig is the default model's on a GPU. It skips, and says why, where there is none, or where ONNXRUNTIME_LIBRARY
// names no library with the provider.
func cudaConfig(t *testing.T) Config {
	t.Helper()
	library := os.Getenv("ONNXRUNTIME_LIBRARY")
	if library == "" {
		t.Skip("ONNXRUNTIME_LIBRARY names no library; the one that set-up fetches has no CUDA provider")
	}
	if _, err := os.Stat(filepath.Join(filepath.Dir(library), "libonnxruntime_providers_cuda.so")); err != nil {
		t.Skipf("no CUDA provider beside the library: %v", err)
	}
	if _, err := os.Stat("/dev/nvidiactl"); err != nil {
		t.Skipf("no GPU: %v", err)
	}
	if os.Getenv("PRECISION") == "" {
		t.Setenv("PRECISION", "fp16")
	}
	c := realConfig(t)
	c.LibraryPath, c.Device, c.Rows, c.ContextTokens = library, DeviceCUDA, 4, 256
	return c
}

// On a GPU sums are made in another order, so logits are close, not equal.
func TestCUDAGivesNearlyTheProcessorsLogits(t *testing.T) {
	c := cudaConfig(t)
	gpu := openLM(t, c)
	c.Device = DeviceCPU
	cpu := openLM(t, c)
	ids := make([]int32, 64)
	for i := range ids {
		ids[i] = int32(100 + 13*i)
	}
	play := func(what string, segments ...segment) {
		t.Helper()
		want, got := step(t, cpu, segments...), step(t, gpu, segments...)
		for i := range want {
			if d := apart(got[i], want[i]); !(d < 0.1) {
				t.Errorf("%s: logits are %.2g apart", what, d)
			}
		}
	}
	play("whole", segment{row: 1, ids: ids, want: true})
	play("rewound", segment{row: 1, past: 40, ids: ids[10:20], want: true})
	for _, l := range []lm{cpu, gpu} {
		if err := l.Copy(1, 3, 33); err != nil {
			t.Fatal(err)
		}
	}
	play("rows together, one on a copied beginning", segment{row: 1, past: 50, ids: ids[:1], want: true},
		segment{row: 3, past: 33, ids: ids[:4], want: true})
	gpu.Terminate()
	if _, err := gpu.Step([]segment{{row: 0, ids: ids, want: true}}); err == nil {
		t.Error("a terminated run ended without an error")
	}
	gpu.Resume()
	play("after a terminated run", segment{row: 0, ids: ids, want: true})
}

func openLM(t *testing.T, c Config) lm {
	t.Helper()
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
	l, err := open(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}
