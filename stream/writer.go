package stream

import (
	"context"
	"errors"
	"time"

	"inkling/stream/wire"
)

// write writes what the outbox holds, and closes the connection where that ends. It runs in a goroutine of its own, which
// is there only while there is something to write.
func (s *session) write() {
	for {
		message, end := s.out.next()
		switch {
		case message != nil:
			if !s.writeOne(message) {
				return
			}
		case end != nil:
			s.conn.close(end.code, end.reason)
			return
		default:
			return
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

// beginPings lets a ping be sent one interval after now, and one after each answer. They end with the session; its timer
// is to be stopped once all its goroutines have ended.
func (s *session) beginPings() {
	s.pings = time.AfterFunc(s.limits.IdleTimeout, func() { s.out.unlessEnded(func() { s.wg.Go(s.ping) }) })
	s.pings.Reset(s.limits.PingInterval) // the first cannot come before pings is set
}

// ping breaks the connection when the other end does not answer in time. It runs in a goroutine of its own.
func (s *session) ping() {
	ctx, cancel := context.WithTimeout(s.ctx, s.limits.PongTimeout)
	defer cancel()
	if err := s.conn.ping(ctx); err != nil {
		s.conn.abort() // ends the reader
		return
	}
	s.pings.Reset(s.limits.PingInterval)
}
