package rest

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"inkling/infer"
)

// administrators knows one administrator's key, and lets everyone through where it is open.
type admins struct{ open bool }

func (a admins) Administer(_ context.Context, key string) error {
	switch {
	case a.open || key == "root":
		return nil
	case key == "":
		return fmt.Errorf("no key: %w", ErrUnauthorized)
	}
	return fmt.Errorf("no administrator: %w", ErrForbidden)
}

// opened are sessions that can be ended.
type opened struct{ all []Session }

func (o *opened) List() []Session { return o.all }

func (o *opened) End(id string) bool {
	before := len(o.all)
	o.all = slices.DeleteFunc(o.all, func(s Session) bool { return s.ID == id })
	return len(o.all) < before
}

// stove warms at once.
type stove struct {
	progress WarmProgress
	err      error
}

func (s *stove) Start(folder string, limit int) error {
	if s.err == nil {
		s.progress = WarmProgress{Running: true, Folder: folder, Limit: limit}
	}
	return s.err
}
func (s *stove) Progress() WarmProgress { return s.progress }
func (s *stove) Cancel()                { s.progress.Running = false }

// somebody is one user.
type somebody struct{}

func (somebody) Users(context.Context) ([]User, error) {
	return []User{{User: "ann", Tier: "premium", Keys: 1, Requests: Allowance{1000, 990}, Shown: Allowance{10_000, 9_000}}}, nil
}

// administered adds what administrators use to a configuration.
func administered(cfg Config, open bool) (Config, *opened, *stove) {
	sessions := &opened{[]Session{{ID: "1", User: "ann", Opened: time.Unix(1, 0).UTC(), LastMessage: time.Unix(2, 0).UTC()}}}
	warmer := &stove{}
	cfg.Administrator, cfg.Sessions, cfg.Warmer, cfg.Users = admins{open}, sessions, warmer, somebody{}
	return cfg, sessions, warmer
}

func send(t *testing.T, method, url, body string, headers ...string) reply {
	t.Helper()
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	return do(t, req, headers...)
}

func TestOnlyAdministratorsAdminister(t *testing.T) {
	cfg, sessions, warmer := administered(configFor(fibonacci), false)
	srv := serve(t, cfg)
	for _, c := range [][3]string{{"GET", sessionsPath, ""}, {"DELETE", sessionsPath + "/1", ""}, {"GET", warmPath, ""}, {"GET", usersPath, ""}, {"POST", warmPath, "{}"}, {"DELETE", warmPath, ""}} {
		wantError(t, send(t, c[0], srv.URL+c[1], c[2]), 401, "unauthorized", "")
		wantError(t, send(t, c[0], srv.URL+c[1], c[2], "X-API-Key", "other"), 403, "forbidden", "")
	}
	if len(sessions.all) != 1 || warmer.progress.Running {
		t.Fatal("somebody else administers")
	}
	list := into[SessionList](t, get(t, srv.URL+sessionsPath, "Authorization", "Bearer root"))
	if len(list.Sessions) != 1 || list.Sessions[0] != sessions.all[0] {
		t.Fatalf("%+v", list)
	}
	if users := into[UserList](t, get(t, srv.URL+usersPath, "X-API-Key", "root")).Users; len(users) != 1 || users[0].Requests.Remaining != 990 {
		t.Errorf("%+v", users)
	}
	if r := send(t, "DELETE", srv.URL+sessionsPath+"/1", "", "X-API-Key", "root"); r.status != 200 || into[SessionEnded](t, r) != (SessionEnded{"1", true}) {
		t.Fatalf("%d %s", r.status, r.body)
	}
	wantError(t, send(t, "DELETE", srv.URL+sessionsPath+"/1", "", "X-API-Key", "root"), 404, "not_found", "")
	if r := get(t, srv.URL+sessionsPath, "X-API-Key", "root"); string(r.body) != `{"sessions":[]}`+"\n" {
		t.Fatalf("%s", r.body)
	}
}

func TestWarmingIsStartedWatchedAndCancelled(t *testing.T) {
	cfg, _, warmer := administered(configFor(fibonacci), true)
	srv := serve(t, cfg)
	r := post(t, srv.URL+warmPath, `{"folder": "a/b", "limit": 7}`)
	if r.status != http.StatusAccepted || into[WarmProgress](t, r) != (WarmProgress{Running: true, Folder: "a/b", Limit: 7}) {
		t.Fatalf("%d %s", r.status, r.body)
	}
	if p := into[WarmProgress](t, get(t, srv.URL+warmPath)); !p.Running {
		t.Fatalf("%+v", p)
	}
	if p := into[WarmProgress](t, send(t, "DELETE", srv.URL+warmPath, "")); p.Running {
		t.Fatalf("%+v", p)
	}
	wantError(t, post(t, srv.URL+warmPath, `{"folder": 3}`), 400, "bad_request", "folder")
	wantError(t, post(t, srv.URL+warmPath, `{"limit": 10001}`), 422, "out_of_range", "limit")
	wantError(t, post(t, srv.URL+warmPath, `{"depth": 1}`), 400, "unknown_field", "depth")
	warmer.err = fmt.Errorf("again: %w", ErrWarming)
	wantError(t, post(t, srv.URL+warmPath, `{}`), 409, "running", "")
	warmer.err = fmt.Errorf("/secret/place: %w", ErrFolder)
	if e := wantError(t, post(t, srv.URL+warmPath, `{}`), 422, "folder", ""); strings.Contains(e.Error.Message, "secret") {
		t.Error(e.Error.Message)
	}
}

func TestWithoutAdministratorsNothingIsAdministered(t *testing.T) {
	cfg, _, _ := administered(configFor(fibonacci), true)
	cfg.Administrator = nil
	wantError(t, get(t, serve(t, cfg).URL+sessionsPath), 404, "not_found", "")
}

func TestTicketsSeeTheirCaller(t *testing.T) {
	cfg := configFor(fibonacci)
	cfg.Auth = keys{}
	cfg.Ticket = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		caller := CallerFrom(r.Context())
		if caller.Door != infer.DoorREST {
			t.Error(caller)
		}
		fmt.Fprint(w, caller.User)
	})
	srv := serve(t, cfg)
	if r := post(t, srv.URL+"/api/v1/ticket", "", "X-API-Key", "good"); string(r.body) != "ann" {
		t.Errorf("ticket: %d %s", r.status, r.body)
	}
	wantError(t, post(t, srv.URL+"/api/v1/ticket", ""), 401, "unauthorized", "")
}
