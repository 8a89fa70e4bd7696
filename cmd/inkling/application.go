package main

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
	"go.uber.org/zap"

	"inkling/cache"
	"inkling/contexts"
	_ "inkling/contexts/languages/all"
	"inkling/contexts/syntax"
	"inkling/ratelimit"
	"inkling/ratelimit/identity"
	"inkling/rest"
	"inkling/rest/metrics"
	"inkling/serving/logs"
	"inkling/serving/trace"
	"inkling/stream"
	"inkling/web"
)

// application is the server's parts, wired.
type application struct {
	log     *zap.Logger
	engine  *lateEngine
	syntax  *syntax.Pool
	builder *contexts.Builder
	redis   redis.UniversalClient // nil: embedded parts
	limiter *ratelimit.Limiter
	cache   *cache.Cache       // nil: off
	warmer  *cache.Warmer      // nil: nothing may be warmed
	known   *identity.Identity // nil: keys are off
	stream  *stream.Server
	handler http.Handler

	addresses *ratelimit.AddressLimit // nil: off
	secure    secure
	lines     *logs.Counts  // of the log; nil: nobody counts
	tracer    *trace.Tracer // nil: off
	loaded    chan struct{} // closed when the model is there
	draining  atomic.Bool   // the server ends
}

func newApplication(p *program, c serverConfig, secure secure, lines *logs.Counts, log *zap.Logger) (*application, error) {
	a := &application{log: log, secure: secure, lines: lines, loaded: make(chan struct{}), engine: &lateEngine{}, syntax: newTrees()}
	if err := a.wire(p, c); err != nil {
		return nil, errors.Join(err, a.close())
	}
	return a, nil
}

// wire makes the parts and connects them. After an error, close frees what was made.
func (a *application) wire(p *program, c serverConfig) (err error) {
	if a.redis, err = openRedis(c); err != nil {
		return err
	}
	if c.RedisRequired {
		if err := requireRedis(a.redis); err != nil {
			return err
		}
	}
	if a.limiter, err = newLimiter(c, a.redis, a.log); err != nil {
		return err
	}
	counters := metrics.New(metrics.Sources{Server: a.server, Engine: a.engine.Stats, Sessions: a.sessions, Limits: a.limits, Syntax: a.syntaxes, Cache: a.cached})
	if a.tracer, err = openTracer(c.servingConfig, a.log); err != nil {
		return err
	}
	generator := a.limiter.Wrap(a.tracer.Engine(a.engine))
	if c.CacheTTL > 0 {
		a.cache, err = cache.New(cache.Config{
			Generator: generator, Model: a.engine.Model, TTL: time.Duration(c.CacheTTL), Bytes: int64(c.CacheMiB) << 20,
			SeparateTenants: c.CacheSeparateTenants, Redis: a.redis, Logger: a.log})
		if err != nil {
			return err
		}
		generator = a.cache
	}
	generator = a.tracer.Requests(counters.Wrap(generator))
	a.builder = &contexts.Builder{Counter: a.engine, ContextTokens: c.MaxTokens, Syntax: a.syntax,
		FillInMiddle: a.engine.fillInMiddle}
	if a.warmer, err = newWarmer(a.cache, a.builder, c.warmRoot()); err != nil {
		return err
	}
	who := a.identify(p, c)
	a.stream, err = stream.New(stream.Config{
		Ahead:     a.engine,
		Auth:      who.stream,
		Quota:     a.quota,
		Generator: generator, Builder: a.requester(), Model: a.engine.Model, AllowedHosts: c.hosts(), AllowedOrigins: c.AllowedOrigins,
		Version: version, Metrics: feedback{counters, a.engine}, Logger: a.log,
		Limits: stream.Limits{DrainTimeout: max(time.Duration(c.DrainTimeout), 1)}, // 0 would be its default
	})
	if err != nil {
		return err
	}
	access, accessLevel := c.accessLog(a.log)
	handler, err := rest.New(rest.Config{
		Auth: who.rest, Ticket: who.ticket, Administrator: who.administrator, Sessions: openSessions{a.stream}, Warmer: a.restWarmer(),
		Users:     users{who.store, a.limiter, a.stream},
		Generator: generator, Builder: a.requester(), Model: a.engine.Model, Engine: a.engine.Stats, Metrics: counters,
		Syntax: a.syntax, AllowedHosts: c.hosts(), CORSOrigins: c.AllowedOrigins, Version: version, Stream: a.stream,
		Playground: web.Handler(), Logger: a.log, Draining: a.draining.Load, AccessLog: access, AccessLevel: accessLevel,
		Parts: map[string]func() rest.Part{"limiter": a.limiterPart, "cache": a.cachePart},
	})
	if err != nil {
		return err
	}
	a.addresses, a.handler, err = guardAddresses(c, a.tracer.Handler(handler))
	return err
}

// requester makes requests out of places, with their times where somebody traces.
func (a *application) requester() rest.Requester {
	if a.tracer == nil {
		return a.builder
	}
	return clocked{a.builder}
}

// server is what the program says of itself, for the metrics.
func (a *application) server() metrics.ServerStats {
	s := metrics.ServerStats{Version: version, Model: a.engine.Model().Name, Draining: a.draining.Load(), LogLines: logLines(a.lines)}
	if a.secure.files != nil {
		c := a.secure.files.Stats()
		s.CertificateNotAfter, s.CertificateReloads, s.CertificateFailures = c.NotAfter, c.Reloads, c.Failures
	}
	return s
}

// sessions are the figures of the sessions, for the metrics.
func (a *application) sessions() metrics.SessionStats {
	s := a.stream.Stats()
	event := func(e stream.Event) uint64 { return uint64(s.Events[e.String()]) }
	events := make(map[string]uint64, len(s.Events))
	for name, n := range s.Events {
		events[name] = uint64(n)
	}
	return metrics.SessionStats{
		Open: s.Sessions, Documents: s.Documents, Opened: event(stream.SessionOpened), Superseded: event(stream.Superseded),
		TypedAlong: event(stream.TypedAlong), SlowClosed: event(stream.SlowClosed),
		Generations: s.Generations, QueuedBytes: s.QueuedBytes, Events: events,
	}
}

// load brings the model in while the server answers already that it is loading.
func (a *application) load(ctx context.Context, p *program, c modelConfig) error {
	started := time.Now()
	engine, err := p.openEngine(ctx, c, func(what string) { a.log.Info(what) })
	if err != nil {
		return err
	}
	a.engine.loaded.Store(&engine)
	a.builder.ResetCounts() // they were guessed until now
	close(a.loaded)
	m := engine.Model()
	a.log.Info("ready", zap.String("model", m.Name), zap.Int("contextTokens", m.ContextTokens), zap.Duration("took", time.Since(started)))
	return nil
}

// warm makes ready what the first requests would wait for otherwise.
func (a *application) warm(ctx context.Context) error {
	err := contexts.Warm(ctx, contexts.UsualLanguages...)
	if ctx.Err() != nil {
		return nil // we are stopping: nobody waits any more
	}
	return err
}

// close frees what is left once nothing is served any more.
func (a *application) close() error {
	var errs []error
	if a.warmer != nil {
		errs = append(errs, a.warmer.Close())
	}
	if a.cache != nil {
		errs = append(errs, a.cache.Close())
	}
	errs = append(errs, a.engine.Close(), a.closeRedis())
	a.syntax.Close()
	errs = append(errs, a.tracer.Close())
	return errors.Join(errs...)
}
