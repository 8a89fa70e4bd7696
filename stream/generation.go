package stream

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"go.uber.org/zap"

	"inkling/infer"
	"inkling/stream/wire"
)

// generation is what computes suggestions at one place, and what it has said so far. It may serve several requests,
// one after the other, as the user types along. The session's mutex guards all fields but the first five.
type generation struct {
	session  *session
	uri      string
	language string
	settings settings
	cancel   context.CancelFunc

	// The suggestions stand between base and after: the document is base, something typed, after.
	base, after string
	lead        string // what each item's text begins with: the text of the editor's selected item, or nothing
	typed       string // stands between base and after now

	items    []*item
	request  *request // that is being served; nil while nobody waits
	outcome  *outcome // of what the client was shown; nil before
	finished bool
	gone     bool // discarded: nothing may be said any more
	expiry   *time.Timer
}

// settings are those options of a request that decide what is computed.
type settings struct {
	invoked     bool
	suggestions int
	maxTokens   int
	temperature float64
	oneLine     bool
}

// serve reports whether what is computed for g also answers a request for o.
func (g settings) serve(o settings) bool {
	return (g.invoked || !o.invoked) && g.suggestions >= o.suggestions && g.maxTokens == o.maxTokens &&
		g.temperature == o.temperature && g.oneLine == o.oneLine
}

// start makes a generation for a request and runs it. The mutex must be held.
func (s *session) start(r *request, req infer.Request) {
	ctx, cancel := context.WithTimeout(s.ctx, s.limits.GenerationTimeout)
	g := &generation{session: s, uri: r.uri, language: r.language, settings: r.settings, cancel: cancel,
		base: r.base, after: r.after, lead: r.lead, typed: r.lead, request: r}
	for range r.settings.suggestions {
		g.items = append(g.items, &item{text: r.lead, raw: r.lead})
	}
	r.sent = make([]int, len(g.items))
	s.running[r.uri] = g
	s.wg.Go(func() { g.run(ctx, req) })
}

// run takes what the generator yields. It runs in its own goroutine.
func (g *generation) run(ctx context.Context, req infer.Request) {
	defer g.session.contain()
	defer g.cancel()
	for d, err := range g.session.server.cfg.Generator.Generate(ctx, req) {
		if err == nil {
			err = g.take(d)
		}
		if err != nil {
			g.log(ctx, req.ID, err)
			g.end(err)
			return
		}
	}
	g.end(nil)
}

// log logs what is the server's fault.
func (g *generation) log(ctx context.Context, id string, err error) {
	if ctx.Err() == nil && errorOf(err).Code != wire.CodeServerCancelled && !errors.Is(err, infer.ErrQuota) {
		g.session.server.log.Warn("generation failed", zap.String("session", g.session.id),
			zap.String("request", id), zap.Error(err))
	}
}

// errGone ends a generation that nobody wants any more.
var errGone = fmt.Errorf("stream: the generation was discarded: %w", context.Canceled)

// take adds a delta, and sends it where somebody waits.
func (g *generation) take(d infer.Delta) error {
	s := g.session
	s.lock()
	defer s.unlock()
	if g.gone {
		return errGone
	}
	if d.Suggestion < 0 || d.Suggestion >= len(g.items) {
		return fmt.Errorf("%w: a delta of suggestion %d of %d", infer.ErrRuntime, d.Suggestion, len(g.items))
	}
	if math.IsNaN(d.LogProb) || math.IsInf(d.LogProb, -1) {
		return fmt.Errorf("%w: a delta whose log-probability is %v", infer.ErrRuntime, d.LogProb) // no JSON can be made of it
	}
	it := g.items[d.Suggestion]
	it.take(d)
	if g.typed != g.lead && !it.fits(g.typed, g.lead) {
		it.dropped = true
		if g.outrun() {
			return errGone
		}
	}
	g.flush(d.Suggestion)
	return nil
}

// outrun ends a generation none of whose items says what was typed, and reports whether it did: the request that
// waits for it is computed afresh.
func (g *generation) outrun() bool {
	for _, it := range g.items {
		if !it.dropped {
			return false
		}
	}
	r := g.request
	g.request = nil
	g.discard()
	if r != nil {
		r.afresh(g.session, errGone)
	}
	return true
}

// end answers the request that waits, if one does, and keeps what was said for typing along.
func (g *generation) end(err error) {
	s := g.session
	s.lock()
	defer s.unlock()
	if g.gone {
		return
	}
	g.finished = true
	r := g.request
	switch {
	case err != nil:
		g.request = nil
		g.discard()
		if r != nil {
			r.afresh(s, err)
		}
	case r != nil:
		g.conclude()
	default:
		g.keep()
	}
}

// conclude answers the request with all that was said. The mutex must be held.
func (g *generation) conclude() {
	r, s := g.request, g.session
	g.request = nil
	list := g.list(r)
	if len(list.Items) == 0 {
		g.discard()
		if r.fresh != nil {
			r.afresh(s, nil)
			return
		}
	}
	r.answer(s, list)
	if len(list.Items) > 0 {
		g.keep()
	}
}

// keep keeps what was said, for a time, where there is something left of it to type. The mutex must be held.
func (g *generation) keep() {
	left := false
	for _, it := range g.items {
		left = left || it.fits(g.typed, g.lead)
	}
	if !left || g.session.draining {
		g.discard()
		return
	}
	if g.expiry == nil {
		g.expiry = time.AfterFunc(g.session.limits.KeepTime, g.expire)
	} else {
		g.expiry.Reset(g.session.limits.KeepTime)
	}
}

// expire discards a generation that nobody has asked for since it was kept.
func (g *generation) expire() {
	defer g.session.contain()
	g.session.lock()
	defer g.session.unlock()
	if g.request == nil {
		g.discard()
	}
}

// detach answers the request that waits with an error. The generation goes on, for a time. The mutex must be held.
func (g *generation) detach(why *wire.Error, as Event) {
	if g.request == nil {
		return
	}
	g.request.refuse(g.session, why, as)
	g.request = nil
	g.keep()
}

// discard ends the generation; the request that waited must have been answered. The mutex must be held.
func (g *generation) discard() {
	if g.gone {
		return
	}
	g.gone = true
	g.cancel()
	if g.expiry != nil {
		g.expiry.Stop()
	}
	if g.session.running[g.uri] == g {
		delete(g.session.running, g.uri)
	}
	g.base, g.after, g.items = "", "", nil // documents are large
}
