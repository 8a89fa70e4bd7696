package bridge

import "testing"

// TestEditsThatOvertakeEachOtherAreMirrored: a server that comes later gets the editor's text too.
func TestEditsThatOvertakeEachOtherAreMirrored(t *testing.T) {
	first := start(t, "", nil)
	e := attach(t, options(first.address))
	e.initialize()
	e.send(openA)
	e.send(`{"jsonrpc":"2.0","method":"textDocument/didChange","params":{"textDocument":{"uri":"file:///a","version":3},"contentChanges":[{"range":{"start":{"line":0,"character":7},"end":{"line":0,"character":7}},"text":"!"}]}}`)
	e.send(editA) // version 2
	e.send(askA)
	first.serve("é = ü")
	e.list()
	first.stop()
	e.log("is away")
	second := start(t, first.address, nil)
	e.log("is back")
	e.send(askA)
	second.serve("é = ü")
	if list := e.list(); len(list.Items) != 1 || list.Inkling.Version != 3 {
		t.Errorf("after the restart: %+v", list)
	}
}

// TestADocumentThatWaitsIsNotOpened: a server that comes back gets the text when it is the editor's.
func TestADocumentThatWaitsIsNotOpened(t *testing.T) {
	e, address := abandoned(t)
	e.send(`{"jsonrpc":"2.0","method":"textDocument/didChange","params":{"textDocument":{"uri":"file:///a","version":3},"contentChanges":[{"range":{"start":{"line":1,"character":0},"end":{"line":1,"character":0}},"text":"!"}]}}`)
	second := start(t, address, nil)
	e.log("is back")
	e.send(askA)
	if list := e.list(); len(list.Items) != 0 || list.Inkling.Why == "" {
		t.Errorf("while it waits: %+v", list)
	}
	e.send(`{"jsonrpc":"2.0","method":"textDocument/didChange","params":{"textDocument":{"uri":"file:///a","version":2},"contentChanges":[{"range":{"start":{"line":0,"character":5},"end":{"line":0,"character":5}},"text":"ü\n"}]}}`)
	e.send(askA)
	second.serve("é = ü")
	if list := e.list(); len(list.Items) != 1 || list.Inkling.Version != 3 {
		t.Errorf("when it has come: %+v", list)
	}
}
