package chaos

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"inkling/stream/wire"
)

var _ = register(Scenario{Name: "rolling", Run: func(t *T) error { return rolling(t, 50, 8*time.Second) },
	About: "fifty type behind nginx while two servers are restarted one after the other: documents stay whole, nothing stale comes"})

var _ = register(Scenario{Name: "rolling-short", Run: func(t *T) error { return rolling(t, 12, 2*time.Second) },
	About: "rolling with twelve, for less than a minute"})

// keyPause is what lies between two keys of a typist: 3 to 10 a second.
const (
	minKeyPause = 100 * time.Millisecond
	maxKeyPause = 330 * time.Millisecond
)

// thinking: one in so many keys is followed by a pause until its suggestion has come.
const thinking = 8

// roller is a typist that comes back by itself, as the bridge and the editors do.
type roller struct {
	t     *T
	nginx *Nginx
	rng   *rand.Rand
	p     *Typist
	tally *tally
}

// tally is what came of all typists.
type tally struct {
	mu       sync.Mutex // guards the fields below
	keys     int
	waits    []time.Duration // from the end of a session until its documents are whole again
	tries    int             // to come back that failed
	outcomes map[string]int  // of requests

	wg sync.WaitGroup // of requests that are not answered yet
}

// rolling restarts two servers under typists. Each phase of typing lasts as told.
func rolling(t *T, sessions int, phase time.Duration) error {
	var servers []*Server
	for range 2 {
		s, err := t.Start(ServerConfig{Env: []string{"LISTEN_WHEN_READY=true"}})
		if err != nil {
			return err
		}
		servers = append(servers, s)
	}
	nginx, err := t.Nginx(servers...)
	if err != nil {
		return err
	}
	sum := &tally{outcomes: map[string]int{}}
	typing, rest := context.WithCancel(t.Ctx)
	defer rest()
	group, ctx := errgroup.WithContext(typing)
	for i := range sessions {
		r := &roller{t: t, nginx: nginx, rng: t.Fork(), tally: sum}
		if err := r.sit(servers[0], i); err != nil {
			return errors.Join(err, group.Wait())
		}
		group.Go(func() error { return r.typeUntil(ctx, servers[0]) })
	}
	err = roll(t, ctx, servers, phase)
	rest()
	err = errors.Join(err, group.Wait())
	sum.wg.Wait()
	sum.note(t, sessions)
	if err == nil && len(sum.waits) < sessions {
		return fmt.Errorf("only %d sessions were sent elsewhere: nothing was shown", len(sum.waits))
	}
	return err
}

// roll restarts the servers, one after the other. The next one waits until the one before is ready, as an orchestrator does.
func roll(t *T, ctx context.Context, servers []*Server, phase time.Duration) error {
	for i, s := range servers {
		if err := pause(ctx, phase); err != nil {
			return errors.Join(err, t.Ctx.Err())
		}
		held, began := sessionsOf(s), time.Now()
		if err := s.Stop(ctx); err != nil {
			return fmt.Errorf("server %d: %w", i+1, err)
		}
		stopped := time.Since(began)
		if _, err := s.Again(t); err != nil {
			return fmt.Errorf("server %d: %w", i+1, err)
		}
		t.Note("server %d: %d sessions left within %v, ready again after %v", i+1, held, stopped.Round(time.Millisecond), time.Since(began).Round(10*time.Millisecond))
	}
	return pause(ctx, phase)
}

// sessionsOf is how many sessions a server has; -1 where it does not say.
func sessionsOf(s *Server) int {
	levels, err := s.Levels(context.Background())
	if err != nil {
		return -1
	}
	return int(levels["inkling_sessions_open"])
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// sit opens the first session, with a document of its own.
func (r *roller) sit(s *Server, i int) (err error) {
	if r.p, err = r.t.Sit(s, SitOptions{URL: r.nginx.URL(), Encoding: encodings[i%len(encodings)]}); err != nil {
		return err
	}
	m, _ := Marked(r.rng, fmt.Sprintf("file:///rolling%d.py", i))
	return r.p.Open(m)
}

// typeUntil types until the time is up, and holds that the document is whole then.
func (r *roller) typeUntil(ctx context.Context, s *Server) error {
	for ctx.Err() == nil {
		a, err := r.p.typeOne(r.rng)
		if err == nil {
			r.tally.watch(r.t.Ctx, a)
			if r.rng.IntN(thinking) == 0 {
				err = r.think(ctx, a)
			}
		}
		if err == nil {
			span := int64(maxKeyPause - minKeyPause)
			err = r.wait(ctx, minKeyPause+time.Duration(r.rng.Int64N(span)))
		}
		if err != nil && r.lost() {
			err = r.comeBack(s)
		}
		if err != nil && ctx.Err() == nil {
			return err
		}
	}
	select {
	case <-r.p.Gone():
		if err := r.comeBack(s); err != nil {
			return err
		}
	default:
	}
	return errors.Join(r.p.Check(r.t.Ctx), r.p.Leave())
}

// think waits for an answer. The server may have nothing to say; only the end of the session is an error.
func (r *roller) think(ctx context.Context, a *Ask) error {
	if err := a.wait(ctx); errors.Is(err, errLost) {
		return err
	}
	return nil
}

// wait lets the time between two keys pass, unless the session ends.
func (r *roller) wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	case <-r.p.Gone():
		return errLost
	}
	return nil
}

// lost says whether the session has ended. An error of sending comes before the reader knows.
func (r *roller) lost() bool {
	select {
	case <-r.p.Gone():
		return true
	case <-time.After(patience): // a failed write ends the connection, and its reader with it
		return false
	}
}

// comeBack opens a new session with all documents, at once and then at growing intervals, as the bridge does, and holds
// that the server has them as they are here.
func (r *roller) comeBack(s *Server) error {
	began := time.Now()
	if code := r.p.CloseCode(); code != wire.CloseRestarting {
		return fmt.Errorf("session %s ended with %d, not %d", r.p.Session, code, wire.CloseRestarting)
	}
	const first, most = 250 * time.Millisecond, 15 * time.Second
	interval := time.Duration(r.rng.Int64N(int64(first)))
	for tries := 0; ; tries++ {
		if err := pause(r.t.Ctx, interval); err != nil {
			return err
		}
		next, err := r.p.ReturnTo(r.t, s, SitOptions{URL: r.nginx.URL()})
		if err == nil {
			err = next.Check(r.t.Ctx)
		}
		if err == nil {
			r.p = next
			r.tally.back(time.Since(began), tries)
			return nil
		}
		if r.t.Ctx.Err() != nil || time.Since(began) > patience {
			return fmt.Errorf("coming back: %w; nginx: %s", err, r.nginx.said())
		}
		interval = min(first<<min(tries, 8), most)
	}
}

// watch counts what becomes of a request.
func (y *tally) watch(ctx context.Context, a *Ask) {
	y.mu.Lock()
	y.keys++
	y.mu.Unlock()
	y.wg.Go(func() { // ends with the answer, or the session
		outcome, err := a.Outcome(ctx)
		if err != nil {
			outcome = "none"
		}
		y.mu.Lock()
		defer y.mu.Unlock()
		y.outcomes[outcome]++
	})
}

// back counts a session that has come back.
func (y *tally) back(took time.Duration, tries int) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.waits = append(y.waits, took)
	y.tries += tries
}

// note says what came of it.
func (y *tally) note(t *T, sessions int) {
	y.mu.Lock()
	defer y.mu.Unlock()
	if len(y.waits) == 0 {
		return
	}
	slices.Sort(y.waits)
	at := func(q float64) time.Duration { return y.waits[int(q*float64(len(y.waits)-1))].Round(time.Millisecond) }
	t.Note("%d typists, %d keys, answers %v; %d came back, within %v (p50), %v (p95), %v (the longest), %d tries failed",
		sessions, y.keys, y.outcomes, len(y.waits), at(.5), at(.95), at(1), y.tries)
}
