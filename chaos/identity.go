package chaos

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"inkling/stream/wire"
)

var (
	_ = register(Scenario{Name: "bad-keys", Run: badKeys,
		About: "keys that are wrong, missing, cut short or revoked are refused by 4100, those without initialize by 4002; who has one types on"})
	_ = register(Scenario{Name: "session-limit", Run: sessionLimit,
		About: "one key opens more sessions than it may: the others are refused by 4101, and a place that is left is free again"})
	_ = register(Scenario{Name: "quota", Run: quota,
		About: "a quota runs out while typists type: empty lists that say why and when, documents in step, others untouched"})
)

// guarded starts a server that asks for keys, in a data folder of its own, and returns a function that runs inkling keys.
func (t *T) guarded(args ...string) (*Server, func(...string) (string, error), error) {
	home, err := t.home()
	if err != nil {
		return nil, nil, err
	}
	keys := func(args ...string) (string, error) {
		c := exec.CommandContext(t.Ctx, t.machine.binary, append([]string{"keys"}, args...)...)
		c.Env = append(os.Environ(), "INKLING_HOME="+home)
		c.Dir = t.Dir
		out, err := c.Output()
		return strings.TrimSpace(string(out)), err
	}
	s, err := t.Start(ServerConfig{Args: append([]string{"--require-keys"}, args...), Home: home})
	return s, keys, err
}

// home makes a data folder that shares library, models and imported models with the user's own, and nothing else.
func (t *T) home() (string, error) {
	home, err := os.MkdirTemp(t.Dir, "home")
	if err != nil {
		return "", err
	}
	for _, name := range []string{"lib", "models", "cache"} {
		if err := os.Symlink(filepath.Join(t.machine.home, name), filepath.Join(home, name)); err != nil {
			return "", err
		}
	}
	return home, nil
}

// refused holds that the server refuses a token and closes with a code.
func (t *T) refused(s *Server, token string, code int) error {
	p, err := t.dial(s, SitOptions{})
	if err != nil {
		return err
	}
	defer p.Vanish()
	err = p.call(t.Ctx, wire.MethodInitialize, wire.InitializeParams{
		Options: wire.InitializeOptions{Inkling: wire.InklingInitialize{Token: token}}}, &wire.InitializeResult{})
	var told *wire.Error
	if !errors.As(err, &told) || told.Code != wire.CodeRequestFailed {
		return fmt.Errorf("a key that must be refused: %w", err)
	}
	select {
	case <-p.Gone():
	case <-t.Ctx.Done():
		return t.Ctx.Err()
	}
	if got := p.CloseCode(); got != code {
		return fmt.Errorf("closed with %d, want %d", got, code)
	}
	return p.Violations()
}

func badKeys(t *T) error {
	s, keys, err := t.guarded()
	if err != nil {
		return err
	}
	key, err := keys("add", "ada", "--tier", "enterprise")
	if err != nil {
		return err
	}
	later, err := keys("add", "bob")
	if err != nil {
		return err
	}
	silent, err := t.dial(s, SitOptions{})
	if err != nil {
		return err
	}
	all, err := t.Seat(s, 3, SitOptions{Token: key})
	if err != nil {
		return err
	}
	for i := range 40 {
		wrong := []string{"", "x", key[:len(key)-1], key + "x", strings.ToUpper(key), strings.Repeat("k", 4096), "Bearer " + key,
			fmt.Sprintf("%x", t.Rand.Uint64()), "é\x00\n"}[i%9]
		if err := t.refused(s, wrong, wire.CloseUnauthenticated); err != nil {
			return fmt.Errorf("wrong key %d: %w", i%9, err)
		}
	}
	if err := t.revoked(s, keys, later); err != nil {
		return err
	}
	if err := t.typed(all, "with a key"); err != nil {
		return err
	}
	select {
	case <-silent.Gone():
	case <-t.Ctx.Done():
		return errors.New("a session without initialize stays")
	}
	if code := silent.CloseCode(); code != wire.CloseLate {
		return fmt.Errorf("a session without initialize was closed with %d", code)
	}
	for _, secret := range []string{key, later} {
		if s.Says(secret) {
			return errors.New("a key stands in the log")
		}
	}
	if err := t.Part(all...); err != nil {
		return err
	}
	return t.empty(s)
}

// revoked revokes a key, and holds that it is refused soon.
func (t *T) revoked(s *Server, keys func(...string) (string, error), key string) error {
	list, err := keys("list")
	if err != nil {
		return err
	}
	id := ""
	for line := range strings.Lines(list) {
		if fields := strings.Fields(line); len(fields) > 1 && fields[1] == "bob" {
			id = fields[0]
		}
	}
	p, err := t.Sit(s, SitOptions{Token: key})
	if err != nil {
		return fmt.Errorf("a key that is not revoked yet: %w", err)
	}
	if err := p.Leave(); err != nil {
		return err
	}
	if _, err := keys("revoke", id); err != nil {
		return err
	}
	started := time.Now()
	err = Until(t.Ctx, "the revoked key is refused", func() bool {
		return t.refused(s, key, wire.CloseUnauthenticated) == nil
	})
	t.Note("a revoked key was refused after %.1f s", time.Since(started).Seconds())
	return err
}

// empty waits until the server has no session, document or row: for one whose levels were not noted.
func (t *T) empty(s *Server) error {
	return Until(t.Ctx, "the server is empty", func() bool {
		l, err := s.Levels(t.Ctx)
		base := Levels{}
		for _, name := range baseLevels {
			base[name] = l[name]
		}
		return err == nil && l.left(base) == ""
	})
}

func sessionLimit(t *T) error {
	s, keys, err := t.guarded()
	if err != nil {
		return err
	}
	key, err := keys("add", "ada")
	if err != nil {
		return err
	}
	var all []*Typist
	for range 64 {
		p, err := t.Sit(s, SitOptions{Token: key})
		if err != nil {
			return err
		}
		all = append(all, p)
	}
	for range 10 {
		if err := t.refused(s, key, wire.CloseTooManySessions); err != nil {
			return err
		}
	}
	all[7].Vanish()
	var p *Typist
	if err := Until(t.Ctx, "the place that was left is free", func() bool {
		p, err = t.Sit(s, SitOptions{Token: key})
		return err == nil
	}); err != nil {
		return err
	}
	all[7] = p
	if err := t.Part(all...); err != nil {
		return err
	}
	return t.empty(s)
}

func quota(t *T) error {
	s, err := t.StartBased(ServerConfig{Env: []string{"RATE_LIMIT_REQUESTS=3", "USER_TIERS=eve=enterprise"}})
	if err != nil {
		return err
	}
	poor, err := t.Seat(s, 4, SitOptions{User: "bob"})
	if err != nil {
		return err
	}
	rich, err := t.Seat(s, 2, SitOptions{User: "eve"})
	if err != nil {
		return err
	}
	sum := Tally{}
	for round := 0; sum["quota"] < 10 && round < 60; round++ {
		for _, p := range poor {
			a, err := p.typeOne(t.Rand)
			if err != nil {
				return err
			}
			outcome, err := a.Outcome(t.Ctx)
			if err != nil {
				return err
			}
			sum[outcome]++
		}
	}
	t.Note("%v", sum)
	if sum["quota"] < 10 {
		return fmt.Errorf("the quota never ran out: %v", sum)
	}
	a, err := poor[0].typeOne(t.Rand)
	if err != nil {
		return err
	}
	list, err := a.List(t.Ctx)
	if err != nil || list.Inkling.Why != "quota" || list.Inkling.RetryAfterMs <= 0 {
		return fmt.Errorf("an answer without quota: %+v, %w", list, err)
	}
	if err := t.typed(rich, "others"); err != nil {
		return err
	}
	return t.Finish(s, append(poor, rich...)...)
}
