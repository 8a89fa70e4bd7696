package bridge

import (
	"fmt"
	"strings"
	"testing"

	"inkling/stream"
)

// Messages about a document that is too large for the server's frames, or becomes it.
const (
	frameBytes = 4096
	openLarge  = `{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"textDocument":{"uri":"file:///b","languageId":"go","version":1,"text":"%s"}}}`
	askB       = `{"jsonrpc":"2.0","id":"b","method":"textDocument/inlineCompletion","params":{"textDocument":{"uri":"file:///b"},"position":{"line":0,"character":1},"context":{"triggerKind":1}}}`
	wholeB     = `{"jsonrpc":"2.0","method":"textDocument/didChange","params":{"textDocument":{"uri":"file:///b","version":%d},"contentChanges":[{"text":"%s"}]}}`
	closeB     = `{"jsonrpc":"2.0","method":"textDocument/didClose","params":{"textDocument":{"uri":"file:///b"}}}`
)

func TestADocumentOverTheServersFrameIsLeftOutWhileItIs(t *testing.T) {
	s := startWith(t, "", stream.Config{Limits: stream.Limits{FrameBytes: frameBytes, DocumentBytes: frameBytes / 2}})
	e := attach(t, options(s.address))
	e.initialize()
	much := strings.Repeat("x", frameBytes)
	unsupported := func(when string) {
		t.Helper()
		e.send(askB)
		if list := e.list(); len(list.Items) != 0 || list.Inkling.Why != whyLarge {
			t.Fatalf("%s: %+v", when, list)
		}
	}
	suggested := func(id, before string) {
		t.Helper()
		e.send(id)
		s.serve(before)
		if list := e.list(); len(list.Items) != 1 {
			t.Fatalf("%q: %+v", before, list)
		}
	}
	e.send(openA)
	e.send(fmt.Sprintf(openLarge, much))
	unsupported("opened large")
	e.send(editA)
	suggested(askA, "é = ü") // the session goes on
	e.send(fmt.Sprintf(wholeB, 2, "y"))
	suggested(askB, "y")
	e.send(fmt.Sprintf(wholeB, 3, much))
	unsupported("grown")
	e.send(closeB)
	e.send(fmt.Sprintf(openLarge, "z"))
	suggested(askB, "z")
	if opened := s.server.Stats().Events["sessions_opened"]; opened != 1 {
		t.Errorf("%d sessions, want one that lasts", opened)
	}
}
