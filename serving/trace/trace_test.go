package trace

import (
	"bytes"
	"context"
	"errors"
	"io"
	"iter"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	tracing "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	otlp "go.opentelemetry.io/proto/otlp/trace/v1"
	"go.uber.org/goleak"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
	"google.golang.org/protobuf/proto"

	"inkling/infer"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// collector is an OTLP collector that keeps what it is sent.
type collector struct {
	*httptest.Server
	mu    sync.Mutex // guards the fields below
	spans map[string]*otlp.Span
	raw   bytes.Buffer
	paths []string
}

func newCollector(t *testing.T) *collector {
	t.Helper()
	c := &collector{spans: map[string]*otlp.Span{}}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var sent tracing.ExportTraceServiceRequest
		if err = errors.Join(err, proto.Unmarshal(body, &sent)); err != nil {
			t.Error(err)
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.raw.Write(body)
		c.paths = append(c.paths, r.URL.Path)
		for _, resource := range sent.ResourceSpans {
			for _, scope := range resource.ScopeSpans {
				for _, span := range scope.Spans {
					c.spans[span.Name] = span
				}
			}
		}
		w.Header().Set("Content-Type", "application/x-protobuf")
	}))
	t.Cleanup(c.Close)
	return c
}

// open starts a tracer; collected ends it and returns what the collector has.
func (c *collector) open(t *testing.T) *Tracer {
	t.Helper()
	tracer, err := Open(t.Context(), Config{Endpoint: c.URL, Service: "inkling", Version: "test", Instance: "one", Log: zap.NewNop()})
	if err != nil {
		t.Fatal(err)
	}
	return tracer
}

func (c *collector) collected(t *testing.T, tracer *Tracer) map[string]*otlp.Span {
	t.Helper()
	if err := tracer.Close(); err != nil {
		t.Fatal(err)
	}
	http.DefaultClient.CloseIdleConnections()
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.spans
}

// generator is one by a function.
type generator func(context.Context, infer.Request) iter.Seq2[infer.Delta, error]

func (g generator) Generate(ctx context.Context, req infer.Request) iter.Seq2[infer.Delta, error] {
	return g(ctx, req)
}

func saying(deltas ...infer.Delta) generator {
	return func(context.Context, infer.Request) iter.Seq2[infer.Delta, error] {
		return func(yield func(infer.Delta, error) bool) {
			for _, d := range deltas {
				if !yield(d, nil) {
					return
				}
			}
		}
	}
}

const secret = "swordfish"

// request has a secret wherever it can hold text of a user.
func request() infer.Request {
	began := time.Now().Add(-20 * time.Millisecond)
	return infer.Request{ID: "r-1", Began: began, Prompted: began.Add(5 * time.Millisecond),
		Prompt:   infer.Prompt{Language: "go", Path: secret, Prefix: secret, Suffix: secret, Header: secret, Snippets: []infer.Snippet{{Path: secret, Text: secret}}},
		Options:  infer.Options{Stop: []string{secret}},
		Caller:   infer.Caller{User: secret, Tenant: secret, Key: secret, Door: infer.DoorSession},
		Document: infer.DocumentRef{Session: "s-1", URI: secret, Version: 7}}
}

var usage = &infer.Usage{PromptTokens: 30, ReusedTokens: 20, ComputedTokens: 10, CompletionTokens: 4, QueueMs: 1, PrefillMs: 2, FirstTokenMs: 4, TotalMs: 10}

func TestTheSpansOfARequestFollowFromEachOther(t *testing.T) {
	c := newCollector(t)
	tracer := c.open(t)
	engine := saying(infer.Delta{Raw: secret, Text: secret}, infer.Delta{Text: secret, Stop: infer.StopFinished, Usage: usage})
	for range tracer.Requests(tracer.Engine(engine)).Generate(t.Context(), request()) {
	}
	spans := c.collected(t, tracer)
	parents := map[string]string{"completion": "", "prompt": "completion", "cache": "completion", "generate": "completion",
		"queue": "generate", "prefill": "generate", "decode": "generate", "finish": "completion"}
	if len(spans) != len(parents) {
		t.Fatalf("%d spans: %v", len(spans), spans)
	}
	for name, parent := range parents {
		span := spans[name]
		if span == nil || parent != "" && !bytes.Equal(span.ParentSpanId, spans[parent].SpanId) || parent == "" && len(span.ParentSpanId) > 0 {
			t.Errorf("%s is not below %q: %+v", name, parent, span)
		}
		if span != nil && span.EndTimeUnixNano < span.StartTimeUnixNano {
			t.Errorf("%s ends before it begins", name)
		}
	}
	for name, want := range map[string]time.Duration{"prompt": 5 * time.Millisecond, "queue": time.Millisecond, "prefill": 2 * time.Millisecond, "decode": 7 * time.Millisecond} {
		if took := time.Duration(spans[name].EndTimeUnixNano - spans[name].StartTimeUnixNano); took != want {
			t.Errorf("%s took %v, want %v", name, took, want)
		}
	}
	if told(spans["completion"], "inkling.outcome") != "ok" || told(spans["cache"], "inkling.cache") != "miss" ||
		told(spans["completion"], "inkling.session") != "s-1" || told(spans["completion"], "inkling.request_id") != "r-1" {
		t.Errorf("%v", spans["completion"])
	}
	if bytes.Contains(c.raw.Bytes(), []byte(secret)) {
		t.Error("what belongs to a user is in a span")
	}
	if !slices.Contains(c.paths, "/v1/traces") {
		t.Errorf("sent to %v", c.paths)
	}
}

// told is the text of a span's attribute.
func told(s *otlp.Span, name string) string {
	for _, a := range s.GetAttributes() {
		if a.Key == name {
			return a.Value.GetStringValue()
		}
	}
	return ""
}

func TestWhatDoesNotReachTheEngineSaysWhy(t *testing.T) {
	failing := func(err error) generator {
		return func(context.Context, infer.Request) iter.Seq2[infer.Delta, error] {
			return func(yield func(infer.Delta, error) bool) { yield(infer.Delta{}, err) }
		}
	}
	for name, test := range map[string]struct {
		generator infer.Generator
		outcome   string
		cache     string
		failed    bool
	}{
		"cached":   {saying(infer.Delta{Text: "a", Cached: true, Stop: infer.StopEnd}), "ok", "hit", false},
		"shared":   {saying(infer.Delta{Text: "a", Stop: infer.StopEnd}), "ok", "shared", false},
		"nothing":  {saying(infer.Delta{Stop: infer.StopEnd, Cached: true}), "empty", "hit", false},
		"quota":    {failing(&infer.RetryError{Err: infer.ErrQuota}), "quota", "none", false},
		"edited":   {failing(context.Canceled), "cancelled", "none", false},
		"its own":  {failing(infer.ErrRuntime), "error", "none", true},
		"too many": {failing(infer.ErrOverloaded), "overloaded", "none", false},
	} {
		c := newCollector(t)
		tracer := c.open(t)
		for range tracer.Requests(test.generator).Generate(t.Context(), request()) {
		}
		spans := c.collected(t, tracer)
		failed := spans["completion"].GetStatus().GetCode() == otlp.Status_STATUS_CODE_ERROR
		if got := told(spans["completion"], "inkling.outcome"); got != test.outcome || failed != test.failed ||
			told(spans["cache"], "inkling.cache") != test.cache || spans["generate"] != nil {
			t.Errorf("%s: %s, %s, failed %v", name, got, told(spans["cache"], "inkling.cache"), failed)
		}
	}
}

func TestATraceThatARequestBringsGoesOn(t *testing.T) {
	c := newCollector(t)
	tracer := c.open(t)
	g := tracer.Requests(saying(infer.Delta{Text: "a", Stop: infer.StopEnd}))
	door := tracer.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		for range g.Generate(r.Context(), infer.Request{}) {
		}
	}))
	r := httptest.NewRequest(http.MethodPost, "/", nil)
	r.Header.Set("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	door.ServeHTTP(httptest.NewRecorder(), r)
	span := c.collected(t, tracer)["completion"]
	if span.GetTraceId() == nil || span.TraceId[0] != 0x0a || span.ParentSpanId[0] != 0xb7 {
		t.Errorf("%+v", span)
	}
}

func TestRequestsDoNotWaitForACollector(t *testing.T) {
	core, logged := observer.New(zap.WarnLevel)
	tracer, err := Open(t.Context(), Config{Endpoint: "http://127.0.0.1:1", Log: zap.New(core)})
	if err != nil {
		t.Fatal(err)
	}
	for range tracer.Requests(saying(infer.Delta{Text: "a"})).Generate(t.Context(), infer.Request{}) {
	}
	if err := tracer.Close(); err == nil && logged.FilterMessage("spans were not sent").Len() == 0 {
		t.Errorf("nobody is told that a collector is not there")
	}
}

func TestOffIsNothing(t *testing.T) {
	var off *Tracer
	g := saying()
	if off.Engine(g) == nil || off.Requests(g) == nil || off.Handler(http.NotFoundHandler()) == nil || off.Close() != nil {
		t.Error("a tracer that is off does something")
	}
	for _, endpoint := range []string{"", "localhost:4318", "ftp://x", "http://"} {
		if _, err := Open(t.Context(), Config{Endpoint: endpoint, Log: zap.NewNop()}); !errors.Is(err, ErrEndpoint) {
			t.Errorf("%q: %v", endpoint, err)
		}
	}
}
