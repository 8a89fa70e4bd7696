package rest

import (
	"context"
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"
)

// Administrator lets administrators through alone.
type Administrator interface {
	// Administer returns nil for an administrator's key. An error wraps [ErrUnauthorized] or [ErrForbidden], or is a failure
	// of the store.
	Administer(ctx context.Context, key string) error
}

// Sessions are what is open at /api/v1/stream.
type Sessions interface {
	// List returns the open sessions, oldest first.
	List() []Session
	// End ends a session without waiting for it, and reports whether there was one.
	End(id string) bool
}

// Session is one that is open.
type Session struct {
	ID          string    `json:"id"`
	User        string    `json:"user" doc:"Empty: the local user"`
	Tier        string    `json:"tier"`
	Key         string    `json:"key,omitempty" doc:"Id of the API key that opened it"`
	Client      string    `json:"client" doc:"The client's program, as it says"`
	Remote      string    `json:"remote" doc:"Address of the other end"`
	Opened      time.Time `json:"opened"`
	LastMessage time.Time `json:"lastMessage"`
	Documents   int       `json:"documents"`
	Generations int       `json:"generations" doc:"Running, or kept for typing along"`
	Requests    int       `json:"requests" doc:"Not answered yet"`
	QueuedBytes int       `json:"queuedBytes" doc:"Not yet written to the client"`
}

// SessionList is the open sessions.
type SessionList struct {
	Sessions []Session `json:"sessions" nullable:"false" doc:"Oldest first"`
}

// SessionEnded says that a session was told to end.
type SessionEnded struct {
	ID    string `json:"id"`
	Ended bool   `json:"ended"`
}

// administration adds the paths of administrators.
func (s *server) administration(r chi.Router) {
	if s.cfg.Administrator == nil {
		return
	}
	r.Use(s.administer)
	if s.cfg.Sessions != nil {
		r.Get(sessionsPath, s.sessions)
		r.Delete(sessionsPath+"/{id}", s.endSession)
	}
	if s.cfg.Users != nil {
		r.Get(usersPath, s.users)
	}
	if s.cfg.Warmer != nil {
		r.Post(warmPath, s.warm)
		r.Get(warmPath, s.warmProgress)
		r.Delete(warmPath, s.cancelWarm)
	}
}

// Paths of administrators.
const (
	sessionsPath = "/api/v1/sessions"
	warmPath     = "/api/v1/warm"
)

// administer lets administrators through alone.
func (s *server) administer(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := s.cfg.Administrator.Administer(r.Context(), keyOf(r)); err != nil {
			s.refuseError(w, r, ownShape, err)
			return
		}
		w.Header().Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

// sessions answers GET /api/v1/sessions.
func (s *server) sessions(w http.ResponseWriter, _ *http.Request) {
	list := s.cfg.Sessions.List()
	if list == nil {
		list = []Session{}
	}
	writeJSON(w, http.StatusOK, SessionList{list})
}

// endSession answers DELETE /api/v1/sessions/{id}.
func (s *server) endSession(w http.ResponseWriter, r *http.Request) {
	id := chi.URLParam(r, "id")
	if !s.cfg.Sessions.End(id) {
		s.refuse(w, r, ownShape, fail(http.StatusNotFound, "not_found", "id: there is no session %s", clip(id)))
		return
	}
	writeJSON(w, http.StatusOK, SessionEnded{id, true})
}
