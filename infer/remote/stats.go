package remote

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"inkling/infer"
)

// counters rise from the start.
type counters struct {
	requests, cancelled, errors, prompt, reused, computed, completion atomic.Uint64
}

// add counts an answered request; its prompt once.
func (c *counters) add(all []infer.Usage) {
	c.prompt.Add(uint64(all[0].PromptTokens))
	c.reused.Add(uint64(all[0].ReusedTokens))
	c.computed.Add(uint64(all[0].ComputedTokens))
	for _, u := range all {
		c.completion.Add(uint64(u.CompletionTokens))
	}
}

// Stats returns a snapshot. State is "ok" while every upstream may be used, "degraded" while some may, else "failed";
// rows are the requests that may run at once.
func (e *Engine) Stats() infer.EngineStats {
	usable := 0
	for _, u := range e.upstreams {
		if u.usable() {
			usable++
		}
	}
	state := "degraded"
	switch usable {
	case 0:
		state = "failed"
	case len(e.upstreams):
		state = "ok"
	}
	return infer.EngineStats{
		State: state, Rows: e.cfg.MaxConcurrent, RowsBusy: int(e.running.Load()),
		Requests: e.count.requests.Load(), Cancelled: e.count.cancelled.Load(), Errors: e.count.errors.Load(),
		PromptTokens: e.count.prompt.Load(), ReusedTokens: e.count.reused.Load(), ComputedTokens: e.count.computed.Load(),
		CompletionTokens: e.count.completion.Load(),
	}
}

// Check asks every upstream for its models. It returns nil where at least one serves the configured one, and else why
// each does not.
func (e *Engine) Check(ctx context.Context) error {
	var problems []error
	for i, u := range e.upstreams {
		err := u.check(ctx, e.cfg.Model)
		if err == nil {
			return nil
		}
		problems = append(problems, fmt.Errorf("remote: upstream %d: %w", i, err))
	}
	return errors.Join(problems...)
}

func (u *upstream) check(ctx context.Context, model string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, u.stall, errStalled)
	defer cancel()
	page, err := u.models.List(ctx)
	if err != nil {
		return failure(err, 0)
	}
	var names []string
	for _, m := range page.Data {
		if m.ID == model {
			return nil
		}
		names = append(names, m.ID)
	}
	return fmt.Errorf("it serves %q, not %q", names, model)
}

// Counter estimates tokens for a vocabulary that is not known: one for every three bytes, which is more than code
// takes in the vocabularies in use, so that a window that fits by it fits.
type Counter struct{}

// CountTokens implements [infer.TokenCounter].
func (Counter) CountTokens(text string) int { return (len(text) + 2) / 3 }
