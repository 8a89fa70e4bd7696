package cache

import (
	"context"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	toxiproxy "github.com/Shopify/toxiproxy/v2"
	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
	"github.com/rs/zerolog"

	"inkling/infer"
	"inkling/redisconn"
	"inkling/redisconn/redistest"
)

// instance is a cache with an engine of its own.
func instance(t testing.TB, client redis.UniversalClient) (*Cache, *script) {
	t.Helper()
	engine := &script{}
	return newCache(t, Config{Generator: engine, Redis: client, Deadline: time.Second}), engine
}

func must(t testing.TB, g infer.Generator, req infer.Request) told {
	t.Helper()
	got, err := collect(context.Background(), g, req)
	if err != nil {
		t.Fatal(err)
	}
	return got[0]
}

// written waits until a cache has written as many values.
func written(t testing.TB, c *Cache, n uint64) {
	t.Helper()
	redistest.Until(t, "the value is written", func(context.Context) bool { return c.Stats().Written >= n })
}

func TestInstancesShareWhatWasSaid(t *testing.T) {
	server := redistest.Start(t)
	a, _ := instance(t, redistest.Open(t, redisconn.Config{URL: "redis://" + server.Addr}))
	b, engine := instance(t, redistest.Open(t, redisconn.Config{URL: "redis://" + server.Addr}))
	line := func(prefix string) infer.Request {
		req := ask(prefix)
		req.NewFinisher = func(int) infer.Finisher { return &cutter{most: 1000, lines: true} }
		return req
	}
	want := must(t, a, line(place))
	written(t, a, 1)
	got := must(t, b, line(place))
	if !got.cached || !sameAnswer(got, want) || engine.asked.Load() != 0 {
		t.Errorf("%+v, want %+v; the second engine was asked %d times", got, want, engine.asked.Load())
	}
	along := must(t, b, line(place+want.raw[:2]))
	if !along.cached || along.raw != want.raw[2:] {
		t.Errorf("typed along: %+v", along)
	}
	if s := b.Stats(); s.Found != 1 || s.Hits != 2 || s.Misses != 0 || s.State != "ok" {
		t.Errorf("%+v", s)
	}
	k, _ := keyOf(ask(place), testModel, "")
	client := server.Client(t, "")
	if ttl := client.TTL(context.Background(), k.redisKey()).Val(); ttl <= 59*time.Minute || ttl > time.Hour {
		t.Errorf("kept for %v, want an hour", ttl)
	}
	for _, name := range client.Keys(context.Background(), "*").Val() {
		if strings.Contains(name, "f(x)") {
			t.Errorf("%q can be read", name)
		}
	}
}

func TestForeignValuesAreMissesCountedAndDeleted(t *testing.T) {
	server := redistest.Start(t)
	client := server.Client(t, "")
	ctx := context.Background()
	k, _ := keyOf(ask(place), testModel, "")
	for name, plant := range map[string]func() error{
		"text": func() error { return client.Set(ctx, k.redisKey(), "not ours", 0).Err() },
		"list": func() error { return client.LPush(ctx, k.redisKey(), "a").Err() },
		"forged": func() error {
			return client.Set(ctx, k.redisKey(), encode(k, forged()["an empty piece"]), 0).Err()
		},
	} {
		if err := client.FlushAll(ctx).Err(); err != nil {
			t.Fatal(err)
		}
		if err := plant(); err != nil {
			t.Fatal(err)
		}
		c, engine := instance(t, redistest.Open(t, redisconn.Config{URL: "redis://" + server.Addr}))
		if got := must(t, c, ask(place)); got.cached || engine.asked.Load() != 1 {
			t.Errorf("%s: %+v", name, got)
		}
		written(t, c, 1)
		if s := c.Stats(); s.Corrupt != 1 || s.State != "ok" {
			t.Errorf("%s: %+v", name, s)
		}
		value, err := client.Get(ctx, k.redisKey()).Bytes()
		if _, bad := decode(k, value); err != nil || bad != nil {
			t.Errorf("%s was not replaced: %v, %v", name, err, bad)
		}
	}
}

func TestARedisThatRefusesIsDegradedAndNobodyNotices(t *testing.T) {
	master := redistest.Start(t)
	host, port, _ := net.SplitHostPort(master.Addr)
	replica := redistest.Start(t, "--replicaof", host, port)
	watch := replica.Client(t, "")
	redistest.Until(t, "the replica follows", func(ctx context.Context) bool {
		return strings.Contains(watch.Info(ctx, "replication").Val(), "master_link_status:up")
	})
	locked := redistest.Start(t, "--requirepass", "secret")
	full := redistest.Start(t, "--maxmemory", "1", "--maxmemory-policy", "noeviction")
	gone := redistest.Start(t)
	gone.Stop()
	for url, cause := range map[string]string{
		"redis://" + replica.Addr:       "a read-only replica",
		"redis://:wrong@" + locked.Addr: "wrong user or password",
		"redis://" + full.Addr:          "its memory is full",
		"redis://" + gone.Addr:          "it cannot be reached",
	} {
		c, _ := instance(t, redistest.Open(t, redisconn.Config{URL: url}))
		for i := range 8 {
			req := ask(place)
			req.Options.MaxTokens = 20 + i
			if must(t, c, req); !must(t, c, req).cached {
				t.Errorf("%s: not even cached in memory", cause)
			}
		}
		redistest.Until(t, "it is degraded by "+cause, func(context.Context) bool {
			s := c.Stats()
			return s.State == "degraded" && s.Cause == cause && s.Errors > 0
		})
	}
}

func TestALookUpTakesNoLongerThanItsDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1", MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}, ContextTimeoutEnabled: true, MaxRetries: -1, DialerRetries: 1,
			Dialer: func(context.Context, string, string) (net.Conn, error) {
				time.Sleep(time.Second) // of the bubble: nobody answers
				return nil, context.DeadlineExceeded
			}})
		c := newCache(t, Config{Generator: &script{}, Redis: client})
		for i := range 10 {
			req := ask(place)
			req.Options.MaxTokens = 20 + i
			start := time.Now() // of the bubble
			must(t, c, req)
			if d := time.Since(start); d > 20*time.Millisecond || i >= 3 && d != 0 {
				t.Errorf("request %d waited %v", i, d)
			}
		}
		_ = c.Close()
		_ = client.Close()
		time.Sleep(10 * time.Second) // of the bubble: the client's dials give up
	})
}

func TestASilentRedisIsSkippedAndUsedAgain(t *testing.T) {
	server := redistest.Start(t)
	proxies := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	proxy := toxiproxy.NewProxy(proxies, "redis", "127.0.0.1:0", server.Addr)
	if err := proxies.Collection.Add(proxy, true); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = proxies.Collection.Clear() })
	c := newCache(t, Config{Generator: &script{}, Redis: redistest.Open(t, redisconn.Config{URL: "redis://" + proxy.Listen})})
	tokens := 20
	next := func() told {
		req := ask(place)
		req.Options.MaxTokens = tokens
		tokens++
		return must(t, c, req)
	}
	redistest.Until(t, "a value is written", func(context.Context) bool { next(); return c.Stats().Written > 0 })
	if _, err := proxy.Toxics.AddToxicJson(strings.NewReader(`{"type": "timeout", "attributes": {"timeout": 0}}`)); err != nil {
		t.Fatal(err)
	}
	want := must(t, &script{}, ask(place))
	redistest.Until(t, "it is degraded", func(context.Context) bool {
		if got := next(); got.text[:1] != want.text[:1] {
			t.Errorf("%+v", got)
		}
		return c.Stats().State == "degraded"
	})
	before := c.Stats().Found
	if err := proxy.Toxics.RemoveToxic(context.Background(), "timeout_downstream"); err != nil {
		t.Fatal(err)
	}
	mended := time.Now()
	redistest.Until(t, "it is used again", func(context.Context) bool { next(); return c.Stats().State == "ok" })
	t.Logf("used again after %v", time.Since(mended).Round(10*time.Millisecond))
	if s := c.Stats(); s.Found != before {
		t.Errorf("%+v", s)
	}
}

func TestAClusterThatLosesAMasterUnderLoad(t *testing.T) {
	cluster := redistest.StartCluster(t)
	c := newCache(t, Config{Generator: &script{}, Redis: redistest.Open(t, redisconn.Config{URL: cluster.URL()})})
	ctx, stop := context.WithCancel(context.Background())
	var group sync.WaitGroup
	var answered atomic.Int64
	var number atomic.Int64
	for range 4 {
		group.Go(func() {
			for ctx.Err() == nil {
				req := ask(place)
				req.Options.Stop = []string{strings.Repeat("q", 1+int(number.Add(1)%200)) + "!"}
				req.Options.RepetitionPenalty = 1 + float64(number.Add(1))/1e6 // each is a key of its own
				if _, err := collect(context.Background(), c, req); err != nil {
					t.Errorf("an answer failed: %v", err)
					return
				}
				answered.Add(1)
			}
		})
	}
	redistest.Until(t, "values are written", func(context.Context) bool { return c.Stats().Written > 100 })
	k, _ := keyOf(ask(place), testModel, "")
	cluster.Master(t, k.redisKey()).Stop()
	killed, before := time.Now(), answered.Load()
	redistest.Until(t, "answers go on", func(context.Context) bool { return answered.Load() > before+50 })
	t.Logf("50 answers %v after the master was killed", time.Since(killed).Round(time.Millisecond))
	client := redistest.Open(t, redisconn.Config{URL: cluster.URL()})
	redistest.Until(t, "the lost keys are written again", func(ctx context.Context) bool {
		return client.Set(ctx, k.redisKey(), "x", time.Minute).Err() == nil
	})
	redistest.Until(t, "the cache uses it", func(context.Context) bool { return c.Stats().State == "ok" })
	t.Logf("Redis is used again after %v", time.Since(killed).Round(10*time.Millisecond))
	stop()
	group.Wait()
}
