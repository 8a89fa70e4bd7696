package metrics

import (
	"strconv"
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"inkling/infer"
)

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
	if s.m.sources.Server != nil {
		collectServer(s.m.sources.Server(), out)
	}
	if s.m.sources.Engine != nil {
		v := s.m.sources.Engine()
		collectEngine(v, gauge, count)
		out <- histogramOf(cancelToFree, v.CancelToFree)
		out <- histogramOf(engineSteps, v.Steps)
	}
	if s.m.sources.Sessions != nil {
		v := s.m.sources.Sessions()
		gauge("sessions_open", "Open sessions.", float64(v.Open))
		gauge("session_documents", "Documents open in sessions.", float64(v.Documents))
		count("sessions_opened_total", "Sessions that were opened.", v.Opened)
		count("session_superseded_total", "Requests answered by a newer edit.", v.Superseded)
		count("session_typed_along_total", "Suggestions that went on because the user typed them.", v.TypedAlong)
		count("session_slow_closed_total", "Sessions closed because the client did not read.", v.SlowClosed)
		gauge("session_generations", "Generations that run, or are kept for typing along.", float64(v.Generations))
		gauge("session_queued_bytes", "Bytes that wait for clients to read.", float64(v.QueuedBytes))
		for event, n := range v.Events {
			if direction, isBytes := strings.CutPrefix(event, "bytes_"); isBytes {
				count("session_"+direction+"_bytes_total", "Bytes of messages that sessions have "+direction+".", n)
				continue
			}
			out <- prometheus.MustNewConstMetric(sessionEvents, prometheus.CounterValue, float64(n), event)
		}
	}
	if s.m.sources.Cache != nil {
		v := s.m.sources.Cache()
		gauge("cache_entries", "Entries of the cache.", float64(v.Entries))
		gauge("cache_bytes", "Bytes of the cache.", float64(v.Bytes))
		count("cache_hits_total", "Requests answered from the cache.", v.Hits)
		count("cache_misses_total", "Requests not found in the cache.", v.Misses)
		count("cache_stored_total", "Answers stored.", v.Stored)
		count("cache_evicted_total", "Places that went from the cache's memory.", v.Evicted)
		count("cache_coalesced_total", "Requests that shared a running generation.", v.Coalesced)
		count("cache_errors_total", "Failures of the cache's store.", v.Errors)
	}
	if s.m.sources.Syntax != nil {
		collectSyntax(s.m.sources.Syntax(), gauge, count)
	}
	if s.m.sources.Limits != nil {
		v := s.m.sources.Limits()
		count("limit_denied_total", "Requests that the limits refused.", v.Denied)
		count("limit_addresses_denied_total", "Requests refused by their address, before anybody knew who asks.", v.AddressesDenied)
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
	gauge("engine_kv_bytes", "Memory that KV takes now.", float64(v.KVBytes))
	gauge("engine_kv_limit_bytes", "Memory that KV may take.", float64(v.KVLimitBytes))
	count("engine_requests_total", "Requests that reached the engine.", v.Requests)
	count("engine_cancelled_total", "Generations that were cancelled.", v.Cancelled)
	count("engine_errors_total", "Generations that failed.", v.Errors)
	count("engine_prompt_tokens_total", "Tokens of prompts.", v.PromptTokens)
	count("engine_reused_tokens_total", "Prompt tokens whose KV was kept.", v.ReusedTokens)
	count("engine_computed_tokens_total", "Prompt tokens that were computed.", v.ComputedTokens)
	count("engine_completion_tokens_total", "Tokens decoded.", v.CompletionTokens)
	count("engine_wasted_tokens_total", "Tokens decoded for generations that were cancelled.", v.WastedTokens)
	count("engine_ahead_tokens_total", "Tokens decoded before anybody asked for them.", v.AheadTokens)
	count("engine_adopted_tokens_total", "Tokens said again from what was decoded before.", v.AdoptedTokens)
	count("engine_draft_tokens_total", "Tokens fed on trial: proposed from what stands in the prompt.", v.DraftTokens)
	count("engine_drafts_right_total", "Of the tokens fed on trial, those that the model then picked.", v.DraftsRight)
	count("engine_rebuilt_total", "Times that the model was opened anew because its runtime failed.", v.Rebuilt)
}

// sessionEvents counts what happens to sessions and suggestions; the names are the session door's own.
var sessionEvents = prometheus.NewDesc(namespace+"_session_events_total", "What happened to sessions and suggestions.", []string{"event"}, nil)

// Durations that the engine itself counts.
var (
	cancelToFree = prometheus.NewDesc(namespace+"_engine_cancel_to_free_seconds", "From a cancellation to a free row.", nil, nil)
	engineSteps  = prometheus.NewDesc(namespace+"_engine_step_seconds", "One run of the model, for prefill or a token of every row.", nil, nil)
)

// histogramOf is an engine's count of durations.
func histogramOf(desc *prometheus.Desc, d infer.Durations) prometheus.Metric {
	below, total := make(map[float64]uint64, len(infer.DurationBounds)), uint64(0)
	for i, bound := range infer.DurationBounds {
		total += d.Counts[i]
		below[bound.Seconds()] = total
	}
	total += d.Counts[len(infer.DurationBounds)]
	return prometheus.MustNewConstHistogram(desc, total, d.Sum.Seconds(), below)
}

// Descriptions of what the server says of itself.
var (
	buildInfo   = prometheus.NewDesc(namespace+"_build_info", "1, with the program's version and the model's name.", []string{"version", "model"}, nil)
	drainingNow = prometheus.NewDesc(namespace+"_draining", "1 while the server ends: it takes no new sessions.", nil, nil)
	certificate = prometheus.NewDesc(namespace+"_tls_certificate_not_after_timestamp_seconds", "When the certificate in use expires.", nil, nil)
	reloads     = prometheus.NewDesc(namespace+"_tls_certificate_reloads_total", "Times that the certificate's files had changed, by result.", []string{"result"}, nil)
	logLines    = prometheus.NewDesc(namespace+"_log_lines_total", "Log lines by level, and those that sampling left out as dropped.", []string{"level", "dropped"}, nil)
)

// collectServer tells what the server says of itself.
func collectServer(v ServerStats, out chan<- prometheus.Metric) {
	put := func(d *prometheus.Desc, kind prometheus.ValueType, value float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, kind, value, labels...)
	}
	put(buildInfo, prometheus.GaugeValue, 1, v.Version, v.Model)
	draining := 0.0
	if v.Draining {
		draining = 1
	}
	put(drainingNow, prometheus.GaugeValue, draining)
	if !v.CertificateNotAfter.IsZero() {
		put(certificate, prometheus.GaugeValue, float64(v.CertificateNotAfter.Unix()))
		put(reloads, prometheus.CounterValue, float64(v.CertificateReloads), "ok")
		put(reloads, prometheus.CounterValue, float64(v.CertificateFailures), "refused")
	}
	for line, n := range v.LogLines {
		put(logLines, prometheus.CounterValue, float64(n), line.Level, strconv.FormatBool(line.Dropped))
	}
}
