package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
)

// serving starts the server with the default model, and returns its address once it is ready.
func serving(t *testing.T, args ...string) string {
	t.Helper()
	return servingTo(t, zap.NewNop(), args...)
}

// servingTo is serving with a log.
func servingTo(t *testing.T, log *zap.Logger, args ...string) string {
	t.Helper()
	clean(t)
	p, err := parse(t, append([]string{"serve", "--workers", "2"}, args...)...)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- p.Serve.serve(ctx, p, listener, log) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	base := "http://" + listener.Addr().String()
	deadline := time.Now().Add(time.Minute) // a limit against hanging: loading is not timed here
	for {
		response, err := http.Get(base + "/health/ready")
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode == http.StatusOK {
			return base
		}
		if response.StatusCode != http.StatusServiceUnavailable || time.Now().After(deadline) {
			t.Fatalf("loading: %s", response.Status)
		}
		select {
		case err := <-done:
			t.Fatalf("the server ended: %v", err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// referenceRequest is the reference's own, byte for byte.
const referenceRequest = `{"context": {"language": "python", "position": {"line": 10, "column": 4},
             "previousLines": ["def fibonacci(n):", "    if n <= 1:", "        return n", "    return "],
             "currentLine": ""},
 "max_suggestions": 3, "temperature": 0.7, "user_id": "user123"}`

// referenceAnswer is the reference's response.
type referenceAnswer struct {
	Suggestions []struct {
		Text         string  `json:"text"`
		Confidence   float64 `json:"confidence"`
		Type         string  `json:"type"`
		CursorOffset int     `json:"cursorOffset"`
	} `json:"suggestions"`
	Metadata struct {
		ProcessingTimeMs float64 `json:"processingTimeMs"`
		ModelVersion     string  `json:"modelVersion"`
		CacheHit         *bool   `json:"cacheHit"`
		ContextHash      string  `json:"contextHash"`
	} `json:"metadata"`
	Status string `json:"status"`
}

func askReference(t *testing.T, base string) (answer referenceAnswer) {
	t.Helper()
	response, err := http.Post(base+"/api/v1/completion", "application/json", strings.NewReader(referenceRequest))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s, %v: %s", response.Status, err, body)
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		t.Fatal(err)
	}
	if answer.Status != "success" || len(answer.Suggestions) == 0 || answer.Metadata.ModelVersion == "" || answer.Metadata.CacheHit == nil || answer.Metadata.ContextHash == "" {
		t.Fatalf("%s", body)
	}
	return answer
}

// The request samples at 0.7 without a seed, so that one answer in some twenty calls nothing fibonacci: it is asked up
// to five times.
func TestTheReferencesOwnRequestIsAnswered(t *testing.T) {
	base := serving(t)
	var answer referenceAnswer
	for range 5 {
		answer = askReference(t, base)
		plausible := false
		for _, s := range answer.Suggestions {
			plausible = plausible || strings.Contains(s.Text, "fibonacci(n")
			if s.Type != "single-line" || s.CursorOffset != len(s.Text) || s.Confidence <= 0 || s.Confidence > 1 {
				t.Errorf("%+v", s)
			}
		}
		if plausible {
			return
		}
	}
	t.Errorf("no suggestion calls fibonacci: %+v", answer)
}

func TestAPortInUseIsNamed(t *testing.T) {
	clean(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	p, err := parse(t, "serve", "--port", port)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Serve.Run(p); err == nil || !strings.Contains(err.Error(), port) || !strings.Contains(err.Error(), "another program uses this port") {
		t.Errorf("got %v", err)
	}
}

func TestAMissingModelEndsTheServerWithASentence(t *testing.T) {
	clean(t)
	for path, want := range map[string]string{
		filepath.Join(t.TempDir(), "none.gguf"): "none.gguf",
		"gpt2":                                  "inkling pull gpt2",
	} {
		p, err := parse(t, "serve", "--model-path", path)
		if err != nil {
			t.Fatal(err)
		}
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Serve.serve(t.Context(), p, listener, zap.NewNop()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", path, err)
		}
	}
}

func TestCompleteStreamsSensibleCode(t *testing.T) {
	clean(t)
	p, err := parse(t, "complete", "x", "--workers", "2")
	if err != nil {
		t.Fatal(err)
	}
	engine, err := p.openModel(t.Context(), p.Complete.modelConfig, func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := engine.Close(); err != nil {
			t.Error(err)
		}
	}()
	for argument, want := range map[string]string{
		"fibonacci.py:4:12": "fibonacci(n", "stack.go:13:1": "append(s.items, v)", "Account.java:5:25": "amount;",
	} {
		place, err := readPlace(filepath.Join("..", "..", "examples", argument))
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := p.Complete.complete(t.Context(), engine, place, &out); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(out.String(), want) {
			t.Errorf("%s: %q has no %q", argument, out.String(), want)
		}
		place.Document.Close()
	}
}
