package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/redis/go-redis/v9"
	"go.uber.org/zap"

	"inkling/infer"
	"inkling/ratelimit"
	"inkling/redisconn"
	"inkling/rest"
	"inkling/rest/metrics"
	"inkling/stream"
)

// openRedis returns a client where the configuration names a Redis, nil where it names none.
func openRedis(c serverConfig) (redis.UniversalClient, error) {
	where := redisconn.Config{URL: c.RedisURL, Host: c.RedisHost, Port: c.RedisPort, DB: c.RedisDB, User: c.RedisUser, Password: c.RedisPassword, TLS: c.RedisTLS}
	if !where.Configured() {
		return nil, nil
	}
	client, err := redisconn.Open(where)
	if err != nil {
		return nil, fmt.Errorf("REDIS_URL, REDIS_HOST: %w", err)
	}
	return client, nil
}

// newLimiter makes the limiter. The local user of a loopback server must not run dry in an afternoon of typing: unless a
// limit is set, it has the enterprise tier.
func newLimiter(c serverConfig, client redis.UniversalClient, log *zap.Logger) (*ratelimit.Limiter, error) {
	tiers, err := c.tiers()
	if err != nil {
		return nil, err
	}
	fallback := ratelimit.TierDefault
	if c.RateLimitRequests == 0 && c.loopback() && !c.Keys {
		fallback = ratelimit.TierEnterprise
	}
	users, err := c.userTiers()
	if err != nil {
		return nil, err
	}
	return ratelimit.New(ratelimit.Config{Tiers: tiers, DefaultTier: fallback, UserTiers: users, Redis: client, Logger: log})
}

// guardAddresses limits a handler by the address that a request comes from.
func guardAddresses(c serverConfig, next http.Handler) (*ratelimit.AddressLimit, http.Handler, error) {
	if c.AddressLimit == 0 {
		return nil, next, nil
	}
	proxies, err := c.proxies()
	if err != nil {
		return nil, nil, err
	}
	limit, err := ratelimit.NewAddressLimit(ratelimit.AddressConfig{Requests: c.AddressLimit, Proxies: proxies})
	if err != nil {
		return nil, nil, fmt.Errorf("ADDRESS_LIMIT: %w", err)
	}
	return limit, limit.Middleware(next), nil
}

// addressesRefused is how many requests were refused by their address.
func (a *application) addressesRefused() uint64 {
	if a.addresses == nil {
		return 0
	}
	return a.addresses.Refused()
}

// limits are the limiter's figures, for the metrics.
func (a *application) limits() metrics.LimitStats {
	s := a.limiter.Stats()
	return metrics.LimitStats{
		Kind: a.storeKind(), Denied: s.Refused, Charged: s.Charged, Errors: s.RedisErrors, AddressesDenied: a.addressesRefused(),
	}
}

// quota is what a session's caller has left.
func (a *application) quota(ctx context.Context, caller infer.Caller) stream.Quota {
	d := a.limiter.Look(ctx, caller)
	return stream.Quota{Limit: d.Limit, Remaining: d.Remaining, Reset: d.Reset}
}

// limiterPart is the limiter's state, for health.
func (a *application) limiterPart() rest.Part {
	s := a.limiter.Stats()
	return rest.Part{Status: s.State, Detail: detail(a.storeKind(), s.Cause)}
}

// cached are the cache's figures, for the metrics.
func (a *application) cached() metrics.CacheStats {
	if a.cache == nil {
		return metrics.CacheStats{Kind: "off"}
	}
	s := a.cache.Stats()
	return metrics.CacheStats{
		Kind: a.storeKind(), Entries: s.Entries, Bytes: s.Bytes, Hits: s.Hits, Misses: s.Misses, Stored: s.Stored, Evicted: s.Evicted,
		Coalesced: s.Shared, Errors: s.Errors + s.Corrupt,
	}
}

// cachePart is the cache's state, for health.
func (a *application) cachePart() rest.Part {
	if a.cache == nil {
		return rest.Part{Status: "off"}
	}
	s := a.cache.Stats()
	return rest.Part{Status: s.State, Detail: detail(a.storeKind(), s.Cause)}
}

func detail(kind, cause string) string {
	if cause == "" {
		return kind
	}
	return kind + ": " + cause
}

func (a *application) storeKind() string {
	if a.redis == nil {
		return "embedded"
	}
	return "redis"
}

// closeRedis closes the client, where there is one.
func (a *application) closeRedis() error {
	if a.redis == nil {
		return nil
	}
	err := a.redis.Close()
	if errors.Is(err, redis.ErrClosed) {
		return nil
	}
	return err
}
