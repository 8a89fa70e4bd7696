package trace

import (
	"context"
	"errors"
	"iter"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"inkling/infer"
)

// Requests returns a generator that makes the spans of whole requests. It belongs outside of cache and limits.
func (t *Tracer) Requests(g infer.Generator) infer.Generator {
	if t == nil {
		return g
	}
	return requests{t, g}
}

type requests struct {
	t    *Tracer
	next infer.Generator
}

// asking is the span of what lies before the engine. It ends when the engine is asked, or something came without it.
type asking struct {
	once sync.Once
	span trace.Span
}

type askingKey struct{}

// end ends the span, the first time.
func (a *asking) end(found string) {
	a.once.Do(func() {
		a.span.SetAttributes(attribute.String("inkling.cache", found))
		a.span.End()
	})
}

// Generate implements [infer.Generator].
func (g requests) Generate(ctx context.Context, req infer.Request) iter.Seq2[infer.Delta, error] {
	return func(yield func(infer.Delta, error) bool) {
		began := time.Now()
		ctx, root := g.t.tracer.Start(ctx, "completion", trace.WithTimestamp(first(req.Began, began)), trace.WithAttributes(about(req)...))
		defer root.End()
		if !req.Began.IsZero() && !req.Prompted.IsZero() {
			_, prompt := g.t.tracer.Start(ctx, "prompt", trace.WithTimestamp(req.Began))
			prompt.End(trace.WithTimestamp(req.Prompted))
		}
		_, span := g.t.tracer.Start(ctx, "cache")
		ask := &asking{span: span}
		defer ask.end("none")
		run := outcome{root: root}
		defer func() { run.end(ctx, g.t.tracer) }()
		for d, err := range g.next.Generate(context.WithValue(ctx, askingKey{}, ask), req) {
			if err == nil {
				ask.end(found(d))
			}
			run.see(d, err)
			if !yield(d, err) {
				run.left = err == nil
				return
			}
		}
	}
}

// found says what came of the cache by the first delta, where the engine was not asked for this request.
func found(d infer.Delta) string {
	if d.Cached {
		return "hit"
	}
	return "shared" // with a request that is being computed
}

// first returns a, or b where a is not known.
func first(a, b time.Time) time.Time {
	if a.IsZero() {
		return b
	}
	return a
}

// about says of a request what may be told.
func about(req infer.Request) []attribute.KeyValue {
	tier := req.Caller.Tier
	if tier == "" {
		tier = "default"
	}
	return []attribute.KeyValue{
		attribute.String("inkling.request_id", req.ID), attribute.String("inkling.session", req.Document.Session),
		attribute.String("inkling.door", string(req.Caller.Door)), attribute.String("inkling.tier", tier),
		attribute.String("inkling.language", req.Prompt.Language), attribute.Int("inkling.version", int(req.Document.Version)),
		attribute.Int("inkling.suggestions", max(req.Options.Suggestions, 1)), attribute.Int("inkling.max_tokens", req.Options.MaxTokens),
		attribute.Int("inkling.prefix_bytes", len(req.Prompt.Prefix)), attribute.Int("inkling.suffix_bytes", len(req.Prompt.Suffix)),
		attribute.Int("inkling.snippets", len(req.Prompt.Snippets)), attribute.Bool("inkling.invoked", req.Priority == infer.PriorityInvoked),
	}
}

// outcome is how a request ends.
type outcome struct {
	root   trace.Span
	deltas int
	bytes  int // of released text
	last   time.Time
	left   bool // its reader left
	err    error
}

func (o *outcome) see(d infer.Delta, err error) {
	if err != nil {
		o.err = err
		return
	}
	o.deltas++
	o.bytes += len(d.Text)
	o.last = time.Now()
}

// end tells how it ended. Only what is the server's fault is an error.
func (o *outcome) end(ctx context.Context, tracer trace.Tracer) {
	if !o.last.IsZero() {
		_, finish := tracer.Start(ctx, "finish", trace.WithTimestamp(o.last))
		finish.End()
	}
	name := o.name()
	o.root.SetAttributes(attribute.String("inkling.outcome", name), attribute.Int("inkling.deltas", o.deltas),
		attribute.Int("inkling.text_bytes", o.bytes))
	if name == "error" {
		o.root.SetStatus(codes.Error, "the generation failed; the log has the rest by its request's id")
	}
}

func (o *outcome) name() string {
	switch {
	case o.left, errors.Is(o.err, context.Canceled):
		return "cancelled"
	case errors.Is(o.err, context.DeadlineExceeded):
		return "timeout"
	case errors.Is(o.err, infer.ErrQuota):
		return "quota"
	case errors.Is(o.err, infer.ErrOverloaded):
		return "overloaded"
	case errors.Is(o.err, infer.ErrLoading), errors.Is(o.err, infer.ErrClosed):
		return "unavailable"
	case o.err != nil:
		return "error"
	case o.bytes == 0:
		return "empty"
	}
	return "ok"
}
