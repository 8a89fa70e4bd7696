//go:build llama

package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"inkling/stream/client"
	"inkling/stream/wire"
)

// onLlama starts the server over the llama.cpp server that scripts/test-llama.sh has started.
func onLlama(t *testing.T) string {
	t.Helper()
	return serving(t, "--model-url", os.Getenv("INKLING_LLAMA_URL"), "--model-name", "smollm", "--model-no-suffix")
}

func TestLlamaAnswersOverREST(t *testing.T) {
	base := onLlama(t)
	for line, want := range map[string]string{"    return": "fibonacci(n", "    return fib": "(n"} {
		body := `{"context": {"language": "python", "position": {"line": 3, "column": 99}, "previousLines":
			["def fibonacci(n):", "    if n <= 1:", "        return n"], "currentLine": "` + line + `"}}`
		response, err := http.Post(base+"/api/v1/completion", "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		answer, err := io.ReadAll(response.Body)
		response.Body.Close()
		t.Logf("%q: %s", line, answer)
		if err != nil || response.StatusCode != http.StatusOK || !bytes.Contains(answer, []byte(want)) {
			t.Errorf("%q: %s %v, want %q in %s", line, response.Status, err, want, answer)
		}
	}
}

func TestLlamaServesSessions(t *testing.T) {
	base := onLlama(t)
	c, err := client.Dial(t.Context(), "ws"+strings.TrimPrefix(base, "http")+"/api/v1/stream", client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}()
	if _, err := c.Initialize(t.Context(), wire.InitializeParams{}); err != nil {
		t.Fatal(err)
	}
	const uri = "file:///fib.py"
	text := "def fibonacci(n):\n    if n <= 1:\n        return n\n    return"
	if err := c.Open(t.Context(), wire.DocumentItem{URI: uri, LanguageID: "python", Version: 1, Text: text}); err != nil {
		t.Fatal(err)
	}
	ask := wire.CompleteParams{TextDocument: wire.DocumentID{URI: uri}, Position: wire.Position{Line: 3, Character: 10}}
	ask.Context.TriggerKind = wire.TriggerInvoked
	deltas, result := 0, ""
	for step, err := range c.Complete(t.Context(), ask) {
		if err != nil {
			t.Fatal(err)
		}
		if step.List == nil {
			deltas++
		} else if len(step.List.Items) > 0 {
			result = step.List.Items[0].InsertText
		}
	}
	t.Logf("%d deltas, %q", deltas, result)
	if deltas == 0 || !strings.Contains(result, "fibonacci(n") {
		t.Errorf("%d deltas, %q", deltas, result)
	}
}

func TestLlamaIsLeftWhenTheClientLeaves(t *testing.T) {
	base := onLlama(t)
	left := func() int {
		log, err := os.ReadFile(os.Getenv("INKLING_LLAMA_LOG"))
		if err != nil {
			t.Fatal(err)
		}
		return bytes.Count(log, []byte("Disconnected from client"))
	}
	before := left()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"/v1/completions",
		strings.NewReader(`{"prompt": "def main():\n", "max_tokens": 900, "temperature": 1.5, "stream": true}`))
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if _, err := io.ReadFull(response.Body, make([]byte, 6)); err != nil { // it has begun
		t.Fatal(err)
	}
	cancel()
	for deadline := time.Now().Add(time.Minute); left() == before; { // a limit against hanging
		if time.Now().After(deadline) {
			t.Fatal("llama.cpp's server has not noticed that the client left")
		}
		time.Sleep(20 * time.Millisecond) // a file cannot be waited for
	}
}
