//go:build llama

package remote

import (
	"bytes"
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"inkling/infer"
)

// llama is an engine over the llama.cpp server that scripts/test-llama.sh has started.
func llama(t *testing.T) *Engine {
	t.Helper()
	e, err := New(Config{URLs: []string{os.Getenv("INKLING_LLAMA_URL")}, Model: "smollm", ContextTokens: 2048, Stall: 2 * time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	return e
}

var fibonacci = infer.Request{
	Prompt:  infer.Prompt{Prefix: "def fibonacci(n):\n    if n <= 1:\n        return n\n    return"},
	Options: infer.Options{MaxTokens: 16},
}

func TestLlamaGeneratesTokenByToken(t *testing.T) {
	var text strings.Builder
	pieces, last := 0, infer.Delta{}
	for d, err := range llama(t).Generate(t.Context(), fibonacci) {
		if err != nil {
			t.Fatal(err)
		}
		if d.Raw != "" {
			pieces++
		}
		text.WriteString(d.Text)
		last = d
	}
	t.Logf("%d pieces: %q, log-probability %.3f", pieces, text.String(), last.LogProb)
	if pieces < 8 || !strings.Contains(text.String(), "fibonacci(n") {
		t.Errorf("%d pieces: %q", pieces, text.String())
	}
	if last.Stop == "" || last.LogProb >= 0 || last.Usage == nil || last.Usage.CompletionTokens < pieces {
		t.Errorf("the end: %+v", last)
	}
}

// gone is what the server says when a client has left in the middle of an answer.
const gone = "Disconnected from client"

func TestLlamaEndsWhatIsCancelledInTheMiddle(t *testing.T) {
	e := llama(t)
	before := said(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	req := fibonacci
	req.Options.MaxTokens = 1500 // minutes, where nobody ends it
	req.Options.Temperature, req.Options.Seed = 1.5, 7
	pieces := 0
	var last error
	for _, err := range e.Generate(ctx, req) {
		if last = err; err != nil {
			break
		}
		if pieces++; pieces == 3 {
			cancel()
		}
	}
	if !errors.Is(last, context.Canceled) || pieces < 3 {
		t.Fatalf("%d pieces, %v", pieces, last)
	}
	deadline := time.Now().Add(time.Minute) // a limit against hanging
	for said(t) == before {
		if time.Now().After(deadline) {
			t.Fatal("the server has not noticed that its client left")
		}
		time.Sleep(20 * time.Millisecond) // a file cannot be waited for
	}
	// It serves one request at a time: the next one is answered because the last has ended.
	for _, err := range e.Generate(t.Context(), fibonacci) {
		if err != nil {
			t.Fatal(err)
		}
	}
	if s := e.Stats(); s.Cancelled != 1 || s.RowsBusy != 0 || s.State != "ok" {
		t.Errorf("%+v", s)
	}
}

// said counts how often the server has said that a client left.
func said(t *testing.T) int {
	t.Helper()
	log, err := os.ReadFile(os.Getenv("INKLING_LLAMA_LOG"))
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Count(log, []byte(gone))
}
