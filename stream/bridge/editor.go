package bridge

import (
	"encoding/json"
	"errors"

	"inkling/contexts"
	"inkling/stream/wire"
)

// Why there are no suggestions: the server is away; it cannot be given the document.
const (
	whyOffline = "offline"
	whyAside   = "unsupported"
)

// takeEditor takes a message of the editor and reports whether it was the last. Its error ends the session.
func (b *bridge) takeEditor(data []byte) (last bool, err error) {
	m, err := wire.Parse(data)
	if err != nil {
		e, _ := errors.AsType[*wire.Error](err)
		return false, b.tell(wire.ErrorResponse(m.ID, e))
	}
	switch {
	case m.IsResponse():
		return false, nil // the server asks nothing
	case m.Method == wire.MethodExit:
		return true, nil
	case m.Method == wire.MethodInitialize && m.IsRequest():
		return false, b.takeInitialize(m)
	case m.IsRequest():
		return false, b.takeRequest(m, data)
	case m.Method == wire.MethodInitialized:
		return false, nil // every connection gets its own
	}
	d, fits := b.mirror(m)
	b.link.wake()
	if b.link.ready {
		err = b.pass(m, data, d)
	}
	if err == nil && !fits && !(b.link.ready && d.held) { // else the server says so
		err = b.lose(d)
	}
	return false, err
}

// takeInitialize keeps the editor's introduction, and connects.
func (b *bridge) takeInitialize(m *wire.Message) error {
	if b.initialize != nil {
		return b.tell(wire.ErrorResponse(m.ID, wire.Errorf(wire.CodeInvalidRequest, "initialize may come only once")))
	}
	var p wire.InitializeParams
	if err := wire.Decode(m.Params, &p); err != nil {
		e, _ := errors.AsType[*wire.Error](err)
		return b.tell(wire.ErrorResponse(m.ID, e))
	}
	b.initialize = m
	b.patience.Reset(b.options.ConnectWait)
	b.link.dial()
	return nil
}

// takeRequest passes a request on, or answers it while the server is away.
func (b *bridge) takeRequest(m *wire.Message, data []byte) error {
	switch {
	case !b.answered:
		return b.tell(wire.ErrorResponse(m.ID, wire.Errorf(wire.CodeServerNotInitialized, "initialize must come first")))
	case b.shutdown:
		return b.tell(wire.ErrorResponse(m.ID, wire.Errorf(wire.CodeInvalidRequest, "nothing but exit may follow shutdown")))
	case m.Method == wire.MethodShutdown:
		b.shutdown = true
		return b.tell(wire.Response(*m.ID, nil))
	}
	b.link.wake()
	if !b.link.ready {
		return b.answerOffline(*m.ID, m.Method)
	}
	if d := b.use(documentOf(m)); d != nil && !d.held {
		if err := b.give(d, nil); err != nil {
			return err
		}
		if !d.held {
			return b.answerEmpty(*m.ID, m.Method, whyAside)
		}
	}
	if _, used := b.pending[*m.ID]; !used { // the server refuses one that is
		b.pending[*m.ID] = m.Method
	}
	b.link.send(data)
	return nil
}

// answerOffline answers a request that the server cannot.
func (b *bridge) answerOffline(id wire.ID, method string) error {
	switch method {
	case wire.MethodComplete, wire.MethodMenu:
		return b.answerEmpty(id, method, whyOffline)
	case wire.MethodExecute:
		return b.tell(wire.Response(id, nil))
	}
	return b.tell(wire.ErrorResponse(&id, wire.Errorf(wire.CodeMethodNotFound, "method: not known while the server is away")))
}

// mirror follows the editor's documents. It returns the one that a message is about, one that it closes too, and whether the message fits
// it: where it does not, the text is lost.
func (b *bridge) mirror(m *wire.Message) (d *document, fits bool) {
	switch m.Method {
	case wire.MethodOpen:
		var p wire.OpenParams
		if wire.Decode(m.Params, &p) != nil {
			return nil, true // the server says why not
		}
		item := p.TextDocument
		if b.docs[item.URI] == nil {
			b.docs[item.URI] = &document{uri: item.URI}
		}
		d = b.use(item.URI)
		d.Document, d.asked = contexts.NewDocument(item.URI, item.LanguageID, item.Version, item.Text), false
	case wire.MethodChange:
		var p wire.ChangeParams
		if wire.Decode(m.Params, &p) != nil {
			return nil, true
		}
		if d = b.use(p.TextDocument.URI); d != nil && d.Document != nil && d.Apply(p.TextDocument.Version, p.ContentChanges, b.encoding) != nil {
			d.Document = nil
			return d, false
		}
	case wire.MethodClose:
		var p wire.CloseParams
		if wire.Decode(m.Params, &p) == nil {
			d = b.docs[p.TextDocument.URI]
			delete(b.docs, p.TextDocument.URI)
		}
	}
	return d, true
}

// introduce returns the parameters of initialize for a connection: the editor's, with the encoding that it was told, and what it
// wants of us.
func (b *bridge) introduce() json.RawMessage {
	set := map[string]any{}
	if b.answered {
		set["capabilities"] = map[string]any{"general": map[string]any{"positionEncodings": []string{b.name}}}
	}
	if b.options.Menu {
		set["initializationOptions"] = map[string]any{"inkling": map[string]any{"menu": true}}
	}
	if len(set) == 0 {
		return b.initialize.Params
	}
	params, err := raw(b.initialize.Params, set)
	if err != nil {
		return b.initialize.Params // it was decoded before
	}
	return params
}
