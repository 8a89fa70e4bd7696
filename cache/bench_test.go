package cache

import (
	"context"
	"strings"
	"testing"
	"time"

	"inkling/infer"
	"inkling/redisconn"
	"inkling/redisconn/redistest"
)

// benchRequest is as large as prompts usually are: 1,024 tokens are some 3.5 kB.
func benchRequest() infer.Request {
	req := ask(strings.Repeat("x = compute(y)\n", 230) + "f(x)\na")
	req.Options.MaxTokens = 24
	req.NewFinisher = func(int) infer.Finisher { return &cutter{most: 1000} }
	return req
}

func benchCache(b *testing.B, cfg Config) *Cache {
	cfg.Generator = &script{}
	return newCache(b, cfg)
}

func BenchmarkCachedAnswer(b *testing.B) {
	c := benchCache(b, Config{})
	req := benchRequest()
	must(b, c, req)
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if got, err := collect(context.Background(), c, req); err != nil || !got[0].cached {
				b.Error(got, err)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "answers/s")
}

func BenchmarkCachedAnswerFromRedis(b *testing.B) {
	server := redistest.Start(b)
	c := benchCache(b, Config{Redis: redistest.Open(b, redisconn.Config{URL: "redis://" + server.Addr}), Deadline: time.Second})
	req := benchRequest()
	must(b, c, req)
	written(b, c, 1)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			c.memory.blocks.InvalidateAll()
			if _, err := collect(context.Background(), c, req); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "answers/s")
	b.ReportMetric(100*float64(c.Stats().Misses-1)/float64(b.N), "%computed")
}

// BenchmarkMissFirstToken is the time to the first token where nothing is known: what a miss adds is the difference.
func BenchmarkMissFirstToken(b *testing.B) {
	server := redistest.Start(b)
	engine := &script{step: func(ctx context.Context, n int) error { // one token at once, the next takes its time
		if n > 0 {
			<-ctx.Done()
		}
		return ctx.Err()
	}}
	for _, m := range []struct {
		name string
		g    infer.Generator
	}{
		{"without", engine},
		{"embedded", newCache(b, Config{Generator: engine})},
		{"redis", newCache(b, Config{Generator: engine, Redis: redistest.Open(b, redisconn.Config{URL: "redis://" + server.Addr}), Deadline: time.Second})},
	} {
		b.Run(m.name, func(b *testing.B) {
			req := benchRequest()
			for n := range b.N {
				req.Options.RepetitionPenalty = 1 + float64(n+1)/1e9 // each is a key of its own
				for _, err := range m.g.Generate(context.Background(), req) {
					if err != nil {
						b.Fatal(err)
					}
					break
				}
			}
		})
	}
}
