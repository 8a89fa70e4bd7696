package trace

import (
	"context"
	"iter"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"inkling/infer"
)

// Engine returns a generator that makes the spans of what an engine computes. It belongs right around the engine.
func (t *Tracer) Engine(g infer.Generator) infer.Generator {
	if t == nil {
		return g
	}
	return engine{t, g}
}

type engine struct {
	t    *Tracer
	next infer.Generator
}

// Generate implements [infer.Generator].
func (g engine) Generate(ctx context.Context, req infer.Request) iter.Seq2[infer.Delta, error] {
	return func(yield func(infer.Delta, error) bool) {
		if ask, ok := ctx.Value(askingKey{}).(*asking); ok {
			ask.end("miss")
		}
		began := time.Now()
		ctx, span := g.t.tracer.Start(ctx, "generate", trace.WithTimestamp(began))
		defer span.End()
		timed := false
		for d, err := range g.next.Generate(ctx, req) {
			if err == nil && d.Usage != nil {
				g.parts(ctx, began, d, !timed)
				timed = true
			}
			if !yield(d, err) {
				return
			}
		}
	}
}

// parts makes the spans of one suggestion from what the engine measured; waiting and prefill are those of all.
func (g engine) parts(ctx context.Context, began time.Time, d infer.Delta, firstOne bool) {
	u := d.Usage
	part := func(name string, fromMs, toMs float64, about ...attribute.KeyValue) {
		_, span := g.t.tracer.Start(ctx, name, trace.WithTimestamp(after(began, fromMs)), trace.WithAttributes(about...))
		span.End(trace.WithTimestamp(after(began, toMs)))
	}
	if firstOne {
		part("queue", 0, u.QueueMs)
		part("prefill", u.QueueMs, u.QueueMs+u.PrefillMs, attribute.Int("inkling.prompt_tokens", u.PromptTokens),
			attribute.Int("inkling.reused_tokens", u.ReusedTokens), attribute.Int("inkling.computed_tokens", u.ComputedTokens))
	}
	part("decode", u.QueueMs+u.PrefillMs, max(u.TotalMs, u.QueueMs+u.PrefillMs), attribute.Int("inkling.suggestion", d.Suggestion),
		attribute.Int("inkling.completion_tokens", u.CompletionTokens), attribute.Float64("inkling.first_token_ms", u.FirstTokenMs),
		attribute.String("inkling.stop", string(d.Stop)), attribute.String("inkling.why", string(d.Why)))
}

func after(t time.Time, ms float64) time.Time {
	return t.Add(time.Duration(ms * float64(time.Millisecond)))
}
