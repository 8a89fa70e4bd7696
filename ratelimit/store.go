package ratelimit

import (
	"context"
	"sync/atomic"
	"time"

	redis_rate "github.com/go-redis/redis_rate/v10"
	"go.uber.org/zap"

	"inkling/redisconn"
)

// store counts in Redis where there is one, and in memory. What Redis lets through is counted in memory too, so that
// an instance which loses Redis goes on from what it knows.
type store struct {
	local     *local
	redis     *redis_rate.Limiter // nil: none
	guard     *redisconn.Guard
	fallbacks atomic.Uint64 // decisions that Redis should have made
}

func newStore(c Config) *store {
	s := &store{local: newLocal(c.Now), guard: redisconn.NewGuard("limits", c.Deadline, c.Logger)}
	if c.Redis != nil {
		s.redis = redis_rate.NewLimiter(c.Redis)
	}
	return s
}

// take charges cost, or only looks where it is 0. A charge that Redis made goes through even when its caller has left.
func (s *store) take(ctx context.Context, key string, r rate, cost int) Decision {
	if s.redis == nil {
		return s.local.take(key, r, cost)
	}
	d, err := s.ask(context.WithoutCancel(ctx), key, r, cost)
	if err != nil {
		s.fallbacks.Add(1)
		return s.local.take(key, r, cost)
	}
	if d.Allowed && cost > 0 {
		s.local.take(key, r, cost)
	}
	return d
}

func (s *store) ask(ctx context.Context, key string, r rate, cost int) (Decision, error) {
	var d Decision
	err := s.guard.Do(ctx, func(ctx context.Context) error {
		limit := redis_rate.Limit{Rate: r.requests, Burst: r.requests, Period: r.window}
		result, err := s.redis.AllowN(ctx, key, limit, cost)
		if err == nil && result.ResetAfter > r.window+time.Second { // Redis' clock jumped back, or the tier's window shrank
			if err = s.redis.Reset(ctx, key); err == nil {
				result, err = s.redis.AllowN(ctx, key, limit, cost)
			}
		}
		if err != nil {
			return err
		}
		d = Decision{Limit: r.requests, Remaining: result.Remaining, Reset: max(result.ResetAfter, 0)}
		if cost == 0 {
			d = r.looked(d)
			return nil
		}
		if d.Allowed = result.Allowed > 0; !d.Allowed {
			d.After = max(result.RetryAfter, time.Microsecond)
		}
		return nil
	})
	return d, err
}

// state is "ok", or "degraded" while Redis is configured and fails.
func (s *store) state() string { return s.guard.State() }

// unknownTier counts callers that carry a tier which does not exist, and logs the first.
type unknownTier struct{ count atomic.Uint64 }

func (u *unknownTier) seen(log *zap.Logger, tier string) {
	if u.count.Add(1) == 1 {
		log.Warn("a caller carries a tier that does not exist, and has the default one", zap.Int("tierNameBytes", len(tier)))
	}
}
