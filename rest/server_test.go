package rest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"inkling/contexts"
	"inkling/contexts/syntax"
	"inkling/infer"
	"inkling/rest/internal/script"
)

// letters counts a token for every four bytes, which is near enough for windows.
type letters struct{}

func (letters) CountTokens(text string) int { return (len(text) + 3) / 4 }

// configFor returns a configuration around a generator, with a real Builder.
func configFor(g infer.Generator) Config {
	return Config{
		Generator: g,
		Builder:   &contexts.Builder{Counter: letters{}, ContextTokens: 2048, MaxTokens: 64},
		Model:     func() infer.Model { return infer.Model{Name: "scripted", ContextTokens: 2048, MaxTokens: 64} },
	}
}

// configWithSyntax is configFor with syntax; when the test is over, no tree may be left.
func configWithSyntax(t testing.TB, g infer.Generator) Config {
	cfg := configFor(g)
	cfg.Syntax = syntax.NewPool(syntax.Config{})
	cfg.Builder.(*contexts.Builder).Syntax = cfg.Syntax
	t.Cleanup(func() {
		if n := cfg.Syntax.Stats().Documents; n != 0 {
			t.Errorf("%d trees are left open", n)
		}
		cfg.Syntax.Close()
	})
	return cfg
}

// serve starts a server on loopback, and ends it with the test.
func serve(t testing.TB, cfg Config) *httptest.Server {
	t.Helper()
	h, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return srv
}

// reply is a response, read whole.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// post sends JSON.
func post(t testing.TB, url, body string, headers ...string) reply {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	return do(t, req, headers...)
}

// get fetches.
func get(t testing.TB, url string, headers ...string) reply {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	return do(t, req, headers...)
}

// do sends a request with further headers, given as name and value in turn.
func do(t testing.TB, req *http.Request, headers ...string) reply {
	t.Helper()
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Host" {
			req.Host = headers[i+1]
		}
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{resp.StatusCode, resp.Header, body}
}

// into decodes strictly.
func into[T any](t testing.TB, r reply) T {
	t.Helper()
	var v T
	dec := json.NewDecoder(bytes.NewReader(r.body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&v); err != nil {
		t.Fatalf("status %d, body %s: %v", r.status, r.body, err)
	}
	return v
}

// wantError checks a failure in the documented shape.
func wantError(t *testing.T, r reply, status int, code, field string) ErrorResponse {
	t.Helper()
	e := into[ErrorResponse](t, r)
	if r.status != status || e.Status != "error" || e.Error.Code != code || e.Error.Field != field {
		t.Fatalf("got %d %s, want %d with code %q and field %q", r.status, r.body, status, code, field)
	}
	if e.RequestID == "" || e.RequestID != r.header.Get("X-Request-Id") {
		t.Fatalf("request id %q in the body, %q in the header", e.RequestID, r.header.Get("X-Request-Id"))
	}
	return e
}

var fibonacci = script.Saying("fibonacci(n-1) + fibonacci(n-2)\n")
