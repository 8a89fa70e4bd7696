package bridge

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"go.uber.org/zap"

	"inkling/contexts"
	"inkling/stream/wire"
)

// encodings are the names of position encodings.
var encodings = map[string]contexts.Encoding{
	wire.EncodingUTF8: contexts.UTF8, wire.EncodingUTF16: contexts.UTF16, wire.EncodingUTF32: contexts.UTF32,
}

// takeServer takes a message of the server. Its error ends the session.
func (b *bridge) takeServer(m incoming) error {
	if m.number != b.link.number || b.link.conn == nil {
		return nil // of an old connection
	}
	if m.err != nil {
		b.link.ended(m.err)
		return b.abandon()
	}
	message, err := wire.Parse(m.data)
	if err != nil {
		b.log.Warn("the server sent no JSON-RPC", zap.Error(err))
		return nil
	}
	switch {
	case message.IsResponse() && message.ID != nil && *message.ID == b.link.introduction():
		return b.welcomed(message)
	case message.IsResponse() && message.ID != nil:
		delete(b.pending, *message.ID)
	case message.Method == wire.MethodResync:
		var p wire.ResyncParams
		if wire.Decode(message.Params, &p) != nil {
			break
		}
		d := b.docs[p.URI]
		if d == nil {
			break
		}
		if d.Document != nil && !d.Waits() {
			return b.give(d, nil)
		}
		b.takeBack(d) // one that waits is given when what it waits for has come after all; the editor need not wait
		d.asked = true
	}
	return b.tell(m.data)
}

// abandon answers what the server will not answer any more.
func (b *bridge) abandon() error {
	for id, method := range b.pending {
		delete(b.pending, id)
		if err := b.answerOffline(id, method); err != nil {
			return err
		}
	}
	if b.link.final && !b.answered {
		return b.answerAlone()
	}
	return nil
}

// welcomed takes the server's answer to initialize: the editor gets it if it still waits for one, and the server gets
// the documents.
func (b *bridge) welcomed(m *wire.Message) error {
	if m.Error != nil {
		b.log.Warn("the server refused the session", zap.Int("code", m.Error.Code))
		if m.Error.Code == wire.CodeInvalidParams {
			b.link.refuse("the server refuses the session: " + m.Error.Message)
		}
		return nil // else it closes, and the code says what then
	}
	b.link.deadline.Stop()
	var result wire.InitializeResult
	if err := json.Unmarshal(m.Result, &result); err != nil {
		b.link.drop("the answer to initialize is malformed")
		return nil
	}
	if spoken := result.Capabilities.Experimental.Inkling.Protocol; spoken != wire.ProtocolVersion {
		b.link.refuse(fmt.Sprintf("the server speaks version %d of the protocol, this program version %d: install the same release of both", spoken, wire.ProtocolVersion))
		return nil
	}
	name := result.Capabilities.PositionEncoding
	if b.answered && name != b.name {
		b.link.drop("the server counts characters otherwise than before")
		return nil
	}
	if !b.answered {
		b.settle(name)
		if err := b.tell(wire.Response(*b.initialize.ID, m.Result)); err != nil {
			return err
		}
	}
	b.link.ready, b.link.since = true, time.Now()
	b.link.send(wire.Notification(wire.MethodInitialized, struct{}{}))
	b.limits = result.Capabilities.Experimental.Inkling.Limits
	if err := b.giveAll(); err != nil {
		return err
	}
	if b.link.away {
		b.link.away = false
		return b.say(messageInfo, "the server is back")
	}
	return nil
}

// settle fixes how characters are counted.
func (b *bridge) settle(name string) {
	b.answered, b.name, b.encoding = true, name, encodings[name]
	b.patience.Stop()
}

// answerAlone answers the editor's initialize without a server.
func (b *bridge) answerAlone() error {
	if b.answered || b.initialize == nil {
		return nil
	}
	var p wire.InitializeParams
	if err := wire.Decode(b.initialize.Params, &p); err != nil {
		return err // it was decoded before
	}
	name := wire.EncodingUTF16
	known := func(offered string) bool { _, ok := encodings[offered]; return ok }
	if i := slices.IndexFunc(p.Capabilities.General.PositionEncodings, known); i >= 0 {
		name = p.Capabilities.General.PositionEncodings[i]
	}
	b.settle(name)
	var menu *wire.MenuOptions
	if b.options.Menu {
		menu = &wire.MenuOptions{TriggerCharacters: wire.MenuTriggers()}
	}
	const incremental = 2 // TextDocumentSyncKind of LSP
	return b.tell(wire.Response(*b.initialize.ID, wire.InitializeResult{
		ServerInfo: wire.ServerInfo{Name: "inkling", Version: whyOffline},
		Capabilities: wire.ServerCapabilities{PositionEncoding: name,
			TextDocumentSync:       wire.SyncOptions{OpenClose: true, Change: incremental},
			CompletionProvider:     menu,
			ExecuteCommandProvider: wire.CommandOptions{Commands: []string{wire.CommandAccept, wire.CommandDismiss}},
			Experimental:           wire.ExperimentalCap{Inkling: wire.InklingCap{Protocol: wire.ProtocolVersion}}},
	}))
}
