package ratelimit

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"iter"
	"sync/atomic"
	"time"

	"inkling/infer"
)

// Limiter holds who has used what. It is safe for concurrent use, has no goroutine, and needs no closing.
type Limiter struct {
	cfg     Config
	store   *store
	waste   *local
	unknown unknownTier

	allowed, refused, wasted, wasteRefused atomic.Uint64
}

// Stats is a snapshot of a [Limiter]. Counters rise from the start of the process.
type Stats struct {
	State        string // "ok", or "degraded" while Redis is configured and fails
	Cause        string // what Redis failed with last; "" while ok
	Charged      uint64 // requests that were charged
	Refused      uint64 // requests that were refused, by a look or by the charge
	Wasted       uint64 // requests begun of which nothing was used
	WasteRefused uint64 // requests refused because too much was thrown away
	UnknownTiers uint64 // requests whose caller carries a tier that does not exist
	Fallbacks    uint64 // decisions made in memory because Redis failed
	RedisErrors  uint64
	Keys         int // callers that are counted in memory
}

// New checks the configuration. Errors wrap [ErrConfig].
func New(c Config) (*Limiter, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	c = c.withDefaults()
	return &Limiter{cfg: c, store: newStore(c), waste: newLocal(c.Now)}, nil
}

// account is what one request is counted in.
type account struct {
	caller infer.Caller
	key    string
	rate   rate
	waste  rate
}

func (l *Limiter) account(caller infer.Caller) account {
	tier, known := l.cfg.tierOf(caller)
	if !known {
		l.unknown.seen(l.cfg.Logger, caller.Tier)
	}
	a := account{caller: caller, rate: rate{tier.Requests, tier.Window}}
	door := "r:"
	if caller.Door == infer.DoorSession {
		door, a.rate.requests = "s:", atMost(tier.Requests, l.cfg.SessionFactor)
	}
	a.waste = rate{atMost(tier.Requests, l.cfg.WasteFactor), tier.Window}
	sum := sha256.Sum256([]byte(caller.Tenant + "\x00" + caller.User))
	a.key = "inkling:" + door + hex.EncodeToString(sum[:16])
	return a
}

// atMost multiplies, and stays inside the limit.
func atMost(requests, factor int) int { return min(requests*factor, maxRequests) }

// Look says what a caller has left, and charges nothing.
func (l *Limiter) Look(ctx context.Context, caller infer.Caller) Decision {
	a := l.account(caller)
	return l.store.take(ctx, a.key, a.rate, 0)
}

// look refuses who has nothing left.
func (l *Limiter) look(ctx context.Context, a account) error {
	if d := l.waste.take(a.key, a.waste, 0); !d.Allowed {
		l.wasteRefused.Add(1)
		return d.refusal()
	}
	if d := l.store.take(ctx, a.key, a.rate, 0); !d.Allowed {
		l.refused.Add(1)
		return d.refusal()
	}
	return nil
}

// charge takes one, or refuses.
func (l *Limiter) charge(ctx context.Context, a account) error {
	if d := l.store.take(ctx, a.key, a.rate, 1); !d.Allowed {
		l.refused.Add(1)
		return d.refusal()
	}
	l.allowed.Add(1)
	return nil
}

// throwAway counts computing of which nothing was used.
func (l *Limiter) throwAway(a account) {
	l.wasted.Add(1)
	l.waste.take(a.key, a.waste, 1)
}

// refusal is a decision as an error.
func (d Decision) refusal() error {
	return &infer.RetryError{Err: infer.ErrQuota, After: max(d.After, time.Millisecond), Limit: d.Limit, Remaining: d.Remaining, Reset: d.Reset}
}

// Stats returns a snapshot.
func (l *Limiter) Stats() Stats {
	failed, _ := l.store.guard.Failures()
	s := Stats{
		State: l.store.state(), Charged: l.allowed.Load(), Refused: l.refused.Load(),
		Wasted: l.wasted.Load(), WasteRefused: l.wasteRefused.Load(), UnknownTiers: l.unknown.count.Load(),
		Fallbacks: l.store.fallbacks.Load(), RedisErrors: failed, Keys: l.store.local.keys(),
	}
	if s.State != "ok" {
		s.Cause = l.store.guard.LastFailure()
	}
	return s
}

// Wrap returns a generator that looks at the caller's limit before it asks inner, and charges as the package says.
// A refusal is an infer.RetryError around infer.ErrQuota.
func (l *Limiter) Wrap(inner infer.Generator) infer.Generator { return &generator{l, inner} }

type generator struct {
	limiter *Limiter
	inner   infer.Generator
}

// Generate implements [infer.Generator].
func (g *generator) Generate(ctx context.Context, req infer.Request) iter.Seq2[infer.Delta, error] {
	if req.Caller.Door == infer.DoorWarm {
		return g.inner.Generate(ctx, req)
	}
	return func(yield func(infer.Delta, error) bool) {
		a := g.limiter.account(req.Caller)
		if err := g.limiter.look(ctx, a); err != nil {
			yield(infer.Delta{}, err)
			return
		}
		used := false
		defer func() {
			if !used {
				g.limiter.throwAway(a)
			}
		}()
		for d, err := range g.inner.Generate(ctx, req) {
			if err != nil {
				used = used || !cancelled(ctx, err) // what failed by itself is nobody's waste
				yield(infer.Delta{}, err)
				return
			}
			if !used && due(a.caller.Door, d) {
				if err := g.limiter.charge(ctx, a); err != nil {
					yield(infer.Delta{}, err)
					return
				}
				used = true
			}
			used = used || d.Cached
			if !yield(d, nil) {
				return
			}
		}
	}
}

// due says whether a delta is what its door charges for.
func due(door infer.Door, d infer.Delta) bool {
	return !d.Cached && (door != infer.DoorSession || d.Text != "")
}

func cancelled(ctx context.Context, err error) bool {
	return ctx.Err() != nil || errors.Is(err, context.Canceled)
}
