package stream

import (
	"encoding/json"
	"fmt"
	"time"

	"inkling/contexts"
	"inkling/infer"
	"inkling/stream/wire"
)

// request is a textDocument/inlineCompletion, or a textDocument/completion, that is not answered yet.
type request struct {
	id       wire.ID
	token    *wire.ID // under which deltas are sent; nil for none
	uri      string
	language string
	version  int32
	settings settings
	menu     *menu      // where its answer is one; else nil
	span     wire.Range // what the answer's texts replace
	lead     string     // what they begin with
	began    time.Time
	window   time.Duration // from then until the prompt was made; 0 where none was

	// The suggestions stand between base and after, of the document as of this request.
	base, after string

	fresh *infer.Request // computes it, where the kept generation that it waits for turns out to say nothing
	along bool           // served from a generation that was begun for an earlier request
	sent  []int          // by item: how far its text was sent; 0 for not begun
	first time.Time      // when the first text was sent or known
}

// complete begins to answer a request for suggestions.
func (s *session) complete(id wire.ID, params json.RawMessage) error {
	var p wire.CompleteParams
	if err := s.decode(params, &p); err != nil {
		return err
	}
	return s.suggest(id, &p, nil)
}

// suggest begins to answer a request; m is nil where the answer is no menu.
func (s *session) suggest(id wire.ID, p *wire.CompleteParams, m *menu) error {
	if err := s.checkOptions(p); err != nil {
		return err
	}
	s.server.counts.add(Requested, 1, nil)
	d, err := s.find(p.TextDocument.URI)
	if err != nil {
		return err
	}
	if err := s.supersede(p); err != nil {
		return err
	}
	r := &request{id: id, token: p.Inkling.StreamToken, uri: p.TextDocument.URI, settings: settingsOf(p), menu: m, began: time.Now()}
	if d.refused != "" {
		r.version = d.last
		r.unsupported(s)
		return nil
	}
	place, err := s.locate(r, d, p)
	if err != nil {
		return err
	}
	return s.dispatch(r, d, place)
}

// supersede answers the document's older request, and refuses the new one where admit does.
func (s *session) supersede(p *wire.CompleteParams) error {
	s.lock()
	defer s.unlock()
	if g := s.running[p.TextDocument.URI]; g != nil {
		g.detach(errSuperseded(), Superseded)
	}
	return s.admit(p.Inkling.StreamToken)
}

// maxSelectedBytes is for the text of the item that is selected in an editor's own menu: every suggestion begins with it.
const maxSelectedBytes = 16 << 10

// checkOptions names the first option that is out of its range.
func (s *session) checkOptions(p *wire.CompleteParams) error {
	o, l := p.Inkling, s.limits
	switch kind := p.Context.TriggerKind; {
	case kind != wire.TriggerInvoked && kind != wire.TriggerAutomatic:
		return wire.Errorf(wire.CodeInvalidParams, "params.context.triggerKind: %d, must be 1 (invoked) or 2 (automatic)", kind)
	case p.Context.Selected != nil && len(p.Context.Selected.Text) > maxSelectedBytes:
		return wire.Errorf(wire.CodeInvalidParams, "params.context.selectedCompletionInfo.text: %d bytes, at most %d",
			len(p.Context.Selected.Text), maxSelectedBytes)
	case o.MaxSuggestions < 0 || o.MaxSuggestions > l.Suggestions:
		return wire.Errorf(wire.CodeInvalidParams, "params.inkling.maxSuggestions: %d, must be 0 to %d", o.MaxSuggestions, l.Suggestions)
	case o.MaxTokens < 0 || o.MaxTokens > l.Tokens:
		return wire.Errorf(wire.CodeInvalidParams, "params.inkling.maxTokens: %d, must be 0 to %d", o.MaxTokens, l.Tokens)
	case o.Temperature < 0 || o.Temperature > l.Temperature:
		return wire.Errorf(wire.CodeInvalidParams, "params.inkling.temperature: %v, must be 0 to %v", o.Temperature, l.Temperature)
	}
	return nil
}

// settingsOf returns what decides what is computed.
func settingsOf(p *wire.CompleteParams) settings {
	o := p.Inkling
	return settings{invoked: p.Context.TriggerKind == wire.TriggerInvoked, suggestions: max(o.MaxSuggestions, 1),
		maxTokens: o.MaxTokens, temperature: o.Temperature, oneLine: o.Multiline != nil && !*o.Multiline}
}

// find returns the open document that a request asks for.
func (s *session) find(uri string) (*document, error) {
	d := s.docs[uri]
	switch {
	case uri == "":
		return nil, errNoURI
	case d == nil:
		return nil, wire.Errorf(wire.CodeInvalidParams, "params.textDocument.uri: the document is not open").Because("not-open")
	case d.stale:
		return nil, wire.Errorf(wire.CodeContentModified, "the document is out of step: open it again").Because("resync")
	case d.Document != nil && d.WaitsInVain():
		s.resync(uri, d)
		return nil, wire.Errorf(wire.CodeContentModified, "the document is out of step: open it again").Because("resync")
	case d.Document != nil && (d.Waits() || s.lacks(d)):
		return nil, errModified() // to one that we do not know yet
	}
	return d, nil
}

// lacks reports whether an edit of a document is on its way that newer ones overtook. One that has not come for longer than edits are late
// was left out: so are others of this client's, until the next one comes late.
func (s *session) lacks(d *document) bool {
	if s.overtakes && d.LacksInVain() {
		s.overtakes = false
	}
	return s.overtakes && d.Lacks()
}

// admit refuses a request that is too many, or whose token belongs to another. The mutex must be held.
func (s *session) admit(token *wire.ID) error {
	switch {
	case s.draining:
		return infer.ErrClosed
	case len(s.requests) >= s.limits.Pending:
		return infer.ErrOverloaded
	case token == nil:
		return nil
	}
	for _, r := range s.requests {
		if r.token != nil && *r.token == *token {
			return wire.Errorf(wire.CodeInvalidParams, "params.inkling.streamToken: in use by a request that is not answered yet")
		}
	}
	return nil
}

// dispatch serves a request from what is kept, or begins to compute it.
func (s *session) dispatch(r *request, d *document, place contexts.Place) error {
	g, served := s.fromKept(r)
	if served {
		return nil
	}
	req, err := s.prompt(r, d, place)
	s.lock()
	defer s.unlock()
	if g != nil && err == nil { // waits for what it says next
		r.fresh = &req
		if adopted, _ := g.adopt(r); adopted {
			return nil
		}
		r.fresh = nil
	}
	if g != nil {
		g.discard()
	}
	if err != nil {
		return err
	}
	s.requests[r.id] = r
	s.start(r, req)
	return nil
}

// fromKept serves a request from the document's generation, and reports whether that has something to say. Where it may
// have by and by, it is returned; where it never will, it is let go of.
func (s *session) fromKept(r *request) (waits *generation, served bool) {
	s.lock()
	defer s.unlock()
	g := s.running[r.uri]
	if g == nil {
		return nil, false
	}
	adopted, now := g.adopt(r)
	if !adopted {
		g.departed()
		g.discard()
		return nil, false
	}
	return g, now
}

// prompt makes the generator's request.
func (s *session) prompt(r *request, d *document, place contexts.Place) (infer.Request, error) {
	place.Others, place.Automatic, place.OneLine = s.others(d), !r.settings.invoked, r.settings.oneLine
	if place.Document != d.Document {
		defer place.Document.Close()
	}
	req, expected := s.expected(r, d, place)
	var err error
	if !expected {
		req, err = s.server.cfg.Builder.Request(place, infer.Options{
			Suggestions: r.settings.suggestions, MaxTokens: r.settings.maxTokens, Temperature: r.settings.temperature})
	}
	if err != nil {
		return infer.Request{}, err
	}
	r.window = time.Since(r.began)
	s.asked++
	req.ID = fmt.Sprintf("%s-%d", s.id, s.asked)
	req.Caller = s.caller
	req.Priority = infer.PriorityAutomatic
	if r.settings.invoked {
		req.Priority = infer.PriorityInvoked
	}
	req.Document = infer.DocumentRef{Session: s.id, URI: r.uri, Version: r.version}
	return req, nil
}

// locate finds the place that a request asks for, and sets what of the request depends on the document.
func (s *session) locate(r *request, d *document, p *wire.CompleteParams) (contexts.Place, error) {
	cursor, err := s.offset(d, "position", p.Position)
	if err != nil {
		return contexts.Place{}, err
	}
	start, end, text := cursor, cursor, d.Text()
	r.span = wire.Range{Start: p.Position, End: p.Position}
	r.version, r.language = d.Version(), d.Language
	s.uses++
	d.used = s.uses
	selected := p.Context.Selected
	if selected != nil {
		if start, err = s.offset(d, "context.selectedCompletionInfo.range.start", selected.Range.Start); err != nil {
			return contexts.Place{}, err
		}
		if end, err = s.offset(d, "context.selectedCompletionInfo.range.end", selected.Range.End); err != nil {
			return contexts.Place{}, err
		}
		if start > cursor || end < cursor {
			return contexts.Place{}, wire.Errorf(wire.CodeInvalidParams,
				"params.context.selectedCompletionInfo.range: must hold the position")
		}
		r.span, r.lead = selected.Range, selected.Text
	}
	r.base, r.after = text[:start], text[end:]
	if selected == nil {
		return contexts.Place{Document: d.Document, Offset: cursor}, nil
	}
	as := d.With(contexts.ByteEdit{Start: start, OldEnd: end, Text: r.lead})
	return contexts.Place{Document: as, Offset: start + len(r.lead)}, nil
}

// offset returns the byte offset of a position of a request's parameters.
func (s *session) offset(d *document, field string, p wire.Position) (int, error) {
	offset, err := d.Offset(p, s.encoding)
	if err != nil {
		return 0, wire.Errorf(wire.CodeInvalidParams, "params.%s: line %d is past the document's end", field, p.Line)
	}
	return offset, nil
}
