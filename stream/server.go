package stream

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"
)

// Server accepts sessions. Make one with [New], end it with [Server.Close]. All methods may be called from any
// goroutine.
type Server struct {
	cfg    Config
	limits Limits
	log    *zap.Logger
	counts counts

	ctx    context.Context // sessions descend from it
	cancel context.CancelFunc
	wg     sync.WaitGroup // one for each session

	mu       sync.Mutex // guards the fields below
	sessions map[string]*session
	opening  int              // places that are reserved for sessions about to begin
	users    map[string]*user // where Config.Auth is set
	kept     int              // users that the last look through them left
	closed   bool
}

// New returns a server that accepts sessions until it is closed.
func New(cfg Config) (*Server, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	s := &Server{cfg: cfg, limits: cfg.Limits.withDefaults(), log: cfg.Logger, counts: counts{hook: cfg.Metrics},
		sessions: map[string]*session{}, users: map[string]*user{}}
	s.cfg.Version = or(cfg.Version, "dev")
	if s.log == nil {
		s.log = zap.NewNop()
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	return s, nil
}

// begin runs a session on its reserved place, in a goroutine that Close waits for.
func (s *Server) begin(one *session) {
	s.add(one)
	go func() {
		defer s.remove(one)
		one.run()
	}()
}

// ServeConn serves one session over a byte stream with Content-Length headers, such as standard input and output, and
// returns when it has ended. It closes conn; where that does not unblock a Read of conn, one goroutine ends with that
// Read. The session has no pings, and no close codes.
func (s *Server) ServeConn(conn io.ReadWriteCloser) error {
	if err := s.reserve(); err != nil {
		_ = conn.Close() // err says more
		return err
	}
	one := s.newSession(newPipe(conn), peer{remote: "local"})
	s.add(one)
	defer s.remove(one)
	one.run()
	return nil
}

// reserve takes a place for a session that is about to begin, or says why there is none. It is followed by add or
// release.
func (s *Server) reserve() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch open := len(s.sessions) + s.opening; {
	case s.closed:
		return ErrClosed
	case open >= s.limits.Sessions:
		return fmt.Errorf("%w: %d are open", ErrSessions, open)
	}
	s.opening++
	s.wg.Add(1)
	return nil
}

// release gives a reserved place back.
func (s *Server) release() {
	defer s.wg.Done()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.opening--
}

// add puts a session on its reserved place. One that was about to begin while the server was closed ends at once.
func (s *Server) add(one *session) {
	s.mu.Lock()
	s.opening--
	s.sessions[one.id] = one
	closed := s.closed
	s.mu.Unlock()
	if closed {
		one.drain()
	}
}

// remove forgets a session that has ended.
func (s *Server) remove(one *session) {
	defer s.wg.Done()
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.sessions, one.id)
	s.leave(one)
}

// open returns the sessions, oldest first.
func (s *Server) open() []*session {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]*session, 0, len(s.sessions))
	for _, one := range s.sessions {
		all = append(all, one)
	}
	slices.SortFunc(all, func(a, b *session) int {
		return cmp.Or(a.opened.Compare(b.opened), cmp.Compare(a.id, b.id))
	})
	return all
}

// Close ends the server: new sessions and requests are refused, running generations finish within
// [Limits.DrainTimeout] or until ctx ends, then every client is told by CloseRestarting. It returns when no session
// and no goroutine is left, or ctx's error when connections had to be broken for it. It is safe to call again.
func (s *Server) Close(ctx context.Context) error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	for _, one := range s.open() {
		one.drain()
	}
	done := make(chan struct{})
	go func() { // ends with the last session, which the end of this function waits for
		s.wg.Wait()
		close(done)
	}()
	defer s.cancel()
	timer := time.NewTimer(s.limits.DrainTimeout)
	defer timer.Stop()
	select {
	case <-done:
		return nil
	case <-timer.C:
	case <-ctx.Done():
	}
	for _, one := range s.open() {
		one.giveUp()
	}
	select {
	case <-done:
		return nil
	case <-ctx.Done():
	}
	for _, one := range s.open() {
		one.conn.abort()
	}
	s.cancel()
	<-done
	return ctx.Err()
}
