package metrics

import (
	"maps"
	"time"

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
	Token      Percentiles `json:"token" doc:"A decoded token after the first, on average over one computed suggestion"`
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
	KVBytes           int64   `json:"kvBytes" doc:"Memory that KV takes now"`
	KVLimitBytes      int64   `json:"kvLimitBytes" doc:"Memory that KV may take"`
	Requests          uint64  `json:"requests"`
	Cancelled         uint64  `json:"cancelled"`
	Errors            uint64  `json:"errors"`
	Rebuilt           uint64  `json:"rebuilt" doc:"Times that the model was opened anew because its runtime failed"`
	CancelToFreeMsP99 float64 `json:"cancelToFreeMsP99" doc:"From a cancellation to a row that no run has to do with, over the last 1,000"`
	StepMsP50         float64 `json:"stepMsP50" doc:"One run of the model, over the last 1,000"`
	StepMsP99         float64 `json:"stepMsP99"`
}

// Tokens are the engine's counts.
type Tokens struct {
	Prompt     uint64 `json:"prompt" doc:"Of prompts"`
	Reused     uint64 `json:"reused" doc:"Of these, those whose KV was kept"`
	Computed   uint64 `json:"computed" doc:"Of these, those that were computed"`
	Completion uint64 `json:"completion" doc:"Decoded"`
	Wasted     uint64 `json:"wasted" doc:"Of these, those of generations that were cancelled"`
	Ahead      uint64 `json:"ahead" doc:"Decoded before anybody asked for them, not among those of completion"`
	Adopted    uint64 `json:"adopted" doc:"Of completion, those that were said again from what was decoded before"`
	Draft      uint64 `json:"draft" doc:"Fed on trial: proposed from what stands in the prompt"`
	DraftRight uint64 `json:"draftRight" doc:"Of these, those that the model then picked"`
}

// SessionStats is what the WebSocket door says of itself.
type SessionStats struct {
	Open       int    `json:"open"`
	Documents  int    `json:"documents"`
	Opened     uint64 `json:"opened"`
	Superseded uint64 `json:"superseded" doc:"Requests answered by a newer edit"`
	TypedAlong uint64 `json:"typedAlong" doc:"Suggestions that went on because the user typed them"`
	SlowClosed uint64 `json:"slowClosed" doc:"Closed because the client did not read"`

	Generations int               `json:"generations" doc:"Running, or kept for typing along"`
	QueuedBytes int64             `json:"queuedBytes" doc:"Waiting for clients to read"`
	Events      map[string]uint64 `json:"events,omitempty" doc:"What happened to sessions and suggestions, by event"`
}

// CacheStats is what the cache says of itself.
type CacheStats struct {
	Kind      string `json:"kind" doc:"embedded, redis or off"`
	Entries   int    `json:"entries"`
	Bytes     int64  `json:"bytes"`
	Hits      uint64 `json:"hits"`
	Misses    uint64 `json:"misses"`
	Stored    uint64 `json:"stored"`
	Evicted   uint64 `json:"evicted" doc:"Places that went from memory because they were old, or there was no room"`
	Coalesced uint64 `json:"coalesced" doc:"Requests that shared a running generation"`
	Errors    uint64 `json:"errors"`
}

// LimitStats is what the limiter says of itself.
type LimitStats struct {
	Kind            string `json:"kind" doc:"embedded, redis or off"`
	Denied          uint64 `json:"denied" doc:"Requests that a caller's limit refused"`
	Charged         uint64 `json:"charged"`
	AddressesDenied uint64 `json:"addressesDenied" doc:"Requests that were refused by their address, before anybody knew who asks"`
	Errors          uint64 `json:"errors"`
}

// Snapshot asks every source.
func (m *Metrics) Snapshot() Snapshot {
	engine := ask(m.sources.Engine)
	s := Snapshot{
		UptimeSeconds: time.Since(m.start).Seconds(),
		LatencyMs: Latencies{Total: m.windows[stageTotal].percentiles(), FirstToken: m.windows[stageFirstToken].percentiles(),
			Queue: m.windows[stageQueue].percentiles(), Prefill: m.windows[stagePrefill].percentiles(),
			Token: m.windows[stageToken].percentiles()},
		Cache: ask(m.sources.Cache), Limits: ask(m.sources.Limits), Sessions: ask(m.sources.Sessions),
		Engine: engineSnapshot(engine), Syntax: ask(m.sources.Syntax),
		Tokens: Tokens{engine.PromptTokens, engine.ReusedTokens, engine.ComputedTokens, engine.CompletionTokens, engine.WastedTokens,
			engine.AheadTokens, engine.AdoptedTokens, engine.DraftTokens, engine.DraftsRight},
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	s.Requests = Requests{m.total, maps.Clone(m.statuses), maps.Clone(m.outcomes), m.running.Load()}
	s.Feedback = maps.Clone(m.events)
	return s
}

func engineSnapshot(e infer.EngineStats) EngineSnapshot {
	return EngineSnapshot{State: e.State, Rows: e.Rows, RowsBusy: e.RowsBusy, QueueLength: e.QueueLength,
		KVBytes: e.KVBytes, KVLimitBytes: e.KVLimitBytes, Rebuilt: e.Rebuilt, StepMsP50: e.StepMsP50, StepMsP99: e.StepMsP99,
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
