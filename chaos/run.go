package chaos

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// scenarioTimeout bounds one run of a scenario.
const scenarioTimeout = 4 * time.Minute

// Options say what to run.
type Options struct {
	Binary  string // the server's program
	Home    string // its data folder, with library and models
	Workers int    // its threads; 0: 2
	Seed    uint64 // the first
	Seeds   int    // how many from there on; 0: 1
	Out     io.Writer
	Command string // how this program was called, for the line that repeats a failure
}

// Summary is what came of a run.
type Summary struct {
	Passed, Skipped int
	Failed          []string // the commands that repeat them
}

// Run runs scenarios, every one with every seed, one after the other.
func Run(ctx context.Context, scenarios []Scenario, o Options) (*Summary, error) {
	if o.Seeds < 0 || o.Workers < 0 {
		return nil, fmt.Errorf("chaos: seeds %d, workers %d: neither may be below 0", o.Seeds, o.Workers)
	}
	m := &machine{binary: o.Binary, home: o.Home, workers: or(o.Workers, 2), log: o.Out}
	defer m.close()
	sum := &Summary{}
	for seed := o.Seed; seed < o.Seed+uint64(max(o.Seeds, 1)); seed++ {
		for _, s := range scenarios {
			if ctx.Err() != nil {
				return sum, ctx.Err()
			}
			started := time.Now()
			notes, err := m.one(ctx, s, seed)
			took := time.Since(started).Round(100 * time.Millisecond)
			switch {
			case err == nil:
				sum.Passed++
				fmt.Fprintf(o.Out, "ok    seed %-3d %-22s %6s  %s\n", seed, s.Name, took, notes)
			case errors.Is(err, ErrSkip):
				sum.Skipped++
				fmt.Fprintf(o.Out, "skip  seed %-3d %-22s %6s  %v\n", seed, s.Name, took, err)
			default:
				repeat := fmt.Sprintf("%s --run '^%s$' --seed %d", o.Command, s.Name, seed)
				sum.Failed = append(sum.Failed, repeat)
				fmt.Fprintf(o.Out, "FAIL  seed %-3d %-22s %6s  %s\n      %v\n      repeat: %s\n", seed, s.Name, took, notes, err, repeat)
			}
		}
	}
	return sum, nil
}

// one runs a scenario with a seed.
func (m *machine) one(ctx context.Context, s Scenario, seed uint64) (notes string, err error) {
	ctx, cancel := context.WithTimeout(ctx, scenarioTimeout)
	defer cancel()
	t, err := newT(ctx, s.Name, seed, m)
	if err != nil {
		return "", err
	}
	err = s.Run(t)
	if ctx.Err() != nil {
		err = errors.Join(err, fmt.Errorf("it took longer than %v", scenarioTimeout))
	}
	for i, server := range t.servers {
		if line := server.broken(); line != "" {
			err = errors.Join(err, fmt.Errorf("the server failed in itself: %s", line))
		}
		if err != nil && !errors.Is(err, ErrSkip) {
			t.Note("log: %s", server.keepLog(fmt.Sprintf("inkling-chaos-%s-%d-%d", s.Name, seed, i)))
		}
	}
	err = errors.Join(err, t.end())
	if err != nil {
		m.close() // what comes next begins with a server that nothing has happened to
	}
	return strings.Join(t.notes, ", "), err
}

// close ends the shared server.
func (m *machine) close() {
	if m.plain != nil {
		m.plain.Kill()
		m.plain = nil
	}
}
