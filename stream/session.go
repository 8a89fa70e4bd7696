package stream

import (
	"context"
	"crypto/rand"
	"errors"
	"sync"
	"time"

	"go.uber.org/zap"

	"inkling/contexts"
	"inkling/infer"
	"inkling/stream/wire"
)

// state is where in its life a session is.
type state int

const (
	stateNew      state = iota // before initialize
	stateReady                 // between initialize and shutdown
	stateShutdown              // only exit may come
)

// session is one client.
type session struct {
	id     string
	server *Server
	limits *Limits
	conn   transport
	peer   peer
	out    *outbox
	opened time.Time

	ctx    context.Context // of all that the session does; descends from the server's
	cancel context.CancelFunc
	wg     sync.WaitGroup // writer, generations, pings
	slow   sync.Once      // counts that the client does not read, however it was noticed
	idle   *time.Timer
	late   *time.Timer // nil where nobody must identify themselves
	pings  *time.Timer

	// The goroutine of run alone uses these.
	pace     pace
	state    state
	menus    bool // the client shows suggestions in its menu of completions
	encoding contexts.Encoding
	docs     map[string]*document
	docBytes int    // of all documents and their tables of lines
	uses     uint64 // counts uses of documents
	asked    uint64 // counts requests to the generator, for their ids
	foreseen *foreseen
	// stopPrefill ends what is prefilled now; nil before the first.
	stopPrefill context.CancelFunc
	// allowance is what all documents take of the processor together; with keys, those of the user's other sessions too.
	allowance *contexts.Allowance
	// overtakes says that the client's edits overtake each other: one came late, and since then none was waited for in vain.
	overtakes bool

	counted bool // among its user's sessions; guarded by the server's mutex

	mu        sync.Mutex // guards the fields below; held by lock and unlock
	caller    infer.Caller
	client    string
	last      time.Time
	open      int                    // documents
	requests  map[wire.ID]*request   // not answered yet
	running   map[string]*generation // running or kept, by document
	shown     []shown                // the last answers, for feedback
	answered  uint64                 // counts answers, for their ids
	handling  bool                   // a message, whose request may not be among requests yet
	draining  bool
	retention retention // of accepted suggestions
	events    []event   // to be told when the mutex is free again
}

// event is a call of counts.add that waits.
type event struct {
	kind  Event
	about *Suggestion
}

func (s *Server) newSession(conn transport, p peer) *session {
	now := time.Now()
	one := &session{id: newID(), server: s, limits: &s.limits, conn: conn, peer: p, opened: now, last: now,
		docs: map[string]*document{}, requests: map[wire.ID]*request{}, running: map[string]*generation{}, allowance: contexts.NewAllowance()}
	one.pace = newPace(s.limits.MessageRate)
	one.out = newOutbox(s.limits.QueueBytes, func() { one.wg.Go(one.write) })
	one.ctx, one.cancel = context.WithCancel(s.ctx)
	conn.limit(s.firstLimit())
	return one
}

// maxUnidentifiedBytes is for a message while nobody knows whose the session is: an editor's initialize has some ten thousand, and
// who has no key may open hundreds of sessions.
const maxUnidentifiedBytes = 256 << 10

// firstLimit is how many bytes the messages of a new session may have.
func (s *Server) firstLimit() int64 {
	if s.cfg.Auth == nil {
		return s.limits.FrameBytes
	}
	return min(s.limits.FrameBytes, maxUnidentifiedBytes)
}

// newID returns a random name of 48 bits: enough to be unique among a server's sessions, short enough to be read out.
func newID() string {
	const digits = "0123456789abcdefghjkmnpqrstvwxyz" // without those that look alike
	var raw [10]byte
	_, _ = rand.Read(raw[:]) // never fails
	for i, b := range raw {
		raw[i] = digits[b&31]
	}
	return string(raw[:])
}

// run serves the session and returns when nothing of it is left.
func (s *session) run() {
	s.server.counts.add(SessionOpened, 1, nil)
	defer s.server.counts.add(SessionClosed, 1, nil)
	defer s.cancel()
	s.idle = time.AfterFunc(s.limits.IdleTimeout, func() { s.out.end(wire.CloseIdle, "idle") })
	if s.server.cfg.Auth != nil {
		s.late = time.AfterFunc(s.limits.InitializeTimeout, func() { s.out.end(wire.CloseLate, "no initialize in time") })
	}
	s.beginPings()
	err := s.read()
	s.idle.Stop()
	if s.late != nil {
		s.late.Stop()
	}
	s.finish(err)
}

// read takes messages until the connection or the session ends, and returns why it did; nil after exit.
func (s *session) read() error {
	for {
		message, err := s.conn.read(s.ctx)
		if err != nil {
			return err
		}
		if err := s.pace.wait(s.ctx, len(message)); err != nil {
			return err
		}
		if s.out.ended() != nil {
			continue // what comes after the end was decided is not looked at
		}
		s.idle.Reset(s.limits.IdleTimeout)
		s.server.counts.add(BytesReceived, int64(len(message)), nil)
		if last, err := s.guarded(message); last || err != nil {
			return err
		}
	}
}

// guarded handles a message. A fault in it costs this session alone.
func (s *session) guarded(message []byte) (last bool, err error) {
	err = errInternal // unless handling it comes to its end
	defer s.contain()
	return s.handle(message), nil
}

// finish ends what still runs and waits for it. err is why reading ended.
func (s *session) finish(err error) {
	if s.stopPrefill != nil {
		s.stopPrefill()
	}
	s.lock()
	for _, g := range s.running {
		g.discard()
	}
	clear(s.requests)
	s.retention.stop()
	s.unlock()
	var breach *protocolError
	switch {
	case err == nil:
		s.out.end(wire.CloseNormal, "")
	case errors.As(err, &breach):
		s.out.end(breach.code, breach.reason)
	default:
		s.out.end(wire.CloseNormal, "")
		if s.out.ended().code == wire.CloseNormal {
			s.conn.abort() // the other end has left; nothing more can be told
		}
	}
	s.wg.Wait()
	s.pings.Stop()
	for uri := range s.docs {
		s.drop(uri)
	}
	s.server.log.Info("session ended", zap.String("session", s.id), zap.Int("code", s.out.ended().code),
		zap.Bool("byClient", isGone(err)), zap.Duration("after", time.Since(s.opened)))
}

// lock takes the mutex.
func (s *session) lock() { s.mu.Lock() }

// unlock frees the mutex, and then tells the events that were noted under it.
func (s *session) unlock() {
	events := s.events
	s.events = nil
	s.mu.Unlock()
	for _, e := range events {
		s.server.counts.add(e.kind, 1, e.about)
	}
}

// note counts an event once the mutex is free. The mutex must be held.
func (s *session) note(e Event, about *Suggestion) { s.events = append(s.events, event{e, about}) }

// send puts a message into the outbox. The mutex must be held.
func (s *session) send(message []byte) {
	if !s.out.put(message) {
		s.slow.Do(func() { s.note(SlowClosed, nil) })
	}
}

// notify sends a message without holding the mutex.
func (s *session) notify(message []byte) {
	s.lock()
	defer s.unlock()
	s.send(message)
}

// describe returns what an administrator is shown.
func (s *session) describe() SessionInfo {
	s.lock()
	defer s.unlock()
	return SessionInfo{ID: s.id, User: s.caller.User, Tier: s.caller.Tier, Key: s.caller.Key, Client: s.client, Remote: s.peer.remote,
		Opened: s.opened, LastMessage: s.last, Documents: s.open, Generations: len(s.running),
		Requests: len(s.requests), QueuedBytes: s.out.waiting()}
}
