package main

import (
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"

	"inkling/redisconn/redistest"
)

// BenchmarkCachedREST asks a server, over HTTP on loopback, again and again for what is in its cache: with one client, and with
// 32. Client and server share the process and its processors (GOMAXPROCS).
func BenchmarkCachedREST(b *testing.B) {
	for _, kind := range []string{"embedded", "redis"} {
		b.Run(kind, func(b *testing.B) {
			args := []string{"serve", "--workers", "2"}
			if kind == "redis" {
				args = append(args, "--redis-url", "redis://"+redistest.Start(b).Addr)
			}
			url := benchServer(b, args) + "/api/v1/completion"
			for _, clients := range []int{1, 32} {
				b.Run(map[int]string{1: "one", 32: "many"}[clients], func(b *testing.B) { askCached(b, url, clients) })
			}
		})
	}
}

func benchServer(b *testing.B, args []string) string {
	b.Helper()
	p, err := parseArguments(args)
	if err != nil {
		b.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	ctx, done := b.Context(), make(chan error, 1)
	go func() { done <- p.Serve.serve(ctx, p, listener, zap.NewNop()) }()
	b.Cleanup(func() {
		if err := <-done; err != nil {
			b.Error(err)
		}
	})
	base := "http://" + listener.Addr().String()
	for {
		response, err := http.Get(base + "/health/ready")
		if err != nil {
			b.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode == http.StatusOK {
			return base
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func askCached(b *testing.B, url string, clients int) {
	c := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients}}
	defer c.CloseIdleConnections()
	body := completing("def add(a, b): return ")
	once := func() (time.Duration, string) {
		start := time.Now()
		response, err := c.Post(url, "application/json", strings.NewReader(body))
		if err != nil {
			b.Error(err)
			return 0, ""
		}
		defer response.Body.Close()
		answer, err := io.ReadAll(response.Body)
		if err != nil || response.StatusCode != http.StatusOK {
			b.Errorf("%s, %v: %s", response.Status, err, answer)
		}
		return time.Since(start), string(answer)
	}
	once()
	if _, answer := once(); !strings.Contains(answer, `"cacheHit":true`) {
		b.Fatalf("not out of the cache: %s", answer)
	}
	times := make([][]time.Duration, clients)
	var wg sync.WaitGroup
	b.ResetTimer()
	for i := range clients {
		wg.Go(func() {
			for range (b.N + clients - 1) / clients {
				took, _ := once()
				times[i] = append(times[i], took)
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	all := slices.Sorted(slices.Values(slices.Concat(times...)))
	b.ReportMetric(float64(len(all))/b.Elapsed().Seconds(), "answers/s")
	b.ReportMetric(float64(all[len(all)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(all[len(all)*99/100].Microseconds()), "p99-µs")
}
