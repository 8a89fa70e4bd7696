package chaos

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Edits makes n random edits by several typists over connections that break, and compares all documents all along.
func Edits(ctx context.Context, n, typists int, o Options) error {
	m := &machine{binary: o.Binary, home: o.Home, workers: or(o.Workers, 2), log: o.Out}
	t, err := newT(ctx, "edits", o.Seed, m)
	if err != nil {
		return err
	}
	err = t.edits(n, typists, o)
	return errors.Join(t.blame("edits", err), t.end())
}

func (t *T) edits(n, typists int, o Options) error {
	s, err := t.StartBased(ServerConfig{Env: []string{"RATE_LIMIT_REQUESTS=1000000"}})
	if err != nil {
		return err
	}
	started := time.Now()
	const stretch = 2_000 // edits of each before all is counted
	var done, cuts int64
	for int(done) < n {
		d, c, err := t.scribbleOverLoss(s, typists, min(stretch, (n-int(done)+typists-1)/typists))
		done, cuts = done+d, cuts+c
		if err != nil {
			return fmt.Errorf("after %d edits, %d connections: %w", done, cuts, err)
		}
		fmt.Fprintf(o.Out, "%8d edits, %6d connections cut, %.0f s, 0 documents diverged\n", done, cuts, time.Since(started).Seconds())
	}
	if err := s.Quiet(t); err != nil {
		return err
	}
	l, err := s.Levels(t.Ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(o.Out, "%d edits over %d connections that were cut, 0 documents diverged, nothing left behind; %.0f s, %.0f sessions\n",
		done, cuts, time.Since(started).Seconds(), l["inkling_sessions_opened_total"])
	return nil
}
