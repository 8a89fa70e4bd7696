package stream

import (
	"time"

	"inkling/stream/wire"
)

// SessionInfo describes a session that is open.
type SessionInfo struct {
	ID          string
	User, Tier  string
	Key         string // id of the API key that opened it, "" without one
	Client      string // the client's program, as it says
	Remote      string // address of the other end
	Opened      time.Time
	LastMessage time.Time
	Documents   int
	Generations int // running or kept
	Requests    int // not answered yet
	QueuedBytes int
}

// Sessions returns the open sessions, oldest first.
func (s *Server) Sessions() []SessionInfo {
	all := s.open()
	infos := make([]SessionInfo, len(all))
	for i, one := range all {
		infos[i] = one.describe()
	}
	return infos
}

// End ends a session for an administrator, with CloseEnded, and reports whether it existed. It does not wait.
func (s *Server) End(id string) bool {
	s.mu.Lock()
	one := s.sessions[id]
	s.mu.Unlock()
	if one == nil {
		return false
	}
	one.out.end(wire.CloseEnded, "ended by an administrator")
	return true
}

// EndKey ends the sessions that a key opened, as after revoking it, with CloseUnauthenticated, and returns how many there
// were. It does not wait.
func (s *Server) EndKey(key string) int {
	n := 0
	for _, one := range s.open() {
		if one.describe().Key == key {
			one.out.end(wire.CloseUnauthenticated, "the key was revoked")
			n++
		}
	}
	return n
}

// Stats returns a snapshot.
func (s *Server) Stats() Stats {
	stats := Stats{Events: s.counts.snapshot()}
	for _, one := range s.open() {
		info := one.describe()
		stats.Sessions++
		stats.Documents += info.Documents
		stats.Generations += info.Generations
		stats.QueuedBytes += int64(info.QueuedBytes)
	}
	return stats
}
