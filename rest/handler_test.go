package rest

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"inkling/infer"
	"inkling/rest/internal/script"
	"inkling/rest/metrics"
)

func TestHealthFollowsTheEngineAndIsDegradedByParts(t *testing.T) {
	for _, c := range []struct {
		engine, cache string
		status        int
		want          string
	}{
		{"ok", "ok", 200, "ok"}, {"ok", "off", 200, "ok"}, {"ok", "degraded", 200, "degraded"}, {"degraded", "ok", 200, "degraded"},
		{"loading", "ok", 503, "loading"}, {"failed", "degraded", 503, "failed"},
	} {
		cfg := configFor(fibonacci)
		cfg.Engine = func() infer.EngineStats { return infer.EngineStats{State: c.engine, Rows: 4, QueueLength: 2} }
		cfg.Parts = map[string]func() Part{"cache": func() Part { return Part{Status: c.cache, Detail: "embedded"} }}
		srv := serve(t, cfg)
		r := get(t, srv.URL+"/health")
		h := into[HealthResponse](t, r)
		if r.status != c.status || h.Status != c.want || h.Parts["cache"].Status != c.cache || h.Model.Name != "scripted" || h.Model.QueueLength != 2 {
			t.Errorf("engine %s, cache %s: %d %s", c.engine, c.cache, r.status, r.body)
		}
		if r := get(t, srv.URL+"/health/ready"); r.status != c.status {
			t.Errorf("ready: %d", r.status)
		}
		if r := get(t, srv.URL+"/health/live"); r.status != 200 {
			t.Errorf("live: %d", r.status)
		}
	}
}

func TestMetricsCountRequestsAndCompletions(t *testing.T) {
	m := metrics.New(metrics.Sources{
		Engine: func() infer.EngineStats { return infer.EngineStats{State: "ok", Rows: 4, ComputedTokens: 7} },
		Cache:  func() metrics.CacheStats { return metrics.CacheStats{Kind: "embedded", Hits: 5} },
	})
	cfg := configFor(m.Wrap(fibonacci))
	cfg.Metrics = m
	srv := serve(t, cfg)
	post(t, srv.URL+"/api/v1/completion", reference)
	post(t, srv.URL+"/api/v1/completion", `{`)
	s := into[metrics.Snapshot](t, get(t, srv.URL+"/api/v1/metrics"))
	if s.Requests.ByStatus["200"] != 1 || s.Requests.ByStatus["400"] != 1 || s.Requests.Total != 2 || s.Requests.ByOutcome["ok"] != 1 {
		t.Errorf("requests %+v", s.Requests)
	}
	if s.LatencyMs.Total.Count != 1 || s.LatencyMs.Total.P50 <= 0 || s.LatencyMs.FirstToken.P99 > s.LatencyMs.Total.P99 {
		t.Errorf("latencies %+v", s.LatencyMs)
	}
	if s.Engine.Rows != 4 || s.Tokens.Computed != 7 || s.Cache.Hits != 5 {
		t.Errorf("sources %+v", s)
	}
	text := string(get(t, srv.URL+"/metrics").body)
	for _, want := range []string{
		`inkling_http_requests_total{method="POST",route="/api/v1/completion",status="400"} 1`,
		`inkling_completions_total{door="rest",outcome="ok",source="engine",tier="default"} 1`,
		`inkling_completion_first_token_seconds_count{door="rest",source="engine",tier="default"} 1`,
		`inkling_cache_hits_total 5`, `inkling_engine_rows 4`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in /metrics", want)
		}
	}
	if r := get(t, srv.URL+"/api/v1/metrics", "Accept", "text/plain"); !strings.Contains(string(r.body), "inkling_engine_rows 4") {
		t.Errorf("Accept: text/plain is answered with %.80s", r.body)
	}
}

func TestUnknownPathsAndMethods(t *testing.T) {
	srv := serve(t, configFor(fibonacci))
	wantError(t, get(t, srv.URL+"/api/v1/nothing"), 404, "not_found", "")
	r := get(t, srv.URL+"/api/v1/completion")
	wantError(t, r, 405, "method", "")
	if allow := r.header.Values("Allow"); !slices.Equal(allow, []string{"POST"}) {
		t.Errorf("Allow %q", allow)
	}
	wantError(t, post(t, srv.URL+"/api/v1/completion", reference, "Content-Type", "text/plain"), 415, "media_type", "")
}

func TestPlaygroundGetsWhatIsNoPathOfAnAPI(t *testing.T) {
	cfg := configFor(fibonacci)
	cfg.Playground = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "page "+r.URL.Path) })
	srv := serve(t, cfg)
	if r := get(t, srv.URL+"/app.js"); string(r.body) != "page /app.js" {
		t.Errorf("%s", r.body)
	}
	wantError(t, get(t, srv.URL+"/api/v1/nothing"), 404, "not_found", "")
	wantError(t, post(t, srv.URL+"/app.js", ""), 404, "not_found", "")
}

// keys knows one key.
type keys struct{}

func (keys) Authenticate(_ context.Context, key string) (infer.Caller, error) {
	switch key {
	case "good":
		return infer.Caller{User: "ann", Tier: "premium"}, nil
	case "":
		return infer.Caller{}, fmt.Errorf("no key: %w", ErrUnauthorized)
	}
	return infer.Caller{}, fmt.Errorf("bad key: %w", ErrForbidden)
}

func TestKeysSayWhoAsks(t *testing.T) {
	gen := script.Saying("x\n")
	cfg := configFor(gen)
	cfg.Auth = keys{}
	srv := serve(t, cfg)
	url := srv.URL + "/api/v1/completion"
	r := post(t, url, reference)
	wantError(t, r, 401, "unauthorized", "")
	if r.header.Get("WWW-Authenticate") == "" {
		t.Error("no WWW-Authenticate")
	}
	wantError(t, post(t, url, reference, "Authorization", "Bearer "), 401, "unauthorized", "")
	wantError(t, post(t, url, reference, "Authorization", "Bearer bad"), 403, "forbidden", "")
	for _, header := range [][]string{{"Authorization", "Bearer good"}, {"X-API-Key", "good"}, {"Authorization", "bearer  good"}} {
		if r := post(t, url, reference, header...); r.status != 200 {
			t.Errorf("%v: %d %s", header, r.status, r.body)
		}
	}
	for _, req := range gen.Requests() {
		if req.Caller != (infer.Caller{User: "ann", Tier: "premium", Door: infer.DoorREST}) {
			t.Errorf("user_id was believed over the key: %+v", req.Caller)
		}
	}
	if r := get(t, srv.URL+"/health"); r.status != 200 {
		t.Errorf("health needs a key: %d", r.status)
	}
}

func TestSessionsCanTakeOverTheirConnection(t *testing.T) {
	m := metrics.New(metrics.Sources{})
	cfg := configFor(fibonacci)
	cfg.Metrics = m
	cfg.Stream = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusSwitchingProtocols)
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		fmt.Fprint(conn, "taken over")
		conn.Close()
	})
	h, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	over := make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(w, r)
		close(over)
	}))
	t.Cleanup(srv.Close)
	conn, err := net.Dial("tcp", srv.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, "GET /api/v1/stream HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
	answer, err := io.ReadAll(conn)
	if err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 101 ") || !strings.HasSuffix(string(answer), "taken over") {
		t.Fatalf("%s %v", answer, err)
	}
	<-over
	if n := m.Snapshot().Requests.ByStatus["101"]; n != 1 {
		t.Errorf("%v", m.Snapshot().Requests)
	}
}

func TestHeadIsAnsweredWhereGetIs(t *testing.T) {
	resp, err := http.Head(serve(t, configFor(fibonacci)).URL + "/health")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != 200 {
		t.Errorf("%d", resp.StatusCode)
	}
}

// TestAnswersThatTakeTooLongAreATimeout waits for the limit, which is short here; nothing else ends the generator.
func TestAnswersThatTakeTooLongAreATimeout(t *testing.T) {
	gen := script.Saying("x")
	gen.Before = func(ctx context.Context, _, _ int) error { <-ctx.Done(); return ctx.Err() }
	cfg := configFor(gen)
	cfg.Limits.GenerationTimeout = 10 * time.Millisecond
	wantError(t, post(t, serve(t, cfg).URL+"/api/v1/completion", reference), 503, "timeout", "")
	if gen.Cancelled() != 1 {
		t.Errorf("%d cancelled", gen.Cancelled())
	}
}

// TestAClientThatDoesNotReadIsLeft streams more than the buffers of a connection hold to a client that reads nothing.
func TestAClientThatDoesNotReadIsLeft(t *testing.T) {
	endless := &script.Generator{Say: func(infer.Request, int) []infer.Piece {
		return slices.Repeat([]infer.Piece{{Text: strings.Repeat("x", 1<<16), Tokens: 1}}, 1<<10)
	}}
	cfg := configFor(endless)
	cfg.Limits.WriteTimeout = 20 * time.Millisecond
	left := make(chan struct{})
	h, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(w, r)
		close(left)
	}))
	t.Cleanup(srv.Close)
	conn, err := net.Dial("tcp", srv.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 43\r\n\r\n%-43s", `{"prompt":"a","stream":true,"max_tokens":0}`)
	select {
	case <-left:
	case <-time.After(10 * time.Second):
		t.Fatal("the server waits for a client that does not read")
	}
	if endless.Cancelled() != 1 {
		t.Errorf("%d cancelled", endless.Cancelled())
	}
}

func TestForeignHostNamesAreRefused(t *testing.T) {
	cfg := configFor(fibonacci)
	cfg.AllowedHosts = []string{"inkling.example"}
	srv := serve(t, cfg)
	for host, status := range map[string]int{
		"localhost:8000": 200, "127.0.0.1": 200, "[::1]:8000": 200, "10.0.0.7:8000": 200, "inkling.example:80": 200,
		"INKLING.example.": 200, "a.localhost": 200, "evil.example": 403, "localhost.evil.example:8000": 403,
	} {
		if r := get(t, srv.URL+"/health", "Host", host); r.status != status {
			t.Errorf("%s: %d, want %d", host, r.status, status)
		}
	}
	cfg.AllowedHosts = []string{"*"}
	if r := get(t, serve(t, cfg).URL+"/health", "Host", "anything.example"); r.status != 200 {
		t.Errorf("* refuses: %d", r.status)
	}
}

func TestPagesOfForeignOriginsAreRefused(t *testing.T) {
	cfg := configFor(fibonacci)
	cfg.CORSOrigins = []string{"https://friend.example"}
	srv := serve(t, cfg)
	url := srv.URL + "/api/v1/completion"
	wantError(t, post(t, url, reference, "Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site"), 403, "cross_origin", "")
	r := post(t, url, reference, "Origin", "https://friend.example", "Sec-Fetch-Site", "cross-site")
	if r.status != 200 || r.header.Get("Access-Control-Allow-Origin") != "https://friend.example" {
		t.Errorf("friend: %d %v", r.status, r.header)
	}
	req, err := http.NewRequest(http.MethodOptions, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	pre := do(t, req, "Origin", "https://friend.example", "Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "content-type")
	if pre.status/100 != 2 || pre.header.Get("Access-Control-Allow-Origin") == "" {
		t.Errorf("preflight: %d %v", pre.status, pre.header)
	}
}

func TestAnswersAreCompressedForWhoAsks(t *testing.T) {
	srv := serve(t, configFor(fibonacci))
	r := post(t, srv.URL+"/api/v1/completion", reference, "Accept-Encoding", "gzip")
	if r.header.Get("Content-Encoding") != "gzip" {
		t.Fatalf("headers %v", r.header)
	}
	in, err := gzip.NewReader(strings.NewReader(string(r.body)))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(in)
	if err != nil || !json.Valid(plain) {
		t.Fatalf("%s %v", plain, err)
	}
}

// TestNothingPrivateIsLogged sends a marker in every text field, and looks for it in every line of the log.
func TestNothingPrivateIsLogged(t *testing.T) {
	const marker = "sEcReTmArKeR"
	core, logs := observer.New(zap.DebugLevel)
	cfg := configFor(script.Saying(marker + "\n"))
	cfg.Logger = zap.New(core)
	srv := serve(t, cfg)
	body := `{"context":{"position":{"line":0,"column":1},"currentLine":"` + marker + `","path":"` + marker + `"}}`
	post(t, srv.URL+"/api/v1/completion", body, "Authorization", "Bearer "+marker, "X-Request-Id", "my-id")
	post(t, srv.URL+"/api/v1/completion", `{"`+marker+`":`, "X-Request-Id", "bad "+marker)
	if logs.Len() != 2 {
		t.Fatalf("%d lines, want one a request", logs.Len())
	}
	for _, line := range logs.All() {
		if text := fmt.Sprint(line.Message, line.ContextMap()); strings.Contains(text, marker) {
			t.Errorf("logged: %s", text)
		}
	}
	if id := logs.All()[0].ContextMap()["requestId"]; id != "my-id" {
		t.Errorf("request id %v", id)
	}
}

// panics is a generator that does.
type panics struct{}

func (panics) Generate(context.Context, infer.Request) iter.Seq2[infer.Delta, error] {
	return func(func(infer.Delta, error) bool) { panic("hidden detail") }
}

func TestAPanicIsAnInternalErrorWithoutItsStack(t *testing.T) {
	core, logs := observer.New(zap.DebugLevel)
	cfg := configFor(panics{})
	cfg.Logger = zap.New(core)
	r := post(t, serve(t, cfg).URL+"/api/v1/completion", reference)
	wantError(t, r, 500, "internal", "")
	if strings.Contains(string(r.body), "hidden") || strings.Contains(string(r.body), "goroutine") {
		t.Errorf("leaks: %s", r.body)
	}
	if logs.FilterMessage("panic").Len() != 1 {
		t.Error("not logged")
	}
}

func TestASlowBodyTimesOut(t *testing.T) {
	cfg := configFor(fibonacci)
	cfg.Limits.BodyTimeout = 20 * time.Millisecond
	srv := serve(t, cfg)
	conn, err := net.Dial("tcp", srv.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST /api/v1/completion HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{")
	answer, err := io.ReadAll(conn) // the server answers and closes, since the rest of the body may still come
	if err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 408 ") {
		t.Fatalf("%s %v", answer, err)
	}
}

func TestNewNamesWhatIsMissing(t *testing.T) {
	if _, err := New(Config{}); err == nil || !strings.Contains(err.Error(), "Generator") {
		t.Errorf("%v", err)
	}
	cfg := configFor(fibonacci)
	cfg.Limits.MaxLines = -1
	if _, err := New(cfg); err == nil || !strings.Contains(err.Error(), "MaxLines is -1") {
		t.Errorf("%v", err)
	}
}

// BenchmarkCompletion measures the door without a network, over a generator that answers at once.
func BenchmarkCompletion(b *testing.B) {
	h, err := New(configWithSyntax(b, script.Saying("fibonacci(n-1) + fibonacci(n-2)\n")))
	if err != nil {
		b.Fatal(err)
	}
	times := make([]time.Duration, 0, b.N)
	for b.Loop() {
		r := httptest.NewRequest(http.MethodPost, "http://localhost/api/v1/completion", strings.NewReader(reference))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		start := time.Now()
		h.ServeHTTP(w, r)
		times = append(times, time.Since(start))
		if w.Code != 200 {
			b.Fatal(w.Body)
		}
	}
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(times[len(times)*99/100].Microseconds())/1000, "p99-ms")
}
