package chaos

import (
	"context"
	"fmt"
	"strings"
	"time"
)

var (
	_ = register(Scenario{Name: "redis-killed", Short: true, Run: redisKilled,
		About: "Redis is killed while typists type, and comes back empty: suggestions go on all the time, then it is used again"})
	_ = register(Scenario{Name: "redis-frozen", Run: redisFrozen,
		About: "Redis stands still for some seconds without closing: nobody waits for it"})
	_ = register(Scenario{Name: "redis-flushed", Run: redisFlushed,
		About: "everything in Redis is thrown away, again and again, while typists type"})
	_ = register(Scenario{Name: "redis-cut", Run: redisCut,
		About: "connections to Redis are delayed, sliced, cut and refused, again and again, while typists type"})
	_ = register(Scenario{Name: "redis-full", Run: redisFull,
		About: "Redis has no memory left and refuses all writing"})
	_ = register(Scenario{Name: "redis-failover", Run: redisFailover,
		About: "the master dies, a Sentinel makes the replica the master: the server finds it"})
	_ = register(Scenario{Name: "two-instances", Run: twoInstances,
		About: "two servers on one Redis; one is killed, and its typists go on at the other with whole documents"})
)

// pooled are the connections, with their goroutines, that the client of Redis may keep.
var pooled = Levels{"go_goroutines": 60, "process_open_fds": 60}

// withRedis starts a server on a Redis, and seats typists.
func (t *T) withRedis(url string, typists int) (*Server, []*Typist, error) {
	s, err := t.StartBased(ServerConfig{Env: []string{"REDIS_URL=" + url}})
	if err != nil {
		return nil, nil, err
	}
	all, err := t.Seat(s, typists, SitOptions{})
	return s, all, err
}

// onRedis starts a Redis, and a server with typists on it.
func (t *T) onRedis(typists int) (*Redis, *Server, []*Typist, error) {
	r, err := t.Redis()
	if err != nil {
		return nil, nil, nil, err
	}
	s, all, err := t.withRedis(r.URL(), typists)
	return r, s, all, err
}

// typed types, and holds that everybody was served.
func (t *T) typed(all []*Typist, when string) error {
	started := time.Now()
	sum, err := t.Type(all, 6, 20*time.Millisecond)
	if err != nil {
		return fmt.Errorf("%s: %w", when, err)
	}
	if sum["list"] < len(all) {
		return fmt.Errorf("%s: somebody is not served: %v", when, sum)
	}
	if when == "" {
		return nil
	}
	t.Note("%s: %v in %.1f s", when, sum, time.Since(started).Seconds())
	return nil
}

// mended types until the limiter's and the cache's store are used again.
func (t *T) mended(s *Server, all []*Typist) error {
	ctx, cancel := context.WithTimeout(t.Ctx, patience)
	defer cancel()
	started := time.Now()
	for {
		if err := t.typed(all[:1], ""); err != nil {
			return err
		}
		limiter, err := s.Part(ctx, "limiter")
		if err != nil {
			return err
		}
		cache, err := s.Part(ctx, "cache")
		if err != nil {
			return err
		}
		if limiter == "ok" && cache == "ok" {
			t.Note("used again after %.1f s", time.Since(started).Seconds())
			return nil
		}
		if ctx.Err() != nil {
			return fmt.Errorf("Redis is not used again: limiter %s, cache %s", limiter, cache)
		}
	}
}

// finishOn is Finish for a server with a Redis, whose keys must all have an end.
func (t *T) finishOn(r *Redis, s *Server, all []*Typist) error {
	if err := t.Part(all...); err != nil {
		return err
	}
	if err := s.QuietWith(t, pooled); err != nil {
		return err
	}
	keys, err := r.Clean(t.Ctx)
	t.Note("%d keys, all with an end", keys)
	return err
}

func redisKilled(t *T) error {
	r, s, all, err := t.onRedis(4)
	if err != nil {
		return err
	}
	if err := t.typed(all, "with it"); err != nil {
		return err
	}
	r.Kill()
	if err := t.typed(all, "without it"); err != nil {
		return err
	}
	if r, err = r.Again(t); err != nil {
		return err
	}
	if err := t.mended(s, all); err != nil {
		return err
	}
	return t.finishOn(r, s, all)
}

func redisFrozen(t *T) error {
	r, s, all, err := t.onRedis(4)
	if err != nil {
		return err
	}
	if err := r.Freeze(); err != nil {
		return err
	}
	for range 3 {
		if err := t.typed(all, "frozen"); err != nil {
			return err
		}
	}
	if err := r.Thaw(); err != nil {
		return err
	}
	if err := t.mended(s, all); err != nil {
		return err
	}
	return t.finishOn(r, s, all)
}

func redisFlushed(t *T) error {
	r, s, all, err := t.onRedis(4)
	if err != nil {
		return err
	}
	for range 4 {
		if err := t.typed(all, "flushed"); err != nil {
			return err
		}
		for _, command := range [][]string{{"FLUSHALL"}, {"SCRIPT", "FLUSH"}} {
			if _, err := r.Do(t.Ctx, command...); err != nil {
				return err
			}
		}
	}
	if err := t.mended(s, all); err != nil {
		return err
	}
	return t.finishOn(r, s, all)
}

func redisCut(t *T) error {
	r, err := t.Redis()
	if err != nil {
		return err
	}
	proxy, err := t.Proxy(r.Addr)
	if err != nil {
		return err
	}
	s, all, err := t.withRedis("redis://"+proxy.Addr, 4)
	if err != nil {
		return err
	}
	if err := proxy.Add("slicer", toClient, map[string]int{"average_size": 20, "size_variation": 10, "delay": 10}); err != nil {
		return err
	}
	if err := proxy.Add("latency", toServer, map[string]int{"latency": t.Rand.IntN(15), "jitter": 10}); err != nil {
		return err
	}
	for range 4 {
		if err := t.typed(all, "cut"); err != nil {
			return err
		}
		if err := proxy.Cut(); err != nil {
			return err
		}
	}
	if err := proxy.Clear(t.Ctx); err != nil {
		return err
	}
	if err := t.mended(s, all); err != nil {
		return err
	}
	return t.finishOn(r, s, all)
}

func redisFull(t *T) error {
	r, err := t.Redis("--maxmemory-policy", "noeviction")
	if err != nil {
		return err
	}
	s, all, err := t.withRedis(r.URL(), 4)
	if err != nil {
		return err
	}
	if _, err := r.Do(t.Ctx, "CONFIG", "SET", "maxmemory", "1"); err != nil {
		return err
	}
	if err := t.typed(all, "full"); err != nil {
		return err
	}
	if _, err := r.Do(t.Ctx, "CONFIG", "SET", "maxmemory", "0"); err != nil {
		return err
	}
	if err := t.mended(s, all); err != nil {
		return err
	}
	return t.finishOn(r, s, all)
}

func redisFailover(t *T) error {
	master, err := t.Redis()
	if err != nil {
		return err
	}
	replica, err := t.Redis("--replicaof", "127.0.0.1", fmt.Sprint(master.port))
	if err != nil {
		return err
	}
	if err := Until(t.Ctx, "the replica follows", func() bool {
		info, err := replica.Do(t.Ctx, "INFO", "replication")
		return err == nil && strings.Contains(info, "master_link_status:up")
	}); err != nil {
		return err
	}
	sentinel, err := t.Sentinel(master)
	if err != nil {
		return err
	}
	if err := Until(t.Ctx, "the Sentinel knows the replica", func() bool {
		info, err := sentinel.Do(t.Ctx, "INFO", "sentinel")
		return err == nil && strings.Contains(info, "slaves=1")
	}); err != nil {
		return err
	}
	s, all, err := t.withRedis("redis://"+sentinel.Addr+"?master_name=inkling", 4)
	if err != nil {
		return err
	}
	if err := t.typed(all, "with the master"); err != nil {
		return err
	}
	master.Kill()
	if err := t.typed(all, "without"); err != nil {
		return err
	}
	if err := t.mended(s, all); err != nil {
		return err
	}
	return t.finishOn(replica, s, all)
}

func twoInstances(t *T) error {
	r, err := t.Redis()
	if err != nil {
		return err
	}
	a, left, err := t.withRedis(r.URL(), 3)
	if err != nil {
		return err
	}
	b, right, err := t.withRedis(r.URL(), 3)
	if err != nil {
		return err
	}
	if err := t.typed(append(left, right...), "both"); err != nil {
		return err
	}
	a.Kill()
	for i, p := range left {
		if left[i], err = p.Return(t, b); err != nil {
			return err
		}
	}
	all := append(left, right...)
	if err := t.typed(all, "one"); err != nil {
		return err
	}
	return t.finishOn(r, b, all)
}
