package stream

import (
	"time"

	"inkling/contexts"
)

// user is what the server remembers of somebody who has sessions, and until their allowance is whole again of somebody who had some:
// coming back renews nothing.
type user struct {
	sessions  int
	allowance *contexts.Allowance // of the processor, for the documents of all sessions
}

// fewUsers are too few to look through for those who can be forgotten.
const fewUsers = 64

// countUser counts a session that has said whose it is, and reports whether the user may have it. It has its user's allowance then;
// where nobody must say who they are, it keeps its own.
func (s *Server) countUser(one *session) bool {
	if s.cfg.Auth == nil {
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.users[one.caller.User]
	if u == nil {
		s.forgetUsers(time.Now())
		u = &user{allowance: one.allowance}
		s.users[one.caller.User] = u
	}
	if u.sessions >= s.limits.UserSessions {
		return false
	}
	u.sessions++
	one.counted, one.allowance = true, u.allowance
	return true
}

// leave counts a session less. The mutex must be held.
func (s *Server) leave(one *session) {
	if !one.counted {
		return
	}
	u := s.users[one.caller.User]
	if u.sessions--; u.sessions == 0 && u.allowance.Whole(time.Now()) {
		delete(s.users, one.caller.User)
	}
}

// forgetUsers forgets who has no session and a whole allowance, once the users are twice as many as those that were kept before. The
// mutex must be held.
func (s *Server) forgetUsers(now time.Time) {
	if len(s.users) < max(2*s.kept, fewUsers) {
		return
	}
	for name, u := range s.users {
		if u.sessions == 0 && u.allowance.Whole(now) {
			delete(s.users, name)
		}
	}
	s.kept = len(s.users)
}
