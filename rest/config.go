package rest

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"inkling/contexts"
	"inkling/contexts/syntax"
	"inkling/infer"
	"inkling/rest/metrics"
)

// Requester makes a request out of a place. *contexts.Builder is one.
type Requester interface {
	// Request validates the options and returns the prompt's parts and the finishers; an error wraps
	// infer.ErrOption, or infer.ErrLoading while there is no model to count tokens for.
	Request(p contexts.Place, opts infer.Options) (infer.Request, error)
	// Describe says by syntax what a suggestion at a place is, such as "return expression of fibonacci".
	Describe(p contexts.Place) string
	// Excluded reports whether no text of a file may be shown to a model, by its name; Request answers for such a
	// file with a finisher that says so.
	Excluded(uri string) bool
}

// Authenticator says who a key belongs to.
type Authenticator interface {
	// Authenticate returns the caller of a bearer token or API key; "" stands for none. An error wraps
	// [ErrUnauthorized] or [ErrForbidden], or is a failure of the store.
	Authenticate(ctx context.Context, key string) (infer.Caller, error)
}

// Config is what [New] needs. Generator, Builder and Model are required.
type Config struct {
	Generator infer.Generator
	Builder   Requester
	Model     func() infer.Model // the model in use; its zero value while loading

	// Draining says that the server ends, so that readiness turns. Nil: it never does.
	Draining func() bool

	// Engine is asked for health; nil stands for an engine that is always ok.
	Engine func() infer.EngineStats
	// Parts are asked for health besides the engine, by name ("cache", "limiter"). May be empty.
	Parts map[string]func() Part
	// Metrics counts requests and answers /api/v1/metrics. Nil makes one that knows only this package's requests.
	Metrics *metrics.Metrics

	// Syntax analyses code for /api/v1/context. Nil: that path is 404. The caller closes it.
	Syntax *syntax.Pool

	// Auth tells callers apart by key. Nil: keys are off, everyone is the local user, and user_id is believed.
	Auth Authenticator

	// Administrator guards what only administrators may do: Sessions, Users and Warmer. Nil: those paths are 404.
	Administrator Administrator
	Sessions      Sessions // at /api/v1/sessions; nil: 404
	Users         Users    // at /api/v1/users; nil: 404
	Warmer        Warmer   // at /api/v1/warm; nil: 404

	AllowedHosts []string // names a request's Host may have besides loopback's; ["*"] allows all. See hosts.go
	CORSOrigins  []string // origins whose pages may call the API; empty: none but our own
	Version      string   // of the program, for /health and compatible doors; "" is "dev"

	Stream     http.Handler // at /api/v1/stream; nil: 404
	Ticket     http.Handler // at POST /api/v1/ticket, behind a key; sees its caller by [CallerFrom]; nil: 404
	Playground http.Handler // at / and below, where nothing else matches; nil: 404

	Limits Limits
	Logger *zap.Logger // nil: silent

	AccessLog   *zap.Logger   // gets a line for each request; nil: Logger
	AccessLevel zapcore.Level // of these lines; the zero value is info. Those of health and metrics are debug
}

// Limits are the sizes, counts and times that a request may take. A zero field is its default.
type Limits struct {
	MaxBodyBytes      int64         // of a request body; default 4 MiB
	MaxLines          int           // previousLines, and nextLines; default 20,000 each
	MaxLineLength     int           // of one line, in characters; default 100,000
	MaxSuggestions    int           // max_suggestions and n; default 8
	MaxTokens         int           // max_tokens; default 1,024
	MaxTemperature    float64       // default 2
	MaxStops          int           // stop strings; default 16, which is infer's limit
	MaxPrompts        int           // of an OpenAI request that lists several; default 8
	BodyTimeout       time.Duration // for a body to arrive; default 15 s
	GenerationTimeout time.Duration // for an answer to be complete; default 60 s
	WriteTimeout      time.Duration // for one write of a streamed answer; default 10 s
}

// Part is the state of one part of the server, for /health.
type Part struct {
	Status string `json:"status" enum:"ok,degraded,loading,failed,draining,off" doc:"State of this part"`
	Detail string `json:"detail,omitempty" doc:"What is wrong, or which kind it is"`
}

// withDefaults returns l with defaults in place of zeros.
func (l Limits) withDefaults() Limits {
	l.MaxBodyBytes = or(l.MaxBodyBytes, 4<<20)
	l.MaxLines = or(l.MaxLines, 20_000)
	l.MaxLineLength = or(l.MaxLineLength, 100_000)
	l.MaxSuggestions = or(l.MaxSuggestions, 8)
	l.MaxTokens = or(l.MaxTokens, 1024)
	l.MaxTemperature = or(l.MaxTemperature, 2)
	l.MaxStops = or(l.MaxStops, 16)
	l.MaxPrompts = or(l.MaxPrompts, 8)
	l.BodyTimeout = or(l.BodyTimeout, 15*time.Second)
	l.GenerationTimeout = or(l.GenerationTimeout, time.Minute)
	l.WriteTimeout = or(l.WriteTimeout, 10*time.Second)
	return l
}

// or returns v, or def where v is zero.
func or[T comparable](v, def T) T {
	var zero T
	if v == zero {
		return def
	}
	return v
}

// Validate names the first field that New cannot work with.
func (c Config) Validate() error {
	switch {
	case c.Generator == nil:
		return fmt.Errorf("rest: Config.Generator is nil")
	case c.Builder == nil:
		return fmt.Errorf("rest: Config.Builder is nil")
	case c.Model == nil:
		return fmt.Errorf("rest: Config.Model is nil")
	case c.Limits.MaxStops > 16:
		return fmt.Errorf("rest: Limits.MaxStops is %d, at most 16", c.Limits.MaxStops)
	}
	for _, n := range []struct {
		field string
		value int64
	}{
		{"MaxBodyBytes", c.Limits.MaxBodyBytes}, {"MaxLines", int64(c.Limits.MaxLines)},
		{"MaxLineLength", int64(c.Limits.MaxLineLength)}, {"MaxSuggestions", int64(c.Limits.MaxSuggestions)},
		{"MaxTokens", int64(c.Limits.MaxTokens)}, {"MaxStops", int64(c.Limits.MaxStops)},
		{"MaxPrompts", int64(c.Limits.MaxPrompts)}, {"BodyTimeout", int64(c.Limits.BodyTimeout)},
		{"GenerationTimeout", int64(c.Limits.GenerationTimeout)}, {"WriteTimeout", int64(c.Limits.WriteTimeout)},
	} {
		if n.value < 0 {
			return fmt.Errorf("rest: Limits.%s is %d, at least 0", n.field, n.value)
		}
	}
	return nil
}
