// Package metrics counts and times what the server does, for all doors, and tells it in Prometheus' text format and as
// JSON with percentiles.
//
// Its nouns: [Metrics] holds the counters; [Metrics.Wrap] measures a generator, and so every door; a source is a
// function that is asked for a snapshot when somebody looks.
//
// Invariants:
//   - Labels come from small fixed sets: nothing that a client sends becomes a label without a list.
//   - No text of a document, prompt or completion is kept.
//
// All methods may be called from any goroutine. The package starts none.
package metrics

import (
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"inkling/infer"
)

// Sources are asked when somebody looks. Any of them may be nil.
type Sources struct {
	Server   func() ServerStats
	Engine   func() infer.EngineStats
	Sessions func() SessionStats
	Cache    func() CacheStats
	Limits   func() LimitStats
	Syntax   func() SyntaxStats
}

// Metrics holds the counters of one server. The zero value is not usable; see [New].
type Metrics struct {
	sources  Sources
	start    time.Time
	registry *prometheus.Registry

	httpRequests *prometheus.CounterVec
	httpSeconds  *prometheus.HistogramVec
	completions  *prometheus.CounterVec
	seconds      map[stage]*prometheus.HistogramVec
	tokens       *prometheus.CounterVec
	feedback     *prometheus.CounterVec
	running      atomic.Int64

	windows map[stage]*window

	mu       sync.Mutex // guards the maps below
	statuses map[string]uint64
	outcomes map[string]uint64
	events   map[string]uint64
	total    uint64
}

// stage is a stretch of a completion's life that is timed.
type stage string

const (
	stageQueue      stage = "queue"       // from the request to the first prefill
	stagePrefill    stage = "prefill"     // prefill, its waits included
	stageFirstToken stage = "first_token" // from the request to the first released or held token
	stageToken      stage = "token"       // a decoded token after the first, on average over one suggestion
	stageTotal      stage = "total"       // from the request to its end
)

var stages = []stage{stageQueue, stagePrefill, stageFirstToken, stageToken, stageTotal}

// stageHelp is what Prometheus says of the stages' histograms.
var stageHelp = map[stage]string{
	stageQueue:      "From the request to the first prefill, of computed completions.",
	stagePrefill:    "Prefill with its waits, of computed completions.",
	stageFirstToken: "From the request to the first token.",
	stageToken:      "A decoded token after the first, on average over one computed suggestion.",
	stageTotal:      "From the request to its end.",
}

// buckets, in seconds: from a cache's tenth of a millisecond to the longest generation, each at most 2.5 times the last.
var buckets = []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60}

// New returns metrics with a registry of their own.
func New(sources Sources) *Metrics {
	m := &Metrics{
		sources: sources, start: time.Now(), registry: prometheus.NewRegistry(),
		seconds: map[stage]*prometheus.HistogramVec{}, windows: map[stage]*window{},
		statuses: map[string]uint64{}, outcomes: map[string]uint64{}, events: map[string]uint64{},
	}
	m.httpRequests = m.counter("http_requests_total", "HTTP requests by route, method and status.", "route", "method", "status")
	m.httpSeconds = m.histogram("http_request_seconds", "Duration of HTTP requests.", "route")
	m.completions = m.counter("completions_total", "Completions by door, tier, source (engine or cache) and outcome.", "door", "tier", "source", "outcome")
	m.tokens = m.counter("completion_tokens_total", "Tokens of completions that ended, by kind.", "kind")
	m.feedback = m.counter("feedback_total", "What became of suggestions.", "event", "language", "model", "cached")
	for _, s := range stages {
		m.seconds[s] = m.histogram("completion_"+string(s)+"_seconds", stageHelp[s], "door", "tier", "source")
		m.windows[s] = &window{}
	}
	m.registry.MustRegister(&snapshots{m}, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// namespace is the first part of every metric's name.
const namespace = "inkling"

func (m *Metrics) counter(name, help string, labels ...string) *prometheus.CounterVec {
	c := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, labels)
	m.registry.MustRegister(c)
	return c
}

func (m *Metrics) histogram(name, help string, labels ...string) *prometheus.HistogramVec {
	h := prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: namespace, Name: name, Help: help, Buckets: buckets}, labels)
	m.registry.MustRegister(h)
	return h
}

// Prometheus answers with the text format, or OpenMetrics where it is asked for.
func (m *Metrics) Prometheus() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{EnableOpenMetrics: true, Registry: m.registry})
}

// HTTP counts one request. route is a pattern of the router, never a path that a client chose.
func (m *Metrics) HTTP(route, method string, status int, took time.Duration) {
	code := strconv.Itoa(status)
	m.httpRequests.WithLabelValues(route, knownMethod(method), code).Inc()
	if status != http.StatusSwitchingProtocols { // a session's length is no latency
		m.httpSeconds.WithLabelValues(route).Observe(took.Seconds())
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.total++
	m.statuses[code]++
}

// knownMethod keeps made-up methods from becoming labels.
func knownMethod(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodOptions, http.MethodDelete:
		return method
	}
	return "other"
}
