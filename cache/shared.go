package cache

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
	"go.uber.org/zap"

	"inkling/redisconn"
)

// writeDeadline is for one write, for which nobody waits.
const writeDeadline = 500 * time.Millisecond

// shared is the store in Redis. It owns one goroutine, which writes.
type shared struct {
	client redis.UniversalClient
	ttl    time.Duration
	reads  *redisconn.Guard
	writes *redisconn.Guard

	corrupt, dropped, written, found atomic.Uint64

	queue  chan write
	ctx    context.Context // ends with close
	cancel context.CancelFunc
	done   sync.WaitGroup
}

// write is one thing to be done; a nil block is to be deleted.
type write struct {
	key   key
	block *block
}

func newShared(c Config) *shared {
	s := &shared{
		client: c.Redis, ttl: c.TTL, queue: make(chan write, c.Queue),
		reads:  redisconn.NewGuard("cache look-ups", c.Deadline, c.Logger),
		writes: redisconn.NewGuard("cache writes", writeDeadline, c.Logger),
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.done.Go(func() { s.run(c.Logger) })
	return s
}

// get looks a block up in one round trip. It returns nil for a miss: nothing there, Redis failing or skipped, or a value
// that is none of ours, which is counted and deleted.
func (s *shared) get(ctx context.Context, k key) *block {
	var value []byte
	foreign := false
	err := s.reads.Do(ctx, func(ctx context.Context) (err error) {
		value, err = s.client.Get(ctx, k.redisKey()).Bytes()
		if err != nil && strings.HasPrefix(err.Error(), "WRONGTYPE") {
			foreign, err = true, redis.Nil
		}
		return err
	})
	if err != nil && !foreign {
		return nil
	}
	b, err := decode(k, value)
	if err != nil {
		s.corrupt.Add(1)
		s.put(k, nil)
		return nil
	}
	s.found.Add(1)
	return b
}

// put writes a block some time soon, or drops it where too many wait.
func (s *shared) put(k key, b *block) {
	select {
	case s.queue <- write{k, b}:
	default:
		s.dropped.Add(1)
	}
}

// run writes until close.
func (s *shared) run(log *zap.Logger) {
	for s.ctx.Err() == nil {
		select {
		case w := <-s.queue:
			if err := s.write(w); err != nil {
				s.dropped.Add(1)
				if !errors.Is(err, redisconn.ErrSkipped) {
					log.Debug("a cache write failed", zap.String("cause", redisconn.Kind(err)))
				}
			}
		case <-s.ctx.Done():
		}
	}
}

func (s *shared) write(w write) error {
	return s.writes.Do(s.ctx, func(ctx context.Context) error {
		if w.block == nil {
			return s.client.Del(ctx, w.key.redisKey()).Err()
		}
		err := s.client.Set(ctx, w.key.redisKey(), encode(w.key, w.block), s.ttl).Err()
		if err == nil {
			s.written.Add(1)
		}
		return err
	})
}

// state is the worse of reading and writing.
func (s *shared) state() (state, cause string) {
	for _, g := range []*redisconn.Guard{s.reads, s.writes} {
		if g.State() != redisconn.StateOK {
			return g.State(), g.LastFailure()
		}
	}
	return redisconn.StateOK, ""
}

// errors is how many calls failed.
func (s *shared) errors() uint64 {
	reads, _ := s.reads.Failures()
	writes, _ := s.writes.Failures()
	return reads + writes
}

// close drops what waits to be written, and waits for the writer.
func (s *shared) close() {
	s.cancel()
	s.done.Wait()
}
