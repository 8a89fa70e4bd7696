package bridge

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"go.uber.org/zap"

	"inkling/contexts"
	"inkling/stream/wire"
)

// document is a document of the editor. The server has it too, unless its message is over the server's limit for one, at which that would
// end the session, again and again; or it is too large for it, or waits for an edit; or the server takes no more, and it is the one used
// longest ago. What is asked about a document that the server cannot be given is answered here.
type document struct {
	uri                string
	*contexts.Document        // nil where its text is lost: the editor is to open it again
	used               uint64 // when it was last used, by the bridge's count
	held               bool   // the server has it
	said               bool   // the editor was told that it is too large
	asked              bool   // and on this connection asked to open it again
}

// size is what the document takes of the server's limit of a session, in bytes.
func (d *document) size() int {
	if d.Document == nil {
		return 0
	}
	return d.Size()
}

// use returns a document of the editor, which is used now; nil where it has none of this name.
func (b *bridge) use(uri string) *document {
	d := b.docs[uri]
	if d != nil {
		b.uses++
		d.used = b.uses
	}
	return d
}

// fits reports whether the server takes a message of this size.
func (b *bridge) fits(message []byte) bool {
	return b.limits.FrameBytes == 0 || int64(len(message)) <= b.limits.FrameBytes
}

// takes reports whether the server takes a text of this size.
func (b *bridge) takes(d *document) bool {
	return b.limits.DocumentBytes == 0 || d.Document == nil || len(d.Text()) <= b.limits.DocumentBytes
}

// pass sends the server a notification of the editor. Where that is about a document, the server then has it as the editor does, if it can.
func (b *bridge) pass(m *wire.Message, data []byte, d *document) error {
	switch {
	case d != nil && m.Method == wire.MethodClose:
		b.takeBack(d)
		return nil
	case d != nil && m.Method == wire.MethodOpen:
		return b.give(d, data)
	case d != nil && (!d.held || !b.takes(d) || !b.fits(data)):
		return b.give(d, nil)
	case !b.fits(data):
		b.log.Warn("leaving out a message that is too large", zap.String("method", m.Method), zap.Int("bytes", len(data)))
		return nil
	}
	if d != nil {
		b.makeRoom(d) // it may have grown
	}
	b.link.send(data)
	return nil
}

// give opens a document on the server, if the server can have it; by the editor's own message where that says what its text is.
func (b *bridge) give(d *document, message []byte) error {
	switch {
	case d.Document == nil || d.WaitsInVain():
		return b.lose(d)
	case d.Waits():
		b.takeBack(d) // until what it waits for has come
		return nil
	}
	size := len(d.Text())
	if b.takes(d) {
		if message == nil {
			message = wire.Notification(wire.MethodOpen, wire.OpenParams{TextDocument: wire.DocumentItem{
				URI: d.URI, LanguageID: d.Language, Version: d.Version(), Text: d.Text()}})
		}
		if b.fits(message) {
			b.makeRoom(d)
			b.link.send(message)
			d.held, d.said = true, false
			return nil
		}
		size = len(message)
	}
	b.takeBack(d)
	if d.said {
		return nil
	}
	d.said = true
	return b.say(messageInfo, fmt.Sprintf("a document of %d bytes is left out: the server takes %d, in messages of %d", size, b.limits.DocumentBytes, b.limits.FrameBytes))
}

// lose forgets a text that is not the editor's any more, and asks for it, once on each connection.
func (b *bridge) lose(d *document) error {
	b.takeBack(d)
	d.Document = nil
	if d.asked {
		return nil
	}
	d.asked = true
	return b.tell(wire.Notification(wire.MethodResync, wire.ResyncParams{URI: d.uri}))
}

// over reports whether so many documents, of so many bytes together, are more than the server takes.
func (b *bridge) over(documents, bytes int) bool {
	return b.limits.Documents > 0 && documents > b.limits.Documents || b.limits.SessionBytes > 0 && bytes > b.limits.SessionBytes
}

// makeRoom has the server close the documents used longest ago until it can have one more, or one that has grown.
func (b *bridge) makeRoom(of *document) {
	for {
		n, bytes, oldest := 1, of.size(), (*document)(nil)
		for _, d := range b.docs {
			if !d.held || d == of {
				continue
			}
			if n, bytes = n+1, bytes+d.size(); oldest == nil || d.used < oldest.used {
				oldest = d
			}
		}
		if oldest == nil || !b.over(n, bytes) {
			return
		}
		b.takeBack(oldest)
	}
}

// takeBack has the server close a document, if it has it.
func (b *bridge) takeBack(d *document) {
	if d.held {
		d.held = false
		b.link.send(wire.Notification(wire.MethodClose, wire.CloseParams{TextDocument: wire.DocumentID{URI: d.uri}}))
	}
}

// giveAll opens the editor's documents on a server that has none, those used last of them, as many as it takes. The last of all comes
// last: the server counts their use by this order.
func (b *bridge) giveAll() error {
	all := slices.SortedFunc(maps.Values(b.docs), func(x, y *document) int { return cmp.Compare(y.used, x.used) })
	n, bytes := 0, 0
	for _, d := range all {
		d.held, d.asked = false, false
	}
	for n < len(all) && !b.over(n+1, bytes+all[n].size()) {
		bytes += all[n].size()
		n++
	}
	for _, d := range slices.Backward(all[:n]) {
		if err := b.give(d, nil); err != nil {
			return err
		}
	}
	return nil
}

// documentOf returns the URI of the document that a request for suggestions is about; "" where it is none.
func documentOf(m *wire.Message) string {
	var p wire.CloseParams // what both begin with
	if (m.Method == wire.MethodComplete || m.Method == wire.MethodMenu) && wire.Decode(m.Params, &p) == nil {
		return p.TextDocument.URI
	}
	return ""
}

// answerEmpty answers a request for suggestions without any.
func (b *bridge) answerEmpty(id wire.ID, method, why string) error {
	if method == wire.MethodMenu {
		return b.tell(wire.Response(id, wire.EmptyMenu()))
	}
	return b.tell(wire.Response(id, wire.CompletionList{Items: []wire.CompletionItem{}, Inkling: wire.Answer{Why: why}}))
}
