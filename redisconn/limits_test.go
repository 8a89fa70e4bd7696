package redisconn_test

import (
	"bufio"
	"context"
	"errors"
	"net"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redis/go-redis/v9"

	"inkling/redisconn"
	"inkling/redisconn/redistest"
)

// inMemory replaces dialling.
type inMemory func(ctx context.Context) (net.Conn, error)

func (d inMemory) DialHook(redis.DialHook) redis.DialHook {
	return func(ctx context.Context, _, _ string) (net.Conn, error) { return d(ctx) }
}
func (inMemory) ProcessHook(next redis.ProcessHook) redis.ProcessHook { return next }
func (inMemory) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

// reach opens a client in a bubble and leads it to what dial returns.
func reach(t *testing.T, dial inMemory, test func(t *testing.T, client redis.UniversalClient)) {
	synctest.Test(t, func(t *testing.T) {
		client, err := redisconn.Open(redisconn.Config{Host: "h"})
		if err != nil {
			t.Fatal(err)
		}
		client.AddHook(dial)
		test(t, client)
		_ = client.Close()
		time.Sleep(time.Hour) // what was waited for comes, and finds nobody
	})
}

// timed pings, and returns how long that took.
func timed(client redis.UniversalClient) (time.Duration, error) {
	started := time.Now()
	err := ping(client)
	return time.Since(started), err
}

// serve answers commands on one end of a pipe, each SET after a while, and returns the other.
func serve(takes time.Duration) net.Conn {
	here, there := net.Pipe()
	go func() {
		in := bufio.NewScanner(there)
		for in.Scan() {
			n, _ := strconv.Atoi(strings.TrimPrefix(in.Text(), "*")) // of the command's words, two lines each
			words := make([]string, 0, 2*n)
			for len(words) < 2*n && in.Scan() {
				words = append(words, in.Text())
			}
			answer := "+OK\r\n"
			switch {
			case n > 0 && strings.EqualFold(words[1], "set"):
				time.Sleep(takes)
			case n > 0 && strings.EqualFold(words[1], "hello"):
				answer = "-ERR unknown command\r\n" // as Redis 5 has it
			}
			if _, err := there.Write([]byte(answer)); err != nil {
				return
			}
		}
	}()
	return here
}

func TestARedisThatIsNotThereIsDialledOnlySoLong(t *testing.T) {
	for takes, reached := range map[time.Duration]bool{time.Second - 1: true, time.Second + 1: false} {
		dial := func(ctx context.Context) (net.Conn, error) {
			select {
			case <-time.After(takes):
				return serve(0), nil
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}
		reach(t, dial, func(t *testing.T, client redis.UniversalClient) {
			if took, err := timed(client); took != min(takes, time.Second) || (err == nil) != reached {
				t.Errorf("dialling takes %v: %v after %v", takes, err, took)
			}
		})
	}
}

func TestASilentRedisIsWaitedForOnlySoLong(t *testing.T) {
	for takes, answered := range map[time.Duration]bool{2*time.Second - 1: true, 2*time.Second + 1: false} {
		dial := func(context.Context) (net.Conn, error) { return serve(takes), nil }
		reach(t, dial, func(t *testing.T, client redis.UniversalClient) {
			took, err := timed(client)
			if took != min(takes, 2*time.Second) || (err == nil) != answered || !answered && redisconn.Kind(err) != "too slow" {
				t.Errorf("an answer after %v: %v after %v", takes, err, took)
			}
		})
	}
}

func TestAConnectionThatIsNotUsedIsClosed(t *testing.T) {
	var dialled atomic.Int32
	dial := func(context.Context) (net.Conn, error) { dialled.Add(1); return serve(0), nil }
	reach(t, dial, func(t *testing.T, client redis.UniversalClient) {
		for _, c := range []struct {
			idle time.Duration
			want int32
		}{{0, 1}, {5*time.Minute - 1, 1}, {5 * time.Minute, 2}} {
			time.Sleep(c.idle)
			if err := ping(client); err != nil || dialled.Load() != c.want {
				t.Errorf("after %v: dialled %d times, want %d; %v", c.idle, dialled.Load(), c.want, err)
			}
		}
	})
}

func TestANodeHasOnlySoManyConnections(t *testing.T) {
	s := redistest.Start(t)
	client := redistest.Open(t, redisconn.Config{URL: "redis://" + s.Addr}).(*redis.Client)
	for i := range 64 {
		conn := client.Conn() // taken with its first command, and kept
		if err := conn.Ping(t.Context()).Err(); err != nil {
			t.Fatalf("connection %d: %v", i+1, err)
		}
		t.Cleanup(func() { _ = conn.Close() })
	}
	ctx, cancel := context.WithTimeout(t.Context(), 950*time.Millisecond) // more than it waits for a place
	defer cancel()
	started := time.Now()
	err := client.Ping(ctx).Err()
	if took := time.Since(started); !errors.Is(err, redis.ErrPoolTimeout) || took < 500*time.Millisecond {
		t.Errorf("the 65th: %v after %v", err, took)
	}
}
