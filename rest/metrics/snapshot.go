package metrics

import (
	"maps"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"inkling/infer"
)

// Snapshot is what /api/v1/metrics answers. Counters rise from the start of the process.
type Snapshot struct {
	UptimeSeconds float64           `json:"uptimeSeconds"`
	Requests      Requests          `json:"requests"`
	LatencyMs     Latencies         `json:"latencyMs" doc:"Milliseconds, of the last 4,096 completions of all doors"`
	Cache         CacheStats        `json:"cache"`
	Limits        LimitStats        `json:"limits"`
	Sessions      SessionStats      `json:"sessions"`
	Engine        EngineSnapshot    `json:"engine"`
	Syntax        SyntaxStats       `json:"syntax"`
	Tokens        Tokens            `json:"tokens"`
	Feedback      map[string]uint64 `json:"feedback" doc:"What became of suggestions, by event"`
}

// Requests counts HTTP requests and completions.
type Requests struct {
	Total     uint64            `json:"total" doc:"HTTP requests"`
	ByStatus  map[string]uint64 `json:"byStatus" doc:"HTTP requests by status"`
	ByOutcome map[string]uint64 `json:"byOutcome" doc:"Completions of all doors by outcome: ok, empty, cancelled, quota, overloaded, loading, error"`
	Running   int64             `json:"running" doc:"Completions that run or wait now"`
}

// Latencies are percentiles by stage.
type Latencies struct {
	Total      Percentiles `json:"total" doc:"From the request to its end"`
	FirstToken Percentiles `json:"firstToken" doc:"From the request to the first token"`
	Queue      Percentiles `json:"queue" doc:"From the request to the first prefill, of computed ones"`
	Prefill    Percentiles `json:"prefill" doc:"Prefill, of computed ones"`
}

// Percentiles of one duration in milliseconds.
type Percentiles struct {
	Count uint64  `json:"count"`
	P50   float64 `json:"p50"`
	P95   float64 `json:"p95"`
	P99   float64 `json:"p99"`
}

// EngineSnapshot is the engine's state.
type EngineSnapshot struct {
	State             string  `json:"state"`
	Rows              int     `json:"rows"`
	RowsBusy          int     `json:"rowsBusy"`
	QueueLength       int     `json:"queueLength"`
	KVBytes           int64   `json:"kvBytes"`
	Requests          uint64  `json:"requests"`
	Cancelled         uint64  `json:"cancelled"`
	Errors            uint64  `json:"errors"`
	CancelToFreeMsP99 float64 `json:"cancelToFreeMsP99"`
}

// Tokens are the engine's counts.
type Tokens struct {
	Prompt     uint64 `json:"prompt" doc:"Of prompts"`
	Reused     uint64 `json:"reused" doc:"Of these, those whose KV was kept"`
	Computed   uint64 `json:"computed" doc:"Of these, those that were computed"`
	Completion uint64 `json:"completion" doc:"Decoded"`
	Wasted     uint64 `json:"wasted" doc:"Of these, those of generations that were cancelled"`
}

// SessionStats is what the WebSocket door says of itself.
type SessionStats struct {
	Open       int    `json:"open"`
	Documents  int    `json:"documents"`
	Opened     uint64 `json:"opened"`
	Superseded uint64 `json:"superseded" doc:"Requests answered by a newer edit"`
	TypedAlong uint64 `json:"typedAlong" doc:"Suggestions that went on because the user typed them"`
	SlowClosed uint64 `json:"slowClosed" doc:"Closed because the client did not read"`
}

// CacheStats is what the cache says of itself.
type CacheStats struct {
	Kind      string `json:"kind" doc:"embedded, redis or off"`
	Entries   int    `json:"entries"`
	Bytes     int64  `json:"bytes"`
	Hits      uint64 `json:"hits"`
	Misses    uint64 `json:"misses"`
	Stored    uint64 `json:"stored"`
	Evicted   uint64 `json:"evicted"`
	Coalesced uint64 `json:"coalesced" doc:"Requests that shared a running generation"`
	Errors    uint64 `json:"errors"`
}

// LimitStats is what the limiter says of itself.
type LimitStats struct {
	Kind    string `json:"kind" doc:"embedded, redis or off"`
	Allowed uint64 `json:"allowed"`
	Denied  uint64 `json:"denied"`
	Charged uint64 `json:"charged"`
	Errors  uint64 `json:"errors"`
}

// Snapshot asks every source.
func (m *Metrics) Snapshot() Snapshot {
	engine := ask(m.sources.Engine)
	s := Snapshot{
		UptimeSeconds: time.Since(m.start).Seconds(),
		LatencyMs: Latencies{Total: m.windows[stageTotal].percentiles(), FirstToken: m.windows[stageFirstToken].percentiles(),
			Queue: m.windows[stageQueue].percentiles(), Prefill: m.windows[stagePrefill].percentiles()},
		Cache: ask(m.sources.Cache), Limits: ask(m.sources.Limits), Sessions: ask(m.sources.Sessions),
		Engine: engineSnapshot(engine), Syntax: ask(m.sources.Syntax),
		Tokens: Tokens{engine.PromptTokens, engine.ReusedTokens, engine.ComputedTokens, engine.CompletionTokens, engine.WastedTokens},
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	s.Requests = Requests{m.total, maps.Clone(m.statuses), maps.Clone(m.outcomes), m.running.Load()}
	s.Feedback = maps.Clone(m.events)
	return s
}

func engineSnapshot(e infer.EngineStats) EngineSnapshot {
	return EngineSnapshot{State: e.State, Rows: e.Rows, RowsBusy: e.RowsBusy, QueueLength: e.QueueLength, KVBytes: e.KVBytes,
		Requests: e.Requests, Cancelled: e.Cancelled, Errors: e.Errors, CancelToFreeMsP99: e.CancelToFreeMsP99}
}

// ask calls a source, or returns zeros where there is none.
func ask[T any](source func() T) T {
	if source == nil {
		var zero T
		return zero
	}
	return source()
}

// snapshots hands the sources' figures to Prometheus.
type snapshots struct{ m *Metrics }

// Describe implements prometheus.Collector by sending nothing: the set is checked as it is collected.
func (s *snapshots) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (s *snapshots) Collect(out chan<- prometheus.Metric) {
	put := func(kind prometheus.ValueType, name, help string, value float64) {
		desc := prometheus.NewDesc(prometheus.BuildFQName(namespace, "", name), help, nil, nil)
		out <- prometheus.MustNewConstMetric(desc, kind, value)
	}
	gauge := func(name, help string, v float64) { put(prometheus.GaugeValue, name, help, v) }
	count := func(name, help string, v uint64) { put(prometheus.CounterValue, name, help, float64(v)) }
	gauge("completions_running", "Completions that run or wait now.", float64(s.m.running.Load()))
	if s.m.sources.Engine != nil {
		collectEngine(s.m.sources.Engine(), gauge, count)
	}
	if s.m.sources.Sessions != nil {
		v := s.m.sources.Sessions()
		gauge("sessions_open", "Open sessions.", float64(v.Open))
		gauge("session_documents", "Documents open in sessions.", float64(v.Documents))
		count("sessions_opened_total", "Sessions that were opened.", v.Opened)
		count("session_superseded_total", "Requests answered by a newer edit.", v.Superseded)
		count("session_typed_along_total", "Suggestions that went on because the user typed them.", v.TypedAlong)
		count("session_slow_closed_total", "Sessions closed because the client did not read.", v.SlowClosed)
	}
	if s.m.sources.Cache != nil {
		v := s.m.sources.Cache()
		gauge("cache_entries", "Entries of the cache.", float64(v.Entries))
		gauge("cache_bytes", "Bytes of the cache.", float64(v.Bytes))
		count("cache_hits_total", "Requests answered from the cache.", v.Hits)
		count("cache_misses_total", "Requests not found in the cache.", v.Misses)
		count("cache_stored_total", "Answers stored.", v.Stored)
		count("cache_evicted_total", "Answers evicted.", v.Evicted)
		count("cache_coalesced_total", "Requests that shared a running generation.", v.Coalesced)
		count("cache_errors_total", "Failures of the cache's store.", v.Errors)
	}
	if s.m.sources.Syntax != nil {
		collectSyntax(s.m.sources.Syntax(), gauge, count)
	}
	if s.m.sources.Limits != nil {
		v := s.m.sources.Limits()
		count("limit_allowed_total", "Requests that the limits let through.", v.Allowed)
		count("limit_denied_total", "Requests that the limits refused.", v.Denied)
		count("limit_charged_total", "Requests that were charged.", v.Charged)
		count("limit_errors_total", "Failures of the limiter's store.", v.Errors)
	}
}

func collectEngine(v infer.EngineStats, gauge func(string, string, float64), count func(string, string, uint64)) {
	up := 0.0
	if v.State == "ok" || v.State == "degraded" {
		up = 1
	}
	gauge("engine_up", "1 while the engine serves.", up)
	gauge("engine_rows", "KV rows that exist.", float64(v.Rows))
	gauge("engine_rows_busy", "KV rows with a running generation.", float64(v.RowsBusy))
	gauge("engine_queue_length", "Requests that wait for a row.", float64(v.QueueLength))
	gauge("engine_kv_bytes", "Memory reserved for KV.", float64(v.KVBytes))
	gauge("engine_cancel_to_free_ms_p99", "From a cancellation to a free row, over the last 1,000.", v.CancelToFreeMsP99)
	count("engine_requests_total", "Requests that reached the engine.", v.Requests)
	count("engine_cancelled_total", "Generations that were cancelled.", v.Cancelled)
	count("engine_errors_total", "Generations that failed.", v.Errors)
	count("engine_prompt_tokens_total", "Tokens of prompts.", v.PromptTokens)
	count("engine_reused_tokens_total", "Prompt tokens whose KV was kept.", v.ReusedTokens)
	count("engine_computed_tokens_total", "Prompt tokens that were computed.", v.ComputedTokens)
	count("engine_completion_tokens_total", "Tokens decoded.", v.CompletionTokens)
	count("engine_wasted_tokens_total", "Tokens decoded for generations that were cancelled.", v.WastedTokens)
}
