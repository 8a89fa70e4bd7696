package redisconn_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redis/go-redis/v9"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"inkling/redisconn"
)

// silence waits for its deadline, as a Redis that never answers.
func silence(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }

func answer(context.Context) error { return redis.Nil }

func TestASlowRedisCostsItsDeadlineThriceAndThenNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		core, logs := observer.New(zap.InfoLevel)
		g := redisconn.NewGuard("test", 20*time.Millisecond, zap.New(core))
		took := func(f func(context.Context) error) (time.Duration, error) {
			start := time.Now() // of the bubble
			err := g.Do(context.Background(), f)
			return time.Since(start), err
		}
		for range 3 {
			if d, err := took(silence); d != 20*time.Millisecond || !errors.Is(err, context.DeadlineExceeded) {
				t.Fatalf("%v, %v", d, err)
			}
		}
		for range 5 {
			if d, err := took(silence); d != 0 || !errors.Is(err, redisconn.ErrSkipped) {
				t.Fatalf("%v, %v", d, err)
			}
		}
		if g.State() != redisconn.StateDegraded || g.LastFailure() != "too slow" {
			t.Errorf("%s, %s", g.State(), g.LastFailure())
		}
		time.Sleep(time.Second)
		if _, err := took(silence); !errors.Is(err, redisconn.ErrSkipped) {
			t.Errorf("after a second: %v", err)
		}
		time.Sleep(time.Nanosecond)
		if d, _ := took(silence); d != 20*time.Millisecond {
			t.Errorf("the probe took %v", d)
		}
		if d, _ := took(silence); d != 0 {
			t.Errorf("after a probe that failed: %v", d)
		}
		time.Sleep(1100 * time.Millisecond)
		if _, err := took(answer); !errors.Is(err, redis.Nil) || g.State() != redisconn.StateOK {
			t.Errorf("%v, %s", err, g.State())
		}
		if logs.Len() != 2 {
			t.Errorf("%d log lines for two changes: %v", logs.Len(), logs.All())
		}
		if failed, skipped := g.Failures(); failed != 4 || skipped != 7 {
			t.Errorf("%d failed, %d skipped", failed, skipped)
		}
	})
}

func TestACallerWhoLeavesSaysNothingAboutRedis(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := redisconn.NewGuard("test", time.Second, nil)
		for range 10 {
			ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
			if err := g.Do(ctx, silence); !errors.Is(err, context.DeadlineExceeded) {
				t.Fatal(err)
			}
			cancel()
		}
		if failed, _ := g.Failures(); failed != 0 || g.State() != redisconn.StateOK {
			t.Errorf("%d failed, %s", failed, g.State())
		}
	})
}
