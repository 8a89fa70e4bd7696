package rest

import (
	"context"
	"net/http"
)

// Users says who uses the server, and what they have left.
type Users interface {
	// Users returns at most a few hundred users, by name: those who have keys, and those of open sessions.
	Users(ctx context.Context) ([]User, error)
}

// User is one, with what is left of the limits.
type User struct {
	User     string    `json:"user" doc:"Empty: the local user"`
	Tier     string    `json:"tier" doc:"Empty: the default one"`
	Tenant   string    `json:"tenant,omitempty"`
	Admin    bool      `json:"admin,omitempty"`
	Keys     int       `json:"keys"`
	Sessions int       `json:"sessions" doc:"Open now"`
	Requests Allowance `json:"requests" doc:"Over REST and the compatible doors"`
	Shown    Allowance `json:"shown" doc:"Suggestions in sessions"`
}

// Allowance is what is left of a limit.
type Allowance struct {
	Limit     int `json:"limit" doc:"In a window"`
	Remaining int `json:"remaining" doc:"That could pass at once now"`
}

// UserList is the users.
type UserList struct {
	Users []User `json:"users" nullable:"false"`
}

const usersPath = "/api/v1/users"

// users answers GET /api/v1/users.
func (s *server) users(w http.ResponseWriter, r *http.Request) {
	list, err := s.cfg.Users.Users(r.Context())
	if err != nil {
		s.refuseError(w, r, ownShape, err)
		return
	}
	if list == nil {
		list = []User{}
	}
	writeJSON(w, http.StatusOK, UserList{list})
}
