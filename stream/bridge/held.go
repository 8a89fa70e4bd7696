package bridge

import (
	"go.uber.org/zap"

	"inkling/contexts"
	"inkling/stream/wire"
)

// large are the documents whose messages are over the server's limit for one: the server would end the session at each
// of them, again and again. It does not have such a document; what is asked about it is answered here.
type large struct {
	limits    wire.Limits     // the server's, of its last answer to initialize
	documents map[string]bool // by URI
}

// fits reports whether the server takes a message of this size.
func (l *large) fits(message []byte) bool {
	return l.limits.FrameBytes == 0 || int64(len(message)) <= l.limits.FrameBytes
}

// pass sends the server a notification of the editor, where it fits and its document does.
func (b *bridge) pass(m *wire.Message, data []byte) {
	if b.large.fits(data) && len(b.large.documents) == 0 {
		b.link.send(data)
		return
	}
	uri := documentOf(m)
	switch {
	case b.large.documents[uri] && m.Method == wire.MethodClose:
		delete(b.large.documents, uri) // the server does not have it
	case b.large.documents[uri]:
		if d := b.docs[uri]; d != nil && len(d.Text()) <= b.large.limits.DocumentBytes {
			delete(b.large.documents, uri)
			b.open(d)
		}
	case b.large.fits(data):
		b.link.send(data)
	case b.docs[uri] != nil:
		if m.Method == wire.MethodChange {
			b.link.send(wire.Notification(wire.MethodClose, wire.CloseParams{TextDocument: wire.DocumentID{URI: uri}}))
		}
		b.large.documents[uri] = true
	default:
		b.log.Warn("leaving out a message that is too large", zap.String("method", m.Method), zap.Int("bytes", len(data)))
	}
}

// documentOf returns the URI of the document that a message is about; "" where it is about none.
func documentOf(m *wire.Message) string {
	switch m.Method {
	case wire.MethodOpen, wire.MethodChange, wire.MethodClose, wire.MethodComplete, wire.MethodMenu:
		var p wire.CloseParams // what all of them begin with
		if wire.Decode(m.Params, &p) == nil {
			return p.TextDocument.URI
		}
	}
	return ""
}

// open sends the server a document as the editor has it, where it fits, and is known: one that waits for an edit comes when it has it.
func (b *bridge) open(d *contexts.Document) {
	if d.Waits() {
		b.large.documents[d.URI] = true
		return
	}
	message := wire.Notification(wire.MethodOpen, wire.OpenParams{TextDocument: wire.DocumentItem{
		URI: d.URI, LanguageID: d.Language, Version: d.Version(), Text: d.Text()}})
	if !b.large.fits(message) {
		b.large.documents[d.URI] = true
		return
	}
	b.link.send(message)
}

// isLarge reports whether a request is about a document that the server does not have.
func (b *bridge) isLarge(m *wire.Message) bool {
	return len(b.large.documents) > 0 && (m.Method == wire.MethodComplete || m.Method == wire.MethodMenu) && b.large.documents[documentOf(m)]
}

// answerEmpty answers a request for suggestions without any.
func (b *bridge) answerEmpty(id wire.ID, method, why string) error {
	if method == wire.MethodMenu {
		return b.tell(wire.Response(id, wire.EmptyMenu()))
	}
	return b.tell(wire.Response(id, wire.CompletionList{Items: []wire.CompletionItem{}, Inkling: wire.Answer{Why: why}}))
}
