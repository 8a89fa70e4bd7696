package stream

import (
	"cmp"
	"encoding/json"
	"errors"
	"slices"

	"inkling/contexts"
	"inkling/stream/wire"
)

// document is an open document of a session. The session's reader alone touches it.
type document struct {
	*contexts.Document        // nil where the text was refused
	refused            string // why; "" where it was not
	last               int32  // version, where the text was refused
	stale              bool   // out of step with the client's: it must be opened again
	used               uint64 // when it was used last, by the session's count
}

// Limits of a document's names: they are compared, and stand in prompts, at every request.
const (
	maxURIBytes      = 4 << 10
	maxLanguageBytes = 64
)

// errNoURI refuses a message that names no document.
var errNoURI = wire.Errorf(wire.CodeInvalidParams, "params.textDocument.uri: missing")

// didOpen takes in a document, in place of one of the same name.
func (s *session) didOpen(params json.RawMessage) error {
	var p wire.OpenParams
	if err := s.decode(params, &p); err != nil {
		return err
	}
	item := p.TextDocument
	switch {
	case item.URI == "":
		return errNoURI
	case len(item.URI) > maxURIBytes:
		return wire.Errorf(wire.CodeInvalidParams, "params.textDocument.uri: %d bytes, at most %d", len(item.URI), maxURIBytes)
	case len(item.LanguageID) > maxLanguageBytes:
		return wire.Errorf(wire.CodeInvalidParams, "params.textDocument.languageId: %d bytes, at most %d", len(item.LanguageID), maxLanguageBytes)
	}
	s.forget(item.URI, errModified())
	s.drop(item.URI)
	if len(s.docs) >= s.limits.Documents {
		return wire.Errorf(wire.CodeInvalidParams, "params.textDocument.uri: %d documents are open, at most %d",
			len(s.docs), s.limits.Documents)
	}
	s.uses++
	d := &document{used: s.uses, last: item.Version}
	text := contexts.NewDocument(item.URI, or(item.LanguageID, "plaintext"), item.Version, item.Text)
	text.Share(s.allowance)
	if d.refused = s.tooMuch(text); d.refused == "" {
		d.Document = text
	}
	s.keep(item.URI, d)
	if d.refused != "" {
		return wire.Errorf(wire.CodeInvalidParams, "params.textDocument.text: %s", d.refused)
	}
	s.foresee(d, runeStart(item.Text, firstWindow))
	return nil
}

// tooMuch says why a further document is refused; "" where it is not.
func (s *session) tooMuch(d *contexts.Document) string {
	switch l := s.limits; {
	case len(d.Text()) > l.DocumentBytes:
		return wire.Errorf(0, "%d bytes, at most %d", len(d.Text()), l.DocumentBytes).Message
	case s.docBytes+d.Size() > l.SessionBytes:
		return wire.Errorf(0, "%d bytes with the other open documents, 4 for each line, at most %d", s.docBytes+d.Size(), l.SessionBytes).Message
	}
	return ""
}

// keep adds a document.
func (s *session) keep(uri string, d *document) {
	s.docs[uri] = d
	if d.Document != nil {
		s.docBytes += d.Size()
	}
	s.lock()
	s.open = len(s.docs)
	s.unlock()
}

// drop closes a document, if it is open.
func (s *session) drop(uri string) {
	d := s.docs[uri]
	if d == nil {
		return
	}
	if d.Document != nil {
		s.docBytes -= d.Size()
		d.Close()
	}
	delete(s.docs, uri)
	s.lock()
	defer s.unlock()
	s.open = len(s.docs)
	s.retention.forget(uri)
}

// forget ends what runs for a document, and answers its request with why.
func (s *session) forget(uri string, why *wire.Error) {
	s.lock()
	defer s.unlock()
	if g := s.running[uri]; g != nil {
		g.detach(why, Superseded)
		g.discard()
	}
}

// didClose closes a document.
func (s *session) didClose(params json.RawMessage) error {
	var p wire.CloseParams
	if err := s.decode(params, &p); err != nil {
		return err
	}
	s.forget(p.TextDocument.URI, errClosedDocument())
	s.foreseen = nil
	s.drop(p.TextDocument.URI)
	return nil
}

// changed is the part of didChange's parameters that says which document changes.
type changed struct {
	TextDocument struct {
		URI     string `json:"uri"`
		Version *int32 `json:"version"`
	} `json:"textDocument"`
}

// changeParams are those of didChange, such that a text that is missing is seen.
type changeParams struct {
	changed
	ContentChanges []struct {
		Range *wire.Range `json:"range"`
		Text  *string     `json:"text"`
	} `json:"contentChanges"`
}

// changes checks the parameters, and returns the changes.
func (p *changeParams) changes(most int) ([]contexts.Change, error) {
	if p.TextDocument.Version == nil {
		return nil, wire.Errorf(wire.CodeInvalidParams, "params.textDocument.version: missing")
	}
	if n := len(p.ContentChanges); n > most {
		return nil, wire.Errorf(wire.CodeInvalidParams, "params.contentChanges: %d changes, at most %d", n, most)
	}
	changes := make([]contexts.Change, len(p.ContentChanges))
	for i, c := range p.ContentChanges {
		if c.Text == nil {
			return nil, wire.Errorf(wire.CodeInvalidParams, "params.contentChanges[%d].text: missing", i)
		}
		changes[i] = contexts.Change{Range: c.Range, Text: *c.Text}
	}
	return changes, nil
}

// didChange edits a document. What was asked of the older version is answered first of all.
func (s *session) didChange(params json.RawMessage) error {
	var p changeParams
	err := s.decode(params, &p)
	if err != nil && p.TextDocument.URI == "" {
		_ = wire.Decode(params, &p.changed) // of too many values, which make nothing here: its document is out of step all the same
	}
	uri := p.TextDocument.URI
	if uri == "" {
		return cmp.Or(err, error(errNoURI))
	}
	s.outdate(uri)
	var changes []contexts.Change
	if err == nil {
		changes, err = p.changes(s.limits.Changes)
	}
	d := s.docs[uri]
	switch {
	case err != nil, d == nil:
		s.resync(uri, d)
		return err
	case d.stale:
		return nil // the client was told already
	case d.refused != "":
		d.last = *p.TextDocument.Version
		return nil // likewise
	}
	return s.edit(d, *p.TextDocument.Version, changes)
}

// outdate answers what was asked of a document's older version.
func (s *session) outdate(uri string) {
	s.lock()
	defer s.unlock()
	if g := s.running[uri]; g != nil {
		g.detach(errModified(), Superseded)
	}
}

// edit applies changes to a document, and keeps its generation where they type what that says.
func (s *session) edit(d *document, version int32, changes []contexts.Change) error {
	before, late := d.Size(), version <= d.Version()
	edits, err := d.ApplyEdits(version, changes, s.encoding)
	if err != nil {
		s.docBytes += d.Size() - before
		s.resync(d.URI, d)
		if errors.Is(err, contexts.ErrVersion) || errors.Is(err, contexts.ErrRange) {
			return nil
		}
		return err
	}
	s.overtakes = s.overtakes || late
	s.uses++
	d.used = s.uses
	s.docBytes -= before
	if d.Size() > before {
		d.refused = s.tooMuch(d.Document)
	}
	s.docBytes += d.Size()
	if d.refused != "" {
		return s.refuseGrown(d, version)
	}
	if !s.typedOn(d, edits) && len(edits) > 0 {
		last := edits[len(edits)-1]
		s.foresee(d, last.Start+len(last.Text))
	}
	return nil
}

// typedOn reports whether edits typed what the document's generation says; where they did not, that is let go of.
func (s *session) typedOn(d *document, edits []contexts.ByteEdit) bool {
	s.lock()
	defer s.unlock()
	s.foreseen = nil
	s.retention.follow(d.URI, d.Text(), edits)
	g := s.running[d.URI]
	if g == nil {
		return false
	}
	if g.follow(d.Text()) {
		return true
	}
	g.departed()
	g.discard()
	return false
}

// refuseGrown lets go of a document that an edit has made too large. It stays open, without a text.
func (s *session) refuseGrown(d *document, version int32) error {
	s.forget(d.URI, errModified())
	s.docBytes -= d.Size()
	uri, why := d.URI, d.refused
	d.Close()
	s.docs[uri] = &document{refused: why, used: d.used, last: version}
	s.lock()
	defer s.unlock()
	s.retention.forget(uri)
	return wire.Errorf(wire.CodeInvalidParams, "params.contentChanges: the document has %s", why)
}

// resync asks the client to open a document again, because an edit did not fit. d is nil where it is not open.
func (s *session) resync(uri string, d *document) {
	s.forget(uri, errModified())
	if d != nil {
		d.stale = true
		if d.Document != nil {
			before := d.Size()
			d.StopWaiting()
			s.docBytes += d.Size() - before
		}
	}
	s.lock()
	defer s.unlock()
	s.note(Resynced, nil)
	s.send(wire.Notification(wire.MethodResync, wire.ResyncParams{URI: uri}))
}

// others returns the documents besides one, the most recently used first.
func (s *session) others(than *document) []*contexts.Document {
	var all []*document
	for _, d := range s.docs {
		if d != than && d.Document != nil && !d.stale && !d.Waits() {
			all = append(all, d)
		}
	}
	slices.SortFunc(all, func(a, b *document) int { return cmp.Compare(b.used, a.used) })
	docs := make([]*contexts.Document, len(all))
	for i, d := range all {
		docs[i] = d.Document
	}
	return docs
}
