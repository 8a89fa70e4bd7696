package stream

import (
	"context"
	"unicode/utf8"

	"inkling/contexts"
	"inkling/infer"
)

// firstWindow is how much of a document is prefilled when it is opened: prompts for places near its top begin with it.
// Where the cursor will be is not known then.
const firstWindow = 3_000 // bytes, some 1,000 tokens

// foreseen is the request that is likely to come next: by typing, where the last edit ended. The session's reader alone
// touches it.
type foreseen struct {
	uri     string
	version int32
	offset  int
	req     infer.Request
}

// foresee makes the request that is likely to come next, and lets its prompt be prefilled while nobody asks for anything.
// What was prefilled before is not wanted any more.
func (s *session) foresee(d *document, offset int) {
	s.foreseen = nil
	if s.stopPrefill != nil {
		s.stopPrefill() // it is of an older text
	}
	if s.server.cfg.Ahead == nil || d.Document == nil || d.stale || !s.server.cfg.Ahead.Idle() {
		return
	}
	place := contexts.Place{Document: d.Document, Offset: offset, Others: s.others(d), Automatic: true}
	req, err := s.server.cfg.Builder.Request(place, infer.Options{Suggestions: 1})
	if err != nil || req.NoStore || req.Prompt.Prefix == "" {
		return // what is wrong is said when somebody asks
	}
	s.foreseen = &foreseen{uri: d.URI, version: d.Version(), offset: offset, req: req}
	req.Document = infer.DocumentRef{Session: s.id, URI: d.URI, Version: d.Version()}
	s.prefill(req)
}

// expected returns the request that was foreseen, where it is the one that a place and options ask for.
func (s *session) expected(r *request, d *document, place contexts.Place) (infer.Request, bool) {
	f := s.foreseen
	if f == nil || f.uri != r.uri || f.version != d.Version() || f.offset != place.Offset || place.Document != d.Document ||
		r.settings != (settings{suggestions: 1}) {
		return infer.Request{}, false
	}
	return f.req, true
}

// prefill computes a request's prompt at the lowest priority.
func (s *session) prefill(req infer.Request) {
	var ctx context.Context
	ctx, s.stopPrefill = context.WithTimeout(s.ctx, s.limits.GenerationTimeout)
	s.lock()
	req.Caller = s.caller
	s.unlock()
	req.Caller.Door, req.Priority = infer.DoorWarm, infer.PrioritySpeculative
	req.NewFinisher, req.Options.MaxTokens = nil, 1
	stop := s.stopPrefill
	s.wg.Go(func() {
		defer s.contain()
		defer stop()
		for range s.server.cfg.Ahead.Generate(ctx, req) {
			continue // where it is refused or gives way, nothing is lost
		}
	})
}

// runeStart is where the last character begins, or ends, that fits into n bytes of a text.
func runeStart(text string, n int) int {
	if len(text) <= n {
		return len(text)
	}
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return n
}
