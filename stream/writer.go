package stream

import (
	"context"
	"errors"
	"time"

	"inkling/stream/wire"
)

// write writes what the outbox holds until the connection ends, and then closes it. It runs in its own goroutine.
func (s *session) write() {
	ping := time.NewTicker(s.limits.PingInterval)
	defer ping.Stop()
	for {
		message, end := s.out.next()
		switch {
		case message != nil:
			if !s.writeOne(message) {
				return
			}
			continue
		case end != nil:
			s.conn.close(end.code, end.reason)
			return
		}
		if s.ctx.Err() != nil {
			s.conn.abort()
			return
		}
		select {
		case <-s.out.wake:
		case <-ping.C:
			s.wg.Go(s.ping)
		case <-s.ctx.Done():
		}
	}
}

// writeOne writes a message and reports whether the connection still stands.
func (s *session) writeOne(message []byte) bool {
	ctx, cancel := context.WithTimeout(s.ctx, s.limits.WriteTimeout)
	defer cancel()
	err := s.conn.write(ctx, message)
	s.out.written(message)
	if err == nil {
		s.server.counts.add(BytesSent, int64(len(message)), nil)
		return true
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		s.out.end(wire.CloseSlow, "the client does not read")
		s.slow.Do(func() { s.server.counts.add(SlowClosed, 1, nil) })
	}
	s.conn.abort() // ends the reader
	return false
}

// ping breaks the connection when the other end does not answer in time.
func (s *session) ping() {
	ctx, cancel := context.WithTimeout(s.ctx, s.limits.PongTimeout)
	defer cancel()
	if err := s.conn.ping(ctx); err != nil {
		s.conn.abort() // ends the reader
	}
}
