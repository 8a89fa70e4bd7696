package redisconn

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/sony/gobreaker/v2"
	"go.uber.org/zap"
)

// States of a [Guard].
const (
	StateOK       = "ok"
	StateDegraded = "degraded" // Redis is skipped, or was not heard of since it failed
)

const (
	tripAfter  = 3               // failures in a row after which Redis is skipped
	probeAfter = 1 * time.Second // after that long, one call tries again
)

// ErrSkipped is returned without asking Redis, while it is known to fail.
var ErrSkipped = errors.New("redisconn: Redis is not asked at the moment")

// Guard gives every call a deadline and skips Redis while it fails. It logs once per change.
type Guard struct {
	breaker  *gobreaker.CircuitBreaker[struct{}]
	deadline time.Duration
	name     string
	log      *zap.Logger
	failures atomic.Uint64
	skipped  atomic.Uint64
	degraded atomic.Bool
	last     atomic.Pointer[string] // kind of the last failure
}

// NewGuard returns a guard for one use of Redis, which name tells apart in the log. A nil log is silent.
func NewGuard(name string, deadline time.Duration, log *zap.Logger) *Guard {
	if log == nil {
		log = zap.NewNop()
	}
	g := &Guard{name: name, deadline: deadline, log: log}
	g.breaker = gobreaker.NewCircuitBreaker[struct{}](gobreaker.Settings{
		Name:          name,
		Timeout:       probeAfter,
		ReadyToTrip:   func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= tripAfter },
		OnStateChange: func(_ string, _, to gobreaker.State) { g.changed(to) },
		IsExcluded:    func(err error) bool { return errors.Is(err, errCallerGone) },
	})
	return g
}

// errCallerGone marks a call that ended because its caller did, which says nothing about Redis.
var errCallerGone = errors.New("redisconn: the caller is gone")

// Do calls f with the guard's deadline. redis.Nil is an answer, not a failure. It returns [ErrSkipped] without a call
// while Redis is failing.
func (g *Guard) Do(ctx context.Context, f func(ctx context.Context) error) error {
	var failed error
	_, err := g.breaker.Execute(func() (struct{}, error) {
		short, cancel := context.WithTimeout(ctx, g.deadline)
		defer cancel()
		failed = f(short)
		switch {
		case failed == nil || errors.Is(failed, redis.Nil):
			return struct{}{}, nil
		case ctx.Err() != nil:
			return struct{}{}, errCallerGone
		}
		g.failures.Add(1)
		kind := Kind(failed)
		g.last.Store(&kind)
		return struct{}{}, failed
	})
	if errors.Is(err, gobreaker.ErrOpenState) || errors.Is(err, gobreaker.ErrTooManyRequests) {
		g.skipped.Add(1)
		return ErrSkipped
	}
	return failed
}

// changed keeps and logs a change; that a probe is under way is none.
func (g *Guard) changed(to gobreaker.State) {
	switch to {
	case gobreaker.StateOpen:
		if !g.degraded.Swap(true) {
			g.log.Warn("redis fails and is not used", zap.String("use", g.name), zap.String("cause", g.LastFailure()))
		}
	case gobreaker.StateClosed:
		if g.degraded.Swap(false) {
			g.log.Info("redis is used again", zap.String("use", g.name))
		}
	}
}

// State returns [StateOK] or [StateDegraded].
func (g *Guard) State() string {
	if g.degraded.Load() {
		return StateDegraded
	}
	return StateOK
}

// Failures returns how many calls failed, and how many were skipped.
func (g *Guard) Failures() (failed, skipped uint64) { return g.failures.Load(), g.skipped.Load() }

// LastFailure returns the [Kind] of the last failure, "" where there was none.
func (g *Guard) LastFailure() string {
	if kind := g.last.Load(); kind != nil {
		return *kind
	}
	return ""
}

// kinds are the beginnings of what Redis answers, and what that means.
var kinds = []struct{ prefix, kind string }{
	{"WRONGPASS", "wrong user or password"}, {"NOAUTH", "a password is needed"}, {"NOPERM", "the user may not do this"},
	{"ERR AUTH", "wrong user or password"}, {"READONLY", "a read-only replica"}, {"OOM", "its memory is full"},
	{"LOADING", "it is still loading"}, {"CLUSTERDOWN", "the cluster is down"}, {"MASTERDOWN", "its master is down"},
	{"MISCONF", "it cannot save to its disk"}, {"MOVED", "a node of a cluster"}, {"WRONGTYPE", "a foreign value"},
	{"ERR unknown command", "not a server of data"}, {"NOREPLICAS", "too few replicas"}, {"ERR invalid username-password", "wrong user or password"},
}

// Kind says what is wrong in words that hold no address and no data.
func Kind(err error) string {
	switch {
	case err == nil:
		return ""
	case errors.Is(err, context.DeadlineExceeded):
		return "too slow"
	}
	if slow, ok := errors.AsType[net.Error](err); ok && slow.Timeout() {
		return "too slow"
	}
	text := err.Error()
	for _, k := range kinds {
		if strings.HasPrefix(text, k.prefix) {
			return k.kind
		}
	}
	if strings.Contains(text, "WRONGPASS") || strings.Contains(text, "NOAUTH") {
		return "wrong user or password"
	}
	return "it cannot be reached"
}
