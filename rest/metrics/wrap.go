package metrics

import (
	"context"
	"errors"
	"iter"
	"time"

	"inkling/infer"
)

// Wrap returns a generator that measures g. It belongs outside of cache and limits, so that it sees every request of
// every door; what the engine measured of itself comes with the deltas.
func (m *Metrics) Wrap(g infer.Generator) infer.Generator { return measured{m, g} }

type measured struct {
	m    *Metrics
	next infer.Generator
}

// Generate implements [infer.Generator].
func (g measured) Generate(ctx context.Context, req infer.Request) iter.Seq2[infer.Delta, error] {
	return func(yield func(infer.Delta, error) bool) {
		run := run{m: g.m, door: doorOf(ctx, req.Caller), tier: tierName(req.Caller), start: time.Now(), cached: true, outcome: outcomeEmpty}
		g.m.running.Add(1)
		defer run.end()
		for d, err := range g.next.Generate(ctx, req) {
			run.see(d, err)
			if !yield(d, err) {
				run.left(err)
				return
			}
		}
	}
}

// outcome says how a request ended.
type outcome string

const (
	outcomeOK         outcome = "ok"         // something was released
	outcomeEmpty      outcome = "empty"      // it ended with nothing to show
	outcomeCancelled  outcome = "cancelled"  // by its context, or because its reader left
	outcomeQuota      outcome = "quota"      // refused: the caller's limit
	outcomeOverloaded outcome = "overloaded" // refused: the queue is full
	outcomeLoading    outcome = "loading"    // refused: no model yet
	outcomeError      outcome = "error"      // anything else
)

// run is one request while it is measured. It belongs to the goroutine that ranges.
type run struct {
	m       *Metrics
	door    string
	tier    string
	start   time.Time
	seen    int // deltas
	cached  bool
	outcome outcome
	usage   infer.Usage
	timed   bool // usage holds durations
}

// see takes one step of the sequence.
func (r *run) see(d infer.Delta, err error) {
	if err != nil {
		r.outcome = outcomeOf(err)
		return
	}
	if r.seen++; r.seen == 1 {
		r.observe(stageFirstToken, time.Since(r.start).Seconds(), d.Cached)
	}
	r.cached = r.cached && d.Cached
	if d.Text != "" {
		r.outcome = outcomeOK
	}
	if d.Usage != nil && !d.Cached {
		r.add(*d.Usage)
	}
}

// add sums tokens over suggestions; the prompt is shared by them and counted once, durations are the first one's.
func (r *run) add(u infer.Usage) {
	r.usage.CompletionTokens += u.CompletionTokens
	if later := u.CompletionTokens - 1; later > 0 && u.TotalMs > u.FirstTokenMs {
		r.observe(stageToken, (u.TotalMs-u.FirstTokenMs)/float64(later)/1000, false)
	}
	if r.timed {
		return
	}
	r.timed = true
	r.usage.PromptTokens, r.usage.ReusedTokens, r.usage.ComputedTokens = u.PromptTokens, u.ReusedTokens, u.ComputedTokens
	r.usage.QueueMs, r.usage.PrefillMs = u.QueueMs, u.PrefillMs
}

// left is called where the reader leaves before the sequence is over. After an error there is nothing left to leave.
func (r *run) left(err error) {
	if err == nil {
		r.outcome = outcomeCancelled
	}
}

// end counts the request.
func (r *run) end() {
	m := r.m
	m.running.Add(-1)
	cached := r.cached && r.seen > 0
	r.observe(stageTotal, time.Since(r.start).Seconds(), cached)
	if r.timed {
		r.observe(stageQueue, r.usage.QueueMs/1000, cached)
		r.observe(stagePrefill, r.usage.PrefillMs/1000, cached)
		m.tokens.WithLabelValues("prompt").Add(float64(r.usage.PromptTokens))
		m.tokens.WithLabelValues("reused").Add(float64(r.usage.ReusedTokens))
		m.tokens.WithLabelValues("computed").Add(float64(r.usage.ComputedTokens))
		m.tokens.WithLabelValues("completion").Add(float64(r.usage.CompletionTokens))
	}
	m.completions.WithLabelValues(r.door, r.tier, sourceName(cached), string(r.outcome)).Inc()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.outcomes[string(r.outcome)]++
}

// observe times a stage, for Prometheus and for the percentiles.
func (r *run) observe(s stage, seconds float64, cached bool) {
	r.m.seconds[s].WithLabelValues(r.door, r.tier, sourceName(cached)).Observe(seconds)
	r.m.windows[s].add(seconds * 1000)
}

// outcomeOf sorts an error.
func outcomeOf(err error) outcome {
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return outcomeCancelled
	case errors.Is(err, infer.ErrQuota):
		return outcomeQuota
	case errors.Is(err, infer.ErrOverloaded):
		return outcomeOverloaded
	case errors.Is(err, infer.ErrLoading):
		return outcomeLoading
	}
	return outcomeError
}

// tierName is a label's value for a caller's tier. Tiers are named by the server's configuration, so they are few.
func tierName(c infer.Caller) string {
	if c.Tier == "" {
		return "default"
	}
	return c.Tier
}

func sourceName(cached bool) string {
	if cached {
		return "cache"
	}
	return "engine"
}
