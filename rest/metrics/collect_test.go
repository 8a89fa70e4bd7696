package metrics

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"inkling/infer"
)

// everything has every source, and has counted something of everything.
func everything(t *testing.T) *Metrics {
	t.Helper()
	engine := infer.EngineStats{State: "ok", Rows: 4, KVBytes: 1 << 20}
	for _, took := range []time.Duration{0, time.Millisecond, 2 * time.Millisecond, time.Hour} {
		engine.CancelToFree.Add(took)
	}
	m := New(Sources{
		Server: func() ServerStats {
			return ServerStats{Version: "v1", Model: "small", Draining: true, CertificateNotAfter: time.Unix(5e9, 0), CertificateFailures: 2,
				LogLines: map[LogLine]uint64{{"info", false}: 3, {"info", true}: 1}}
		},
		Engine: func() infer.EngineStats { return engine },
		Sessions: func() SessionStats {
			return SessionStats{Open: 2, Events: map[string]uint64{"shown": 3, "bytes_sent": 9}}
		},
		Cache:  func() CacheStats { return CacheStats{Hits: 1} },
		Limits: func() LimitStats { return LimitStats{Denied: 1} },
		Syntax: func() SyntaxStats { return SyntaxStats{} },
	})
	usage := &infer.Usage{PromptTokens: 9, CompletionTokens: 5, QueueMs: 1, PrefillMs: 2, FirstTokenMs: 10, TotalMs: 50}
	g := m.Wrap(steps{{0, infer.Delta{Text: "a", Stop: infer.StopEnd, Usage: usage}, nil}})
	for range g.Generate(Through(t.Context(), "ollama"), infer.Request{Caller: infer.Caller{Door: infer.DoorREST}}) {
	}
	m.HTTP("/health", http.MethodGet, http.StatusOK, time.Millisecond)
	m.Feedback(EventShown, "go", "small", nil)
	return m
}

// scrape is what Prometheus is told.
func scrape(t *testing.T, m *Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Prometheus().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if w.Code != http.StatusOK || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/plain; version=0.0.4") {
		t.Fatalf("%d, %s: %s", w.Code, w.Header(), w.Body)
	}
	return w.Body.String()
}

func TestPrometheusIsToldOfEverySource(t *testing.T) {
	told := scrape(t, everything(t))
	for _, want := range []string{
		`inkling_build_info{model="small",version="v1"} 1`, "inkling_draining 1",
		"inkling_tls_certificate_not_after_timestamp_seconds 5e+09", `inkling_tls_certificate_reloads_total{result="refused"} 2`,
		`inkling_log_lines_total{dropped="true",level="info"} 1`,
		`inkling_session_events_total{event="shown"} 3`, "inkling_session_sent_bytes_total 9", "inkling_sessions_open 2",
		`inkling_engine_cancel_to_free_seconds_bucket{le="0.0001"} 1`, `inkling_engine_cancel_to_free_seconds_bucket{le="0.001"} 2`,
		`inkling_engine_cancel_to_free_seconds_bucket{le="1"} 3`, `inkling_engine_cancel_to_free_seconds_bucket{le="+Inf"} 4`,
		"inkling_engine_kv_bytes 1.048576e+06", "go_goroutines", "process_resident_memory_bytes",
		`inkling_completion_token_seconds_sum{door="ollama",source="engine",tier="default"} 0.01`,
		`inkling_completion_first_token_seconds_count{door="ollama",source="engine",tier="default"} 1`,
	} {
		if !strings.Contains(told, want) {
			t.Errorf("no %s", want)
		}
	}
}

func TestMetricsFollowPrometheusRules(t *testing.T) {
	problems, err := testutil.GatherAndLint(everything(t).registry)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		if strings.HasPrefix(p.Metric, namespace) {
			t.Errorf("%s: %s", p.Metric, p.Text)
		}
	}
}

// The page is what dashboards and alerts are written from.
func TestEveryMetricIsDocumented(t *testing.T) {
	page, err := os.ReadFile("../../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	names := func(pattern, text string) []string {
		found := map[string]bool{}
		for _, match := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
			found[match[1]] = true
		}
		return slices.Sorted(maps.Keys(found))
	}
	told, documented := names(`(?m)^# TYPE (inkling_\w+)`, scrape(t, everything(t))), names("\n\\| `(inkling_\\w+)", string(page))
	if !slices.Equal(told, documented) {
		t.Errorf("told, and documented:\n%s\n%s", strings.Join(told, "\n"), strings.Join(documented, "\n"))
	}
}

// A metric that nobody would see is one that nobody looks at when it matters.
func TestEveryMetricHasAPanel(t *testing.T) {
	dashboard, err := os.ReadFile("../../deploy/grafana/dashboards/inkling.json")
	if err != nil {
		t.Fatal(err)
	}
	told := regexp.MustCompile(`(?m)^# TYPE (inkling_\w+)`).FindAllStringSubmatch(scrape(t, everything(t)), -1)
	if len(told) < 60 {
		t.Fatalf("only %d metrics are told", len(told))
	}
	for _, metric := range told {
		if !regexp.MustCompile(`\b` + metric[1] + `(_bucket|_count|_sum)?\b`).Match(dashboard) {
			t.Errorf("no panel shows %s", metric[1])
		}
	}
}
