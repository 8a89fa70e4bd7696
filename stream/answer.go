package stream

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"inkling/infer"
	"inkling/stream/wire"
)

// flush sends what an item has said and the waiting request has not been sent. The mutex must be held.
func (g *generation) flush(i int) {
	r := g.request
	if r == nil || i >= r.settings.suggestions || g.items[i].dropped {
		return
	}
	it := g.items[i]
	used, whole := it.rest(g.typed)
	from := max(used, r.sent[i])
	if !whole || from >= len(it.text) {
		return
	}
	text := it.text[from:]
	if r.sent[i] == 0 {
		text = r.lead + text
	}
	r.sent[i] = len(it.text)
	if r.first.IsZero() {
		r.first = time.Now()
	}
	if r.token == nil {
		return
	}
	g.show()
	g.session.send(wire.Notification(wire.MethodProgress, wire.Progress{Token: *r.token, Value: wire.Delta{
		Kind: wire.KindDelta, Item: i, Text: text, Confidence: it.confidence(used)}}))
}

// list is the answer to a request. The mutex must be held.
func (g *generation) list(r *request) wire.CompletionList {
	s := g.session
	s.answered++
	list := wire.CompletionList{Items: []wire.CompletionItem{}}
	a := &list.Inkling
	a.ID, a.Version, a.Along = fmt.Sprintf("%s.%d", s.id, s.answered), r.version, r.along
	a.Timings = g.timings(r)
	for i, it := range g.items[:r.settings.suggestions] {
		used, whole := it.rest(g.typed)
		if it.dropped || !whole || used >= len(it.text) {
			continue
		}
		text := r.lead + it.text[used:]
		if slices.ContainsFunc(list.Items, func(other wire.CompletionItem) bool { return other.InsertText == text }) {
			continue
		}
		if len(list.Items) == 0 {
			a.Confidence, a.StopReason, a.Cached = it.confidence(used), string(it.stop), true
		}
		a.Cached = a.Cached && it.cached
		list.Items = append(list.Items, wire.CompletionItem{InsertText: text, Range: r.span,
			Command: wire.Command{Title: "Accepted", Command: wire.CommandAccept,
				Arguments: []wire.SuggestionRef{{ID: a.ID, Item: i}}},
			Inkling: wire.ItemInfo{Item: i, Confidence: it.confidence(used), StopReason: string(it.stop)}})
	}
	if len(list.Items) == 0 {
		a.Why = string(g.why())
		return list
	}
	g.show()
	s.remember(a.ID, g)
	return list
}

// why says why there is nothing to show: the first reason that an item names.
func (g *generation) why() infer.Why {
	for _, it := range g.items {
		if it.why != "" {
			return it.why
		}
	}
	return infer.WhyEmpty
}

// timings says where the time went. A request that was served from an earlier one's text cost nothing.
func (g *generation) timings(r *request) wire.Timings {
	t := wire.Timings{TotalMs: milliseconds(time.Since(r.began))}
	if !r.first.IsZero() {
		t.FirstMs = milliseconds(r.first.Sub(r.began))
	}
	if r.along {
		return t
	}
	t.WindowMs = milliseconds(r.window)
	for i, it := range g.items {
		u := it.usage
		if i == 0 {
			t.QueueMs, t.PrefillMs, t.FirstTokenMs, t.PromptTokens = u.QueueMs, u.PrefillMs, u.FirstTokenMs, u.PromptTokens
			t.ReusedTokens = u.ReusedTokens
		}
		t.ComputedTokens += u.ComputedTokens
		t.CompletionTokens += u.CompletionTokens
	}
	return t
}

// milliseconds returns a duration in ms, to three decimals.
func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// answer answers with a list. The mutex must be held.
func (r *request) answer(s *session, list wire.CompletionList) {
	delete(s.requests, r.id)
	if r.menu != nil {
		s.send(wire.Response(r.id, r.asMenu(list, s.encoding)))
	} else {
		s.send(wire.Response(r.id, list))
	}
	s.note(Answered, nil)
	if r.along {
		s.note(TypedAlong, nil)
	}
	s.drained()
}

// refuse answers with an error, and counts it as an event. The mutex must be held.
func (r *request) refuse(s *session, why *wire.Error, as Event) {
	delete(s.requests, r.id)
	if r.menu != nil && why.Code == wire.CodeContentModified {
		s.send(wire.Response(r.id, wire.EmptyMenu())) // some editors show errors, and this is none to their users
	} else {
		s.send(wire.ErrorResponse(&r.id, why))
	}
	s.note(as, nil)
	s.drained()
}

// afresh computes a request whose generation ended without an answer to it; where that was its own, the generation's
// error is the answer. The mutex must be held.
func (r *request) afresh(s *session, err error) {
	var retry *infer.RetryError
	switch {
	case r.fresh != nil:
		req := *r.fresh
		r.fresh, r.along = nil, false
		s.start(r, req)
	case errors.Is(err, infer.ErrQuota):
		list := r.empty(s, infer.WhyQuota)
		if errors.As(err, &retry) {
			list.Inkling.RetryAfterMs = max(retry.After.Milliseconds(), 1)
		}
		r.answer(s, list)
	default:
		r.refuse(s, errorOf(err), Refused)
	}
}

// empty is an answer without items. The mutex must be held.
func (r *request) empty(s *session, why infer.Why) wire.CompletionList {
	s.answered++
	return wire.CompletionList{Items: []wire.CompletionItem{}, Inkling: wire.Answer{
		ID: fmt.Sprintf("%s.%d", s.id, s.answered), Version: r.version, Why: string(why),
		Timings: wire.Timings{WindowMs: milliseconds(r.window), TotalMs: milliseconds(time.Since(r.began))}}}
}

// unsupported answers a request for a document whose text was refused: the editor works on, without suggestions.
func (r *request) unsupported(s *session) {
	s.lock()
	defer s.unlock()
	r.answer(s, r.empty(s, infer.WhyUnsupported))
}

// cancelRequest ends a request before its next token.
func (s *session) cancelRequest(params json.RawMessage) error {
	var p wire.CancelParams
	if err := s.decode(params, &p); err != nil {
		return err
	}
	s.lock()
	defer s.unlock()
	r := s.requests[p.ID]
	if r == nil {
		return nil // answered already
	}
	g := s.running[r.uri]
	g.detach(errCancelled(), Cancelled)
	g.discard()
	return nil
}
