package ratelimit

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	toxiproxy "github.com/Shopify/toxiproxy/v2"
	"github.com/alicebob/miniredis/v2"
	"github.com/rs/zerolog"

	"inkling/infer"
	"inkling/redisconn"
	"inkling/redisconn/redistest"
)

// race lets 200 clients ask for 100 permits through the given limiters, and returns how many were let through.
func race(t *testing.T, limiters ...*Limiter) int64 {
	t.Helper()
	var passed atomic.Int64
	var group sync.WaitGroup
	begin := make(chan struct{})
	for i := range 200 {
		g := limiters[i%len(limiters)].Wrap(&script{deltas: held()})
		group.Go(func() {
			<-begin
			_, err := take(context.Background(), g, infer.Caller{User: "ann", Door: infer.DoorREST}, 9)
			switch {
			case err == nil:
				passed.Add(1)
			case !errors.Is(err, infer.ErrQuota):
				t.Error(err)
			}
		})
	}
	close(begin)
	group.Wait()
	return passed.Load()
}

func TestExactlyAHundredOfTwoHundredPass(t *testing.T) {
	server := redistest.Start(t)
	if n := race(t, newLimiter(t, Config{})); n != 100 {
		t.Errorf("embedded: %d passed", n)
	}
	a := newLimiter(t, Config{Redis: redistest.Open(t, redisconn.Config{URL: "redis://" + server.Addr}), Deadline: time.Second})
	b := newLimiter(t, Config{Redis: redistest.Open(t, redisconn.Config{URL: "redis://" + server.Addr}), Deadline: time.Second})
	if n := race(t, a, b); n != 100 {
		t.Errorf("two instances on one Redis: %d passed", n)
	}
	if s := a.Stats(); s.Fallbacks != 0 || s.State != "ok" {
		t.Errorf("%+v", s)
	}
}

func TestASilentRedisIsReplacedByOwnCounts(t *testing.T) {
	server := redistest.Start(t)
	proxies := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	proxy := toxiproxy.NewProxy(proxies, "redis", "127.0.0.1:0", server.Addr)
	if err := proxies.Collection.Add(proxy, true); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = proxies.Collection.Clear() })
	l := newLimiter(t, Config{Tiers: map[string]Tier{"default": {20, time.Hour}}, Redis: redistest.Open(t, redisconn.Config{URL: "redis://" + proxy.Listen}), Deadline: 200 * time.Millisecond})
	g := l.Wrap(&script{deltas: held()})
	for range 8 {
		if _, err := take(context.Background(), g, infer.Caller{}, 9); err != nil {
			t.Fatal(err)
		}
	}
	if s := l.Stats(); s.Fallbacks != 0 {
		t.Fatalf("%+v", s)
	}
	if _, err := proxy.Toxics.AddToxicJson(strings.NewReader(`{"type": "timeout", "attributes": {"timeout": 0}}`)); err != nil {
		t.Fatal(err)
	}
	passed := 0
	for range 20 {
		if _, err := take(context.Background(), g, infer.Caller{}, 9); err == nil {
			passed++
		}
	}
	if s := l.Stats(); passed != 12 || s.State != "degraded" || s.Cause != "too slow" || s.Fallbacks == 0 {
		t.Errorf("%d passed, want 12: what was used before is known; %+v", passed, s)
	}
	if err := proxy.Toxics.RemoveToxic(context.Background(), "timeout_downstream"); err != nil {
		t.Fatal(err)
	}
	redistest.Until(t, "Redis is used again", func(ctx context.Context) bool {
		l.Look(ctx, infer.Caller{})
		return l.Stats().State == "ok"
	})
}

func TestAClusterCountsThroughALostMaster(t *testing.T) {
	cluster := redistest.StartCluster(t)
	l := newLimiter(t, Config{DefaultTier: TierEnterprise, Redis: redistest.Open(t, redisconn.Config{URL: cluster.URL()}), Deadline: time.Second})
	g := l.Wrap(&script{deltas: held()})
	ask := func(user string) error {
		_, err := take(context.Background(), g, infer.Caller{User: user}, 9)
		return err
	}
	for i := range 50 {
		if err := ask(strconv.Itoa(i)); err != nil {
			t.Fatal(err)
		}
	}
	if s := l.Stats(); s.Fallbacks != 0 {
		t.Fatalf("%+v", s)
	}
	a := l.account(infer.Caller{User: "1"})
	cluster.Master(t, "rate:"+a.key).Stop()
	killed := time.Now()
	redistest.Until(t, "the lost user is counted in Redis again", func(context.Context) bool {
		before := l.Stats().Fallbacks
		if err := ask("1"); err != nil {
			t.Fatal(err)
		}
		return l.Stats().Fallbacks == before
	})
	t.Logf("counted in Redis again %v after the master was killed", time.Since(killed).Round(10*time.Millisecond))
}

func TestAClockOfRedisThatJumpsBackLocksNobodyOut(t *testing.T) {
	server := miniredis.RunT(t)
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	server.SetTime(now)
	l := newLimiter(t, Config{Tiers: map[string]Tier{"default": {2, time.Hour}}, Redis: redistest.Open(t, redisconn.Config{URL: "redis://" + server.Addr()}), Deadline: time.Second})
	g := l.Wrap(&script{deltas: held()})
	for range 2 {
		if _, err := take(context.Background(), g, infer.Caller{}, 9); err != nil {
			t.Fatal(err)
		}
	}
	server.SetTime(now.Add(-48 * time.Hour))
	if _, err := take(context.Background(), g, infer.Caller{}, 9); err != nil {
		t.Errorf("%v", err)
	}
	if s := l.Stats(); s.Fallbacks != 0 {
		t.Errorf("%+v", s)
	}
}

func BenchmarkDecisionRedis(b *testing.B) {
	server := redistest.Start(b)
	l, err := New(Config{Tiers: map[string]Tier{"default": {maxRequests, time.Hour}}, Redis: redistest.Open(b, redisconn.Config{URL: "redis://" + server.Addr}), Deadline: time.Second})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if !l.Look(context.Background(), infer.Caller{}).Allowed {
			b.Fatal("refused")
		}
	}
}
