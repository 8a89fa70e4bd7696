package stream

import (
	"context"
	"fmt"
	"time"

	"go.uber.org/zap"

	"inkling/contexts"
	"inkling/infer"
)

// Requester makes a request out of a place. *contexts.Builder is one.
type Requester interface {
	// Request validates the options and returns the prompt's parts and the finishers; an error wraps
	// infer.ErrOption, or infer.ErrLoading while there is no model to count tokens for.
	Request(p contexts.Place, opts infer.Options) (infer.Request, error)
}

// Authenticator says who a session belongs to.
type Authenticator interface {
	// Authenticate returns the caller of a token, which is an API key or a one-use ticket; "" stands for none.
	// userID is what the client says of itself. It is called once a session. An error wraps [ErrUnauthorized], or is
	// a failure of the store.
	Authenticate(ctx context.Context, token, userID string) (infer.Caller, error)
}

// Ahead computes what nobody has asked for yet.
type Ahead interface {
	infer.Generator
	// Idle reports whether nothing else is to be done. While it is not, no prompts are made for it: at a thousand edits a
	// second they cost more than the edits.
	Idle() bool
}

// Config is what [New] needs. Generator, Builder and Model are required.
type Config struct {
	Generator infer.Generator
	Builder   Requester
	Model     func() infer.Model // the model in use; its zero value while loading

	// Ahead computes prompts that are likely to be asked for, while nobody asks for anything. Nil: none are.
	Ahead Ahead

	// Auth tells callers apart. Nil: everyone is local, userId is believed, and nobody must identify themselves.
	Auth Authenticator

	// Quota says what a caller has left, for inkling/quota. It must not wait for long. Nil: nobody is limited.
	Quota func(context.Context, infer.Caller) Quota

	// AllowedHosts are the names that a request's Host may have besides loopback's and addresses; "*" allows all.
	AllowedHosts []string
	// AllowedOrigins are the hosts, or scheme://host, whose pages may open sessions besides those of the same host.
	// Patterns of path.Match.
	AllowedOrigins []string

	// Menu serves every session textDocument/completion, as if its client had asked for that.
	Menu bool

	Version string      // of the program; "" is "dev"
	Metrics Metrics     // told what happens; nil: nobody is
	Logger  *zap.Logger // nil: silent
	Limits  Limits
}

// Limits are the sizes, counts and times that sessions may take. A zero field is its default.
type Limits struct {
	FrameBytes     int64   // of one message; default 4 MiB: a document in JSON; until a session is identified, where Config.Auth is set, 256 KiB at most
	Documents      int     // open in a session; default 256
	DocumentBytes  int     // of one document; default 2 MiB
	SessionBytes   int     // of all documents of a session, their lines, 4 for each, and what is kept for late edits; default 32 MiB
	Changes        int     // in one didChange; default 10,000
	Values         int     // of JSON in one message's params; default 150,000: fifteen for each change, which has ten
	Pending        int     // requests of a session that are not answered yet; default 64
	MessageRate    int     // messages a second of a session, of 4 KiB each or less, 4 s ahead at most; default 2,000
	QueueBytes     int     // written for a client that it has not read yet; default 1 MiB
	Suggestions    int     // maxSuggestions; default 8
	Tokens         int     // maxTokens; default 1,024
	Temperature    float64 // default 2
	Sessions       int     // in all; default 20,000
	UserSessions   int     // of one user, where Config.Auth is set; default 64
	HandshakeBytes int     // of a token or user id; default 4,096

	WriteTimeout      time.Duration // for one message to be taken; default 10 s
	InitializeTimeout time.Duration // for initialize to arrive and be answered, where Config.Auth is set; default 15 s
	PingInterval      time.Duration // default 20 s: proxies cut after 60 s of silence
	PongTimeout       time.Duration // default 10 s
	IdleTimeout       time.Duration // without a message; default 1 h
	GenerationTimeout time.Duration // for a suggestion to be whole; default 60 s
	KeepTime          time.Duration // for which a suggestion is kept for typing along; default 30 s
	DrainTimeout      time.Duration // for running generations at Close; default 5 s
}

// withDefaults returns l with defaults in place of zeros.
func (l Limits) withDefaults() Limits {
	l.FrameBytes = or(l.FrameBytes, 4<<20)
	l.Documents = or(l.Documents, 256)
	l.DocumentBytes = or(l.DocumentBytes, 2<<20)
	l.SessionBytes = or(l.SessionBytes, 32<<20)
	l.Changes = or(l.Changes, 10_000)
	l.Values = or(l.Values, 150_000)
	l.Pending = or(l.Pending, 64)
	l.MessageRate = or(l.MessageRate, 2000)
	l.QueueBytes = or(l.QueueBytes, 1<<20)
	l.Suggestions = or(l.Suggestions, 8)
	l.Tokens = or(l.Tokens, 1024)
	l.Temperature = or(l.Temperature, 2)
	l.Sessions = or(l.Sessions, 20_000)
	l.UserSessions = or(l.UserSessions, 64)
	l.HandshakeBytes = or(l.HandshakeBytes, 4096)
	l.WriteTimeout = or(l.WriteTimeout, 10*time.Second)
	l.InitializeTimeout = or(l.InitializeTimeout, 15*time.Second)
	l.PingInterval = or(l.PingInterval, 20*time.Second)
	l.PongTimeout = or(l.PongTimeout, 10*time.Second)
	l.IdleTimeout = or(l.IdleTimeout, time.Hour)
	l.GenerationTimeout = or(l.GenerationTimeout, time.Minute)
	l.KeepTime = or(l.KeepTime, 30*time.Second)
	l.DrainTimeout = or(l.DrainTimeout, 5*time.Second)
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

// maxWriteTimeout is the longest WriteTimeout: what waits for a slow client is memory of the server.
const maxWriteTimeout = 10 * time.Second

// Validate names the first field that New cannot work with.
func (c Config) Validate() error {
	switch l := c.Limits; {
	case c.Generator == nil:
		return fmt.Errorf("stream: Config.Generator is nil")
	case c.Builder == nil:
		return fmt.Errorf("stream: Config.Builder is nil")
	case c.Model == nil:
		return fmt.Errorf("stream: Config.Model is nil")
	case l.WriteTimeout > maxWriteTimeout:
		return fmt.Errorf("stream: Limits.WriteTimeout is %v, at most %v", l.WriteTimeout, maxWriteTimeout)
	case l.Temperature < 0:
		return fmt.Errorf("stream: Limits.Temperature is %v, at least 0", l.Temperature)
	}
	return c.Limits.validate()
}

// validate names the first negative count or time.
func (l Limits) validate() error {
	for _, n := range []struct {
		field string
		value int64
	}{
		{"FrameBytes", l.FrameBytes}, {"Documents", int64(l.Documents)}, {"DocumentBytes", int64(l.DocumentBytes)},
		{"SessionBytes", int64(l.SessionBytes)}, {"Changes", int64(l.Changes)}, {"Values", int64(l.Values)}, {"Pending", int64(l.Pending)},
		{"MessageRate", int64(l.MessageRate)}, {"QueueBytes", int64(l.QueueBytes)}, {"Suggestions", int64(l.Suggestions)}, {"Tokens", int64(l.Tokens)},
		{"Sessions", int64(l.Sessions)}, {"UserSessions", int64(l.UserSessions)}, {"HandshakeBytes", int64(l.HandshakeBytes)},
		{"WriteTimeout", int64(l.WriteTimeout)}, {"InitializeTimeout", int64(l.InitializeTimeout)},
		{"PingInterval", int64(l.PingInterval)}, {"PongTimeout", int64(l.PongTimeout)},
		{"IdleTimeout", int64(l.IdleTimeout)}, {"GenerationTimeout", int64(l.GenerationTimeout)},
		{"KeepTime", int64(l.KeepTime)}, {"DrainTimeout", int64(l.DrainTimeout)},
	} {
		if n.value < 0 {
			return fmt.Errorf("stream: Limits.%s is %d, at least 0", n.field, n.value)
		}
	}
	return nil
}
