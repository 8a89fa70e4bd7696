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
