package ort

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"inkling/infer"
	"inkling/infer/gguf"
)

func dataFolder(t testing.TB) string {
	t.Helper()
	if home := os.Getenv("INKLING_HOME"); home != "" {
		return home
	}
	user, err := os.UserHomeDir()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(user, ".local", "share", "inkling")
}

// realConfig is that of the default model, on the library that make setup fetched; PRECISION names another than the
// default, KV=bound a cache kept as on a GPU.
func realConfig(t testing.TB) Config {
	t.Helper()
	home := dataFolder(t)
	path := filepath.Join(home, "models", "SmolLM2-135M-Instruct.Q4_1.gguf")
	library := filepath.Join(home, "lib", "libonnxruntime.so.1.32.0")
	if runtime.GOOS == "darwin" {
		library = filepath.Join(home, "lib", "libonnxruntime.1.32.0.dylib")
	}
	for _, needed := range []string{path, library} {
		if _, err := os.Stat(needed); err != nil {
			t.Fatalf("%v: run make setup", err)
		}
	}
	precision := os.Getenv("PRECISION")
	if precision == "" && HasKernels() {
		precision = native
	}
	m, err := gguf.Resolve(t.Context(), path, gguf.Options{CacheDir: filepath.Join(home, "cache"), Precision: precision})
	if err != nil {
		t.Fatal(err)
	}
	return Config{Model: m, LibraryPath: library, Threads: 2, boundKV: os.Getenv("KV") == "bound"}
}

func realEngine(t testing.TB, change func(*Config)) *Engine {
	t.Helper()
	c := realConfig(t)
	if change != nil {
		change(&c)
	}
	e, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

// answer is what came of one suggestion.
type answer struct {
	raw, text string
	stop      infer.StopReason
	usage     infer.Usage
	deltas    int
}

func collect(t testing.TB, g infer.Generator, req infer.Request) []answer {
	t.Helper()
	answers, err := gather(t.Context(), g, req)
	if err != nil {
		t.Fatal(err)
	}
	return answers
}

func gather(ctx context.Context, g infer.Generator, req infer.Request) ([]answer, error) {
	answers := make([]answer, max(req.Options.Suggestions, 1))
	for d, err := range g.Generate(ctx, req) {
		if err != nil {
			return answers, err
		}
		a := &answers[d.Suggestion]
		a.raw, a.text, a.deltas = a.raw+d.Raw, a.text+d.Text, a.deltas+1
		if d.Stop != "" {
			a.stop, a.usage = d.Stop, *d.Usage
		}
	}
	return answers, nil
}

const fibonacci = "def fibonacci(n):\n    if n <= 1:\n        return n\n    return "

func ask(prefix string, tokens int) infer.Request {
	return infer.Request{Prompt: infer.Prompt{Prefix: prefix}, Options: infer.Options{MaxTokens: tokens}}
}

func TestTheDefaultModelCompletesCode(t *testing.T) {
	e := realEngine(t, nil)
	started := time.Now()
	a := collect(t, e, ask(fibonacci, 24))[0]
	t.Logf("%q in %v, %+v", a.raw, time.Since(started), a.usage)
	if !strings.Contains(a.raw, "fibonacci(n - 1)") {
		t.Errorf("got %q", a.raw)
	}
	// A longer prompt that goes on as the model did costs next to nothing.
	b := collect(t, e, ask(fibonacci+"fib", 24))[0]
	t.Logf("%q %+v", b.raw, b.usage)
	if !strings.HasPrefix(b.raw, "onacci(n") {
		t.Errorf("got %q in the middle of a word", b.raw)
	}
	if b.usage.ComputedTokens > 3 {
		t.Errorf("three more characters computed %d tokens of %d", b.usage.ComputedTokens, b.usage.PromptTokens)
	}
}
