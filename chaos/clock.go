package chaos

import (
	_ "embed" // the source of the library
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"
)

var (
	_ = register(Scenario{Name: "redis-clock", Run: redisClock,
		About: "the clock by which all instances count jumps a day ahead, two back, and home: nobody is locked out by it"})
	_ = register(Scenario{Name: "old-clock", Run: oldClock,
		About: "the server starts with a monotonic clock that has run for 25 years"})
)

//go:embed testdata/clock.c
var clockSource []byte

// Clock is the wall clock of a program that asks libc for it. Go's programs ask the kernel: theirs cannot be moved so.
type Clock struct{ library, file string }

// Clock builds the library that moves it.
func (t *T) Clock() (*Clock, error) {
	cc, err := exec.LookPath("cc")
	if err != nil {
		return nil, Skip("a C compiler is missing")
	}
	c := &Clock{library: filepath.Join(t.Dir, "clock.so"), file: filepath.Join(t.Dir, "clock")}
	source := filepath.Join(t.Dir, "clock.c")
	if err := os.WriteFile(source, clockSource, 0o600); err != nil {
		return nil, err
	}
	if out, err := exec.Command(cc, "-shared", "-fPIC", "-O1", "-o", c.library, source).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("building the clock: %w: %s", err, out)
	}
	return c, c.Set(0)
}

// Set moves the clock away from the true time.
func (c *Clock) Set(by time.Duration) error {
	f, err := os.OpenFile(c.file, os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(binary.NativeEndian.AppendUint64(nil, uint64(int64(by/time.Second))))
	return errors.Join(err, f.Close())
}

// Env is what a program needs to be given.
func (c *Clock) Env() []string {
	return []string{"LD_PRELOAD=" + c.library, "CLOCK_OFFSET_FILE=" + c.file}
}

func redisClock(t *T) error {
	clock, err := t.Clock()
	if err != nil {
		return err
	}
	r, err := t.redis(clock.Env(), 0, nil)
	if err != nil {
		return err
	}
	s, all, err := t.withRedis(r.URL(), 4)
	if err != nil {
		return err
	}
	const day = 24 * time.Hour
	for _, by := range []time.Duration{0, day, -day, 0, -time.Duration(1+t.Rand.IntN(3600)) * time.Second} {
		if err := clock.Set(by); err != nil {
			return err
		}
		if err := r.at(t, time.Now().Add(by)); err != nil {
			return err
		}
		if err := t.typed(all, by.String()); err != nil {
			return err
		}
	}
	return t.finishOn(r, s, all)
}

// at holds that Redis believes a time, or nothing is tried.
func (r *Redis) at(t *T, want time.Time) error {
	out, err := r.Do(t.Ctx, "TIME")
	if err != nil {
		return err
	}
	seconds, err := strconv.ParseInt(out[:min(len(out), 10)], 10, 64)
	if err != nil {
		return err
	}
	if off := time.Unix(seconds, 0).Sub(want).Abs(); off > time.Minute {
		return fmt.Errorf("the clock of Redis is %v off: it was not moved", off)
	}
	return nil
}

func oldClock(t *T) error {
	if os.Getuid() != 0 || exec.Command("unshare", "-T", "true").Run() != nil {
		return Skip("time namespaces need root")
	}
	age := strconv.Itoa(25 * 365 * 24 * 3600)
	s, err := t.StartBased(ServerConfig{Prefix: []string{"unshare", "-T", "--monotonic", age, "--boottime", age}})
	if err != nil {
		return err
	}
	all, err := t.Seat(s, 4, SitOptions{})
	if err != nil {
		return err
	}
	if err := t.typed(all, "old"); err != nil {
		return err
	}
	return t.Finish(s, all...)
}
