package cache

import (
	"context"
	"errors"
	"iter"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"inkling/contexts"
	"inkling/infer"
)

// ErrPreempted is returned, wrapped in infer.RetryError around infer.ErrOverloaded, to a warming request that a real one
// came upon.
var ErrPreempted = errors.New("cache: a real request came first")

// Cache is a generator that answers what it knows and asks another for the rest. [New] makes it, [Cache.Close] ends it.
type Cache struct {
	cfg    Config
	memory *memory
	shared *shared // nil without Redis
	counts counts

	mu       sync.Mutex
	flights  map[flightID]*flight // that may be joined
	flying   map[*flight]struct{} // all
	real     int                  // of these, those that somebody waits for
	warming  int                  // and those that nobody does
	idle     chan struct{}        // closed while real is 0
	lastReal time.Time            // when the last of these came or went
	closed   bool
	wg       sync.WaitGroup
}

type counts struct {
	hits, along, misses, joined, stored, short atomic.Uint64
}

// Stats is a snapshot of a [Cache]. Counters rise from the start of the process.
type Stats struct {
	State    string // "ok", or "degraded" while Redis is configured and fails
	Cause    string // what Redis failed with last; "" while ok
	Hits     uint64 // answered from the cache, typed-along ones included
	Along    uint64 // of these, by typing into what was said after a shorter line head
	Misses   uint64 // that went to the generator
	Shared   uint64 // requests that joined another's flight
	Short    uint64 // of the misses, those of which something was known, but less than finishing wanted
	Stored   uint64 // flights whose answer was kept
	Entries  int    // places in memory
	Bytes    int64  // of memory, about
	Evicted  uint64 // places that went from memory because they were old, or there was no room
	Found    uint64 // look-ups answered by Redis
	Written  uint64 // values written to Redis
	Dropped  uint64 // writes to Redis that did not happen: queue full, failed or skipped
	Corrupt  uint64 // values in Redis that were none of ours, and were deleted
	Errors   uint64 // calls to Redis that failed
	Inflight int    // flights
}

// New makes a cache, which the caller closes. Errors wrap [ErrConfig].
func New(cfg Config) (*Cache, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	m, err := newMemory(cfg.Bytes, cfg.TTL)
	if err != nil {
		return nil, err
	}
	c := &Cache{cfg: cfg, memory: m, flights: make(map[flightID]*flight), flying: make(map[*flight]struct{}), idle: make(chan struct{})}
	close(c.idle)
	if cfg.Redis != nil {
		c.shared = newShared(cfg)
	}
	return c, nil
}

// Close ends what runs and waits for it; its parties get infer.ErrClosed. What waits to be written to Redis is dropped.
func (c *Cache) Close() error {
	c.mu.Lock()
	c.closed = true
	for f := range c.flying {
		f.cancel(infer.ErrClosed)
	}
	c.mu.Unlock()
	c.wg.Wait()
	if c.shared != nil {
		c.shared.close()
	}
	c.memory.close()
	return nil
}

// Generate implements [infer.Generator].
func (c *Cache) Generate(ctx context.Context, req infer.Request) iter.Seq2[infer.Delta, error] {
	model := c.cfg.Model()
	if model.Name == "" || c.uncached(req) {
		return c.cfg.Generator.Generate(ctx, req)
	}
	return func(yield func(infer.Delta, error) bool) { c.generate(ctx, req, model, yield) }
}

// uncached says which requests go past the cache: those that held a secret, samples that are to be fresh, and those of
// one token that warm the engine's KV rather than this cache.
func (c *Cache) uncached(req infer.Request) bool {
	o := req.Options
	return req.NoStore || c.cfg.FreshSamples && o.Temperature > 0 && o.Seed == 0 || req.Caller.Door == infer.DoorWarm && o.MaxTokens == 1
}

func (c *Cache) generate(ctx context.Context, req infer.Request, model infer.Model, yield func(infer.Delta, error) bool) {
	tenant := ""
	if c.cfg.SeparateTenants {
		tenant = req.Caller.Tenant
	}
	k, head := keyOf(req, model, tenant)
	id := flightID{key: k, head: head, n: max(req.Options.Suggestions, 1)}
	for lookedUp := false; ; lookedUp = true {
		if ctx.Err() != nil {
			yield(infer.Delta{}, ctx.Err())
			return
		}
		if deltas, ok := c.known(id, req); ok {
			play(ctx, deltas, yield)
			return
		}
		p, err := c.board(ctx, id, req, lookedUp)
		if err != nil {
			yield(infer.Delta{}, err)
			return
		}
		if p.wait(ctx, req.Caller, yield) == answered {
			return
		}
	}
}

// known answers from memory.
func (c *Cache) known(id flightID, req infer.Request) ([]infer.Delta, bool) {
	found := c.answers(id, req, c.memory.get(id.key))
	for _, a := range found {
		deltas, ok := replay(req, a)
		if !ok {
			continue
		}
		c.counts.hits.Add(1)
		if a.typed > 0 {
			c.counts.along.Add(1)
		}
		return deltas, true
	}
	if len(found) > 0 {
		c.counts.short.Add(1)
	}
	return nil, false
}

// answers lists what may answer. A repetition penalty makes the rest of an answer hang on where it began.
func (c *Cache) answers(id flightID, req infer.Request, b *block) []answer {
	found := b.answers(id.head, id.n, time.Now(), c.cfg.TTL)
	if p := req.Options.RepetitionPenalty; p != 0 && p != 1 {
		for i := range found {
			if found[i].typed > 0 {
				return found[:i]
			}
		}
	}
	return found
}

// play yields an answer that is known as the stream that it once was.
func play(ctx context.Context, deltas []infer.Delta, yield func(infer.Delta, error) bool) {
	for _, d := range deltas {
		if ctx.Err() != nil {
			yield(infer.Delta{}, ctx.Err())
			return
		}
		if !yield(d, nil) {
			return
		}
	}
}

// board joins the flight of an equal request, or begins one. A request does not join one that is less urgent than itself:
// that one would not be served in time.
func (c *Cache) board(ctx context.Context, id flightID, req infer.Request, lookedUp bool) (*party, error) {
	for {
		c.mu.Lock()
		other := c.flights[id]
		c.mu.Unlock()
		if other != nil && other.req.Priority <= req.Priority {
			if p := other.join(req); p != nil {
				c.counts.joined.Add(1)
				return p, nil
			}
		}
		f := newFlight(id, req, lookedUp)
		p := f.join(req)
		begun, err := c.begin(ctx, f, other)
		if begun || err != nil {
			return p, err
		}
	}
}

// begin starts a flight in place of other, or reports that there is another one meanwhile.
func (c *Cache) begin(ctx context.Context, f, other *flight) (begun bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return false, infer.ErrClosed
	}
	if now := c.flights[f.id]; now != nil && now != other {
		return false, nil
	}
	ctx, f.cancel = context.WithCancelCause(context.WithoutCancel(ctx))
	c.flights[f.id] = f
	c.flying[f] = struct{}{}
	c.depart(f)
	c.wg.Go(func() { c.fly(ctx, f) })
	return true, nil
}

// depart counts a flight, and ends warming that is in its way. The mutex must be held.
func (c *Cache) depart(f *flight) {
	if f.warming() {
		c.warming++
		return
	}
	c.lastReal = time.Now()
	if c.real++; c.real == 1 {
		c.idle = make(chan struct{})
	}
	if c.warming == 0 {
		return
	}
	for other := range c.flying {
		if other.warming() {
			other.cancel(ErrPreempted)
		}
	}
}

// land takes a flight out. The mutex must be held.
func (c *Cache) land(f *flight) {
	if c.flights[f.id] == f {
		delete(c.flights, f.id)
	}
	delete(c.flying, f)
	if f.warming() {
		c.warming--
		return
	}
	c.lastReal = time.Now()
	if c.real--; c.real == 0 {
		close(c.idle)
	}
}

func (f *flight) warming() bool { return f.req.Caller.Door == infer.DoorWarm }

// fly runs a flight to its end.
func (c *Cache) fly(ctx context.Context, f *flight) {
	defer f.cancel(nil)
	err, again := c.ask(ctx, f)
	if cause := context.Cause(ctx); err != nil && cause != nil {
		err = cause
		if errors.Is(cause, ErrPreempted) {
			err = &infer.RetryError{Err: errors.Join(infer.ErrOverloaded, ErrPreempted), After: time.Second}
		}
	}
	c.mu.Lock()
	c.land(f)
	c.mu.Unlock()
	f.end(err, again)
}

// ask looks in Redis, and then asks the generator; again is true where Redis has what may answer.
func (c *Cache) ask(ctx context.Context, f *flight) (err error, again bool) {
	if c.shared != nil && !f.lookedUp {
		if b := c.shared.get(ctx, f.id.key); b != nil {
			b = c.memory.update(f.id.key, func(old *block) *block { return old.merged(b) })
			if len(c.answers(f.id, f.req, b)) > 0 {
				return nil, true
			}
		}
	}
	c.counts.misses.Add(1)
	return f.fly(ctx, c.cfg.Generator, func(e entry) {
		if c.storable(f.req, e) {
			c.keep(f.id.key, e)
		}
	}), false
}

// storable reports whether nothing that was said looks like a credential.
func (c *Cache) storable(req infer.Request, e entry) bool {
	for _, s := range e.said {
		var text strings.Builder
		for _, p := range s.pieces {
			text.WriteString(p.Text)
		}
		ok, err := contexts.Storable(req, text.String())
		if err != nil {
			c.cfg.Logger.Error("answers are not kept", zap.Error(err))
		}
		if !ok {
			return false
		}
	}
	return true
}

// keep stores an answer here, and for all instances.
func (c *Cache) keep(k key, e entry) {
	b := c.memory.update(k, func(old *block) *block { return old.with(e) })
	c.counts.stored.Add(1)
	if c.shared != nil {
		c.shared.put(k, b)
	}
}

// Stats returns a snapshot.
func (c *Cache) Stats() Stats {
	n := &c.counts
	s := Stats{
		State: "ok", Hits: n.hits.Load(), Along: n.along.Load(), Misses: n.misses.Load(), Shared: n.joined.Load(),
		Short: n.short.Load(), Stored: n.stored.Load(),
	}
	s.Entries, s.Bytes = c.memory.size()
	s.Evicted = c.memory.evicted()
	c.mu.Lock()
	s.Inflight = len(c.flying)
	c.mu.Unlock()
	if r := c.shared; r != nil {
		s.State, s.Cause = r.state()
		s.Found, s.Written, s.Dropped = r.found.Load(), r.written.Load(), r.dropped.Load()
		s.Corrupt, s.Errors = r.corrupt.Load(), r.errors()
	}
	return s
}
