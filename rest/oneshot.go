package rest

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"inkling/contexts"
	"inkling/infer"
)

// ask is what a door makes of its request.
type ask struct {
	Place    contexts.Place
	Options  infer.Options
	Caller   infer.Caller
	Priority infer.Priority // automatic: what is not sure enough is not shown
	Raw      bool           // what the model says, as it says it: no finisher
}

// request makes the generator's request of an ask.
func (s *server) request(a ask) (infer.Request, error) {
	a.Place.Automatic = a.Priority == infer.PriorityAutomatic
	req, err := s.cfg.Builder.Request(a.Place, a.Options)
	if err != nil {
		return infer.Request{}, err
	}
	req.ID, req.Caller, req.Priority = newID(), a.Caller, a.Priority
	if a.Raw && !s.cfg.Builder.Excluded(a.Place.Document.URI) {
		req.NewFinisher = nil
	}
	return req, nil
}

// suggestion is one suggestion as it grew.
type suggestion struct {
	Text    string // released
	LogProb float64
	Stop    infer.StopReason
	Why     infer.Why
	Cached  bool
	Usage   infer.Usage
	Pieces  []piece // only where they are asked for
}

// piece is raw text of one delta with the log-probability of its tokens.
type piece struct {
	Text    string
	LogProb float64
}

// confidence is the product of the probabilities of the released tokens.
func confidence(logProb float64) float64 { return math.Exp(min(logProb, 0)) }

// errEnough is returned by an onDelta that has what it wants; it ends the generation and is no failure.
var errEnough = fail(0, "enough", "the door has enough")

// generate ranges over the generator, hands each delta to onDelta (which may be nil), and returns the suggestions by
// index. An error of onDelta ends the generation and is returned.
func (s *server) generate(ctx context.Context, req infer.Request, onDelta func(infer.Delta) error) ([]suggestion, error) {
	req.ID = requestID(ctx) + "." + req.ID // a request may have several prompts
	ctx, cancel := context.WithTimeout(ctx, s.limits.GenerationTimeout)
	defer cancel()
	all := make([]suggestion, max(req.Options.Suggestions, 1))
	texts := make([]strings.Builder, len(all))
	collect := func() []suggestion {
		for i := range all {
			all[i].Text = texts[i].String()
		}
		return all
	}
	for d, err := range s.cfg.Generator.Generate(ctx, req) {
		if err != nil {
			return nil, err
		}
		if d.Suggestion < 0 || d.Suggestion >= len(all) {
			return nil, fmt.Errorf("%w: a delta of suggestion %d of %d", infer.ErrRuntime, d.Suggestion, len(all))
		}
		texts[d.Suggestion].WriteString(d.Text)
		all[d.Suggestion].take(d)
		if onDelta == nil {
			continue
		}
		if err := onDelta(d); err == errEnough {
			return collect(), nil
		} else if err != nil {
			return nil, err
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return collect(), nil
}

// take adds a delta's figures.
func (g *suggestion) take(d infer.Delta) {
	g.LogProb, g.Cached = d.LogProb, d.Cached
	if d.Raw != "" {
		g.Pieces = append(g.Pieces, piece{d.Raw, d.RawLogProb})
	}
	if d.Stop != "" {
		g.Stop, g.Why = d.Stop, d.Why
	}
	if d.Usage != nil {
		g.Usage = *d.Usage
	}
}

// distinct returns the suggestions that have text, each text once with its best confidence, the surest first.
func distinct(all []suggestion) []suggestion {
	var kept []suggestion
	for _, g := range all {
		if g.Text == "" {
			continue
		}
		i := slices.IndexFunc(kept, func(k suggestion) bool { return k.Text == g.Text })
		if i < 0 {
			kept = append(kept, g)
		} else if g.LogProb > kept[i].LogProb {
			kept[i] = g
		}
	}
	slices.SortStableFunc(kept, func(a, b suggestion) int { return cmp.Compare(b.LogProb, a.LogProb) })
	return kept
}

// whyEmpty returns the reason of the first suggestion that names one.
func whyEmpty(all []suggestion) infer.Why {
	for _, g := range all {
		if g.Why != "" {
			return g.Why
		}
	}
	return infer.WhyEmpty
}

// milliseconds returns the time since start in ms, to three decimals.
func milliseconds(start time.Time) float64 { return float64(time.Since(start).Microseconds()) / 1000 }
