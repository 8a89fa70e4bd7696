// Package remote generates on other machines: on any server that speaks OpenAI's completions, such as vLLM, SGLang, TGI,
// llama.cpp, Ollama or another Inkling. Sessions, contexts, cache and limits stay here.
//
// Its nouns: an [Engine] is an infer.Generator over one or more upstreams; an upstream is one server with a circuit
// breaker, and what is known of its abilities.
//
// Invariants:
//   - A request is tried again, elsewhere where possible, only before its first token.
//   - Leaving the loop, or ending the context, closes the connection to the upstream, which ends the generation there.
//   - An upstream that keeps failing is left alone for [Config.RetryAfter], and then tried by one request.
//
// Not known here: the upstream's vocabulary. So a half-typed word goes as it stands, and is healed only where the
// upstream does that (another Inkling does): cutting it off and asking for text that begins with it would end without
// an answer wherever the likeliest word is another one, and cost a second request each time. A suffix is sent only as a
// field. Where an upstream tells no log-probabilities, every token counts as certain.
//
// All methods may be called from any goroutine. The package starts none.
package remote

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/url"
	"slices"
	"sync/atomic"
	"time"

	"inkling/infer"
)

// What holds where a [Config] says nothing else.
const (
	defaultContextTokens = 4096
	defaultMaxTokens     = 128
	defaultConcurrent    = 64
	defaultAttempts      = 3
	defaultStall         = 20 * time.Second
	defaultRetryAfter    = 5 * time.Second
	defaultFailures      = 3
)

// Config names the upstreams and the limits. URLs and Model are required.
type Config struct {
	URLs  []string // base of each upstream's API, such as http://10.0.0.5:8000/v1
	Model string   // the upstreams' name of the model
	Key   string   // bearer token for the upstreams; "" sends none

	// NoSuffix never sends the text after the cursor: for models that do not know it, behind servers that take it all
	// the same. llama-cpp-python's server is one.
	NoSuffix bool

	ContextTokens int           // of the model, prompt and answer together; default 4,096
	MaxTokens     int           // decoded per suggestion where a request names no number; default 128
	MaxConcurrent int           // requests at once, over all upstreams; default 64
	Attempts      int           // tries per request, the first included; default 3
	Stall         time.Duration // longest wait for the first token, and for each further one; default 20 s
	RetryAfter    time.Duration // how long a failing upstream is left alone; default 5 s
	Failures      int           // in a row, after which an upstream counts as failing; default 3
}

// Validate names the first field that New cannot work with.
func (c Config) Validate() error {
	if len(c.URLs) == 0 {
		return errors.New("remote: Config.URLs is empty")
	}
	for _, u := range c.URLs {
		parsed, err := url.Parse(u)
		if err != nil || (parsed.Scheme != "http" && parsed.Scheme != "https") || parsed.Host == "" {
			return fmt.Errorf("remote: Config.URLs: %q is not an http or https address", redact(parsed, u))
		}
	}
	if c.Model == "" {
		return errors.New("remote: Config.Model is empty")
	}
	for _, n := range []struct {
		field string
		value int64
	}{
		{"ContextTokens", int64(c.ContextTokens)}, {"MaxTokens", int64(c.MaxTokens)}, {"MaxConcurrent", int64(c.MaxConcurrent)},
		{"Attempts", int64(c.Attempts)}, {"Stall", int64(c.Stall)}, {"RetryAfter", int64(c.RetryAfter)}, {"Failures", int64(c.Failures)},
	} {
		if n.value < 0 {
			return fmt.Errorf("remote: Config.%s is %d, at least 0", n.field, n.value)
		}
	}
	return nil
}

// redact leaves a password out of an address.
func redact(u *url.URL, raw string) string {
	if u == nil {
		return fmt.Sprintf("address of %d bytes", len(raw))
	}
	return u.Redacted()
}

// Engine is an infer.Generator over upstreams. It needs no closing.
type Engine struct {
	cfg       Config
	upstreams []*upstream
	next      atomic.Uint64 // whose turn it is
	running   atomic.Int64
	count     counters
}

// New returns an engine. It reaches for no upstream yet; see [Engine.Check].
func New(cfg Config) (*Engine, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg.ContextTokens = or(cfg.ContextTokens, defaultContextTokens)
	cfg.MaxTokens = or(cfg.MaxTokens, defaultMaxTokens)
	cfg.MaxConcurrent = or(cfg.MaxConcurrent, defaultConcurrent)
	cfg.Attempts = or(cfg.Attempts, defaultAttempts)
	cfg.Stall = or(cfg.Stall, defaultStall)
	cfg.RetryAfter = or(cfg.RetryAfter, defaultRetryAfter)
	cfg.Failures = or(cfg.Failures, defaultFailures)
	e := &Engine{cfg: cfg}
	for _, u := range cfg.URLs {
		e.upstreams = append(e.upstreams, newUpstream(u, cfg))
	}
	return e, nil
}

func or[T comparable](v, def T) T {
	var zero T
	if v == zero {
		return def
	}
	return v
}

// Model describes the upstreams' model as far as it is configured. It sees the text after the cursor until every
// upstream has refused that.
func (e *Engine) Model() infer.Model {
	return infer.Model{Name: e.cfg.Model, ContextTokens: e.cfg.ContextTokens, MaxTokens: e.cfg.MaxTokens,
		FillInMiddle: slices.ContainsFunc(e.upstreams, func(u *upstream) bool { return u.takes(suffixField) })}
}

// Generate implements [infer.Generator].
func (e *Engine) Generate(ctx context.Context, req infer.Request) iter.Seq2[infer.Delta, error] {
	return func(yield func(infer.Delta, error) bool) {
		e.count.requests.Add(1)
		if e.running.Add(1) > int64(e.cfg.MaxConcurrent) {
			e.running.Add(-1)
			yield(infer.Delta{}, &infer.RetryError{Err: infer.ErrOverloaded, After: time.Second})
			return
		}
		defer e.running.Add(-1)
		err := e.generate(ctx, req, yield)
		switch {
		case errors.Is(err, errLeft):
			e.count.cancelled.Add(1)
		case ctx.Err() != nil && err != nil:
			e.count.cancelled.Add(1)
			yield(infer.Delta{}, ctx.Err())
		case err != nil:
			e.count.errors.Add(1)
			yield(infer.Delta{}, err)
		}
	}
}

// errLeft says that the reader left the loop: nothing may be yielded any more.
var errLeft = errors.New("remote: the reader left")

// generate tries upstreams until one has said its first token.
func (e *Engine) generate(ctx context.Context, req infer.Request, yield func(infer.Delta, error) bool) error {
	r := newRun(req, e.cfg, yield)
	turn := int(e.next.Add(1) % uint64(len(e.upstreams)))
	last := fmt.Errorf("%w: every upstream is failing", infer.ErrRuntime)
	for attempt := range e.cfg.Attempts {
		u := e.pick(turn + attempt)
		if u == nil {
			break
		}
		err := u.try(ctx, r)
		switch {
		case err == nil:
			e.count.add(r.usages())
			return nil
		case errors.Is(err, errLeft) || ctx.Err() != nil:
			return err
		case r.begun || !retriable(err):
			return failure(err, e.cfg.RetryAfter)
		}
		last = failure(err, e.cfg.RetryAfter)
	}
	return last
}

// pick returns the first upstream from a turn on that is not left alone, nil where all are.
func (e *Engine) pick(turn int) *upstream {
	for i := range e.upstreams {
		if u := e.upstreams[(turn+i)%len(e.upstreams)]; u.usable() {
			return u
		}
	}
	return nil
}
