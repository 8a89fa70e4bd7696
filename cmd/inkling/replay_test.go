package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// toType is a folder with a file that is long enough to be typed in.
func toType(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	var text strings.Builder
	for i := range 80 {
		fmt.Fprintf(&text, "    value_%d = compute(%d)\n", i, i)
	}
	if err := os.WriteFile(filepath.Join(folder, "a.py"), []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return folder
}

func TestReplayAsksAPeerByItsModelAndToken(t *testing.T) {
	clean(t)
	const token = "sk-sesame-4711"
	t.Setenv("INKLING_PEER_TOKEN", token)
	t.Setenv("INKLING_TOKEN", "ik_own")
	var mu sync.Mutex
	status, asked := http.StatusOK, 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		asked++
		if auth := r.Header.Get("Authorization"); err != nil || auth != "Bearer "+token || !bytes.Contains(body, []byte(`"model":"org/m:1"`)) || bytes.Contains(body, []byte("ik_own")) {
			t.Errorf("%q, %s, %v", auth, body, err)
		}
		if status != http.StatusOK {
			w.WriteHeader(status)
			fmt.Fprintf(w, `{"error":{"message":"Incorrect API key: %s"}}`, token)
			return
		}
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, `data: {"choices":[{"index":0,"text":"alue_","finish_reason":"stop"}]}`+"\n\ndata: [DONE]\n\n")
	}))
	defer server.Close()
	folder, reports := toType(t), t.TempDir()
	p, err := parse(t, "replay", folder, "--peer", "openai="+server.URL+"#org/m:1", "--files", "1", "--holes", "1", "--keys", "12",
		"--json", filepath.Join(reports, "a.json"), "--key-log", filepath.Join(reports, "a.jsonl"), "--svg", filepath.Join(reports, "a.svg"))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := p.Replay.run(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	n := asked
	status = http.StatusUnauthorized
	mu.Unlock()
	if n == 0 || !strings.Contains(out.String(), "openai org/m:1") {
		t.Errorf("asked %d times; %s", n, &out)
	}
	said := out.String()
	for _, name := range []string{"a.json", "a.jsonl", "a.svg"} {
		data, err := os.ReadFile(filepath.Join(reports, name))
		if err != nil || !bytes.Contains(data, []byte("org/m:1")) {
			t.Errorf("%s: %v", name, err)
		}
		said += string(data)
	}
	err = p.Replay.run(t.Context(), &out)
	if err == nil || !strings.Contains(err.Error(), "openai org/m:1: /v1/completions: 401 Unauthorized") {
		t.Errorf("%v", err)
	}
	if said += fmt.Sprint(err); strings.Contains(said, "sesame") || strings.Contains(said, "ik_own") {
		t.Errorf("a token is in %s", said)
	}
}

func TestAPeersTokenIsNoFlag(t *testing.T) {
	clean(t)
	for _, flag := range []string{"--peer-token", "--inkling-peer-token"} {
		if _, err := parse(t, "replay", t.TempDir(), flag, "sk-secret"); err == nil {
			t.Errorf("%s was taken from the command line", flag)
		}
	}
}

func TestWrongPeersAreRefusedBeforeAnythingIsTyped(t *testing.T) {
	clean(t)
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("asked") }))
	defer server.Close()
	for says, c := range map[string]struct{ token, peer string }{
		"peer: openai: model: 0 bytes, 1 to 256":                      {"", "openai=" + server.URL + "#"},
		"INKLING_PEER_TOKEN: byte 3 is none of A-Z, a-z, 0-9":         {"sk secret", "tabby=" + server.URL},
		"INKLING_PEER_TOKEN: would be told to 2 servers, at most 1":   {"sk-secret", "tabby=http://127.0.0.1:1"},
		"peer: \"ollama\" is none of inkling, llama, infill, openai,": {"", "ollama=" + server.URL},
	} {
		t.Setenv("INKLING_PEER_TOKEN", c.token)
		p, err := parse(t, "replay", toType(t), "--peer", "llama="+server.URL, "--peer", c.peer)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Replay.run(t.Context(), io.Discard); err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%v does not say %q", err, says)
		}
	}
}
