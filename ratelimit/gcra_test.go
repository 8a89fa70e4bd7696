package ratelimit

import (
	"context"
	"math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	redis_rate "github.com/go-redis/redis_rate/v10"
	"github.com/redis/go-redis/v9"
)

// clock is a clock that is moved by hand.
type clock struct{ at atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.at.Store(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC).UnixNano())
	return c
}
func (c *clock) now() time.Time          { return time.Unix(0, c.at.Load()).UTC() }
func (c *clock) advance(d time.Duration) { c.at.Add(int64(d)) }

func TestEmbeddedRuleDecidesAsRedisRateDoes(t *testing.T) {
	server := miniredis.RunT(t)
	client := redis.NewClient(&redis.Options{Addr: server.Addr()})
	t.Cleanup(func() { _ = client.Close() })
	theirs := redis_rate.NewLimiter(client)
	random := rand.New(rand.NewPCG(3, 5))
	for trial, requests := range []int{1, 2, 7, 60, 100, 1000, 10_000} {
		for _, window := range []time.Duration{time.Second, time.Minute, time.Hour, 7 * 24 * time.Hour} {
			c := newClock()
			ours := newLocal(c.now)
			key := strconv.Itoa(trial) + window.String()
			step := window / time.Duration(requests)
			allowed, refused := 0, 0
			for i := range 200 {
				if random.IntN(4) == 0 {
					c.advance(time.Duration(random.Int64N(int64(3 * step))).Truncate(time.Microsecond))
				}
				server.SetTime(c.now())
				cost := random.IntN(2)
				if requests > 50 && cost == 1 {
					cost = requests / 20 // to come near the limit soon
				}
				want, err := theirs.AllowN(context.Background(), key, redis_rate.Limit{Rate: requests, Burst: requests, Period: window}, cost)
				if err != nil {
					t.Fatal(err)
				}
				got := ours.take(key, rate{requests, window}, cost)
				if cost == 0 {
					if got.Allowed != (want.Remaining >= 1) || got.Remaining != want.Remaining {
						t.Fatalf("%d in %v, step %d: look %+v, want %d left", requests, window, i, got, want.Remaining)
					}
					continue
				}
				if got.Allowed != (want.Allowed > 0) || got.Remaining != want.Remaining {
					t.Fatalf("%d in %v, step %d: %+v, want %+v", requests, window, i, got, want)
				}
				if got.Allowed {
					allowed++
				} else if refused++; (got.After - want.RetryAfter).Abs() > 10*time.Microsecond {
					t.Fatalf("%d in %v: wait %v, want %v", requests, window, got.After, want.RetryAfter)
				}
				if (got.Reset - want.ResetAfter).Abs() > 10*time.Microsecond {
					t.Fatalf("%d in %v: reset %v, want %v", requests, window, got.Reset, want.ResetAfter)
				}
			}
			if allowed == 0 || refused == 0 {
				t.Errorf("%d in %v: %d allowed, %d refused: nothing was tested", requests, window, allowed, refused)
			}
		}
	}
}

func TestWhoWaitsAsToldPasses(t *testing.T) {
	for _, r := range []rate{{100, time.Hour}, {7, time.Minute}, {1, time.Second}, {10_000, time.Hour}} {
		c := newClock()
		l := newLocal(c.now)
		for l.take("k", r, 1).Allowed {
		}
		for range 20 {
			d := l.take("k", r, 0)
			if d.Allowed || d.After <= 0 {
				t.Fatalf("%v: %+v though all is used", r, d)
			}
			c.advance(d.After - 10*time.Microsecond)
			if early := l.take("k", r, 1); early.Allowed && d.After > 10*time.Microsecond {
				t.Fatalf("%v: passes 10 µs too early", r)
			}
			c.advance(10 * time.Microsecond)
			if l.take("k", r, 1).Allowed != true {
				t.Fatalf("%v: refused after waiting %v", r, d.After)
			}
		}
	}
}

func TestExactlyTheLimitPassesARace(t *testing.T) {
	l := newLocal(time.Now)
	var passed atomic.Int64
	var group sync.WaitGroup
	for range 200 {
		group.Go(func() {
			if l.take("k", rate{100, time.Hour}, 1).Allowed {
				passed.Add(1)
			}
		})
	}
	group.Wait()
	if passed.Load() != 100 {
		t.Errorf("%d passed, want 100", passed.Load())
	}
}

func TestAClockThatJumpsBackLocksNobodyOut(t *testing.T) {
	c := newClock()
	l := newLocal(c.now)
	r := rate{10, time.Hour}
	for l.take("k", r, 1).Allowed {
	}
	c.advance(-48 * time.Hour)
	if d := l.take("k", r, 0); d.After > r.window {
		t.Errorf("to wait %v, more than a window", d.After)
	}
	c.advance(r.window)
	if !l.take("k", r, 1).Allowed {
		t.Error("still refused a window later")
	}
}

func TestMemoryOfCountsIsBounded(t *testing.T) {
	l := newLocal(newClock().now)
	for i := range 2 * shards * maxShardKeys {
		l.take(strconv.Itoa(i), rate{10, time.Hour}, 1)
	}
	if n := l.keys(); n > shards*maxShardKeys || n < shards*maxShardKeys/2 {
		t.Errorf("%d keys, at most %d", n, shards*maxShardKeys)
	}
}

func BenchmarkDecisionEmbedded(b *testing.B) {
	l := newLocal(time.Now)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			l.take("inkling:r:user", rate{10_000, time.Hour}, 1)
		}
	})
}
