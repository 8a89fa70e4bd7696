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
		if list := e.list(); len(list.Items) != 0 || list.Inkling.Why != whyAside {
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

// Messages about one of many documents.
const (
	openN = `{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"textDocument":{"uri":"file:///%[1]d","languageId":"go","version":1,"text":"%[1]d"}}}`
	editN = `{"jsonrpc":"2.0","method":"textDocument/didChange","params":{"textDocument":{"uri":"file:///%d","version":%d},"contentChanges":[{"range":{"start":{"line":0,"character":1},"end":{"line":0,"character":1}},"text":"y"}]}}`
	askN  = `{"jsonrpc":"2.0","id":"n","method":"textDocument/inlineCompletion","params":{"textDocument":{"uri":"file:///%d"},"position":{"line":0,"character":%d},"context":{"triggerKind":1}}}`
)

// TestOfMoreDocumentsThanTheServerTakesItHasThoseUsedLast: none of them is asked for again, and none is without suggestions.
func TestOfMoreDocumentsThanTheServerTakesItHasThoseUsedLast(t *testing.T) {
	config := stream.Config{Limits: stream.Limits{Documents: 2}}
	first := startWith(t, "", config)
	e := attach(t, options(first.address))
	e.initialize()
	suggested := func(s *site, n, column int, before string) {
		t.Helper()
		e.send(fmt.Sprintf(askN, n, column))
		s.serve(before)
		if list := e.list(); len(list.Items) != 1 {
			t.Fatalf("%q: %+v", before, list)
		}
	}
	for n := range 4 {
		e.send(fmt.Sprintf(openN, n))
	}
	suggested(first, 0, 1, "0") // used longest ago
	e.send(fmt.Sprintf(editN, 1, 2))
	suggested(first, 1, 2, "1y")
	if open := first.server.Stats().Documents; open != 2 {
		t.Errorf("%d documents are open", open)
	}
	first.stop()
	e.log("is away")
	second := startWith(t, first.address, config)
	e.log("is back")
	if open := second.server.Stats().Documents; open > 2 {
		t.Errorf("%d documents are open", open)
	}
	suggested(second, 1, 2, "1y")
	suggested(second, 3, 1, "3")
	for _, s := range []*site{first, second} {
		if events := s.server.Stats().Events; events["resynced"] != 0 {
			t.Errorf("events: %v", events)
		}
	}
}

// TestATextOverTheServersLimitIsLeftOutOnce: its message is not over the limit of one, and it is given when it is small.
func TestATextOverTheServersLimitIsLeftOutOnce(t *testing.T) {
	s := startWith(t, "", stream.Config{Limits: stream.Limits{DocumentBytes: 8}})
	e := attach(t, options(s.address))
	e.initialize()
	e.send(fmt.Sprintf(openLarge, "123456789"))
	e.log("a document of 9 bytes is left out: the server takes 8")
	e.send(fmt.Sprintf(wholeB, 2, "1234567890"))
	e.send(fmt.Sprintf(wholeB, 3, "y"))
	e.send(askB)
	s.serve("y")
	if m := e.next(); m.Method != "" { // nothing was said twice
		t.Errorf("said %s %s", m.Method, m.Params)
	}
}

// TestADocumentThatIsLostIsAskedForOnce: its edits do not fit what the bridge knows, while no server does.
func TestADocumentThatIsLostIsAskedForOnce(t *testing.T) {
	e, address := abandoned(t)
	const backwards = `{"jsonrpc":"2.0","method":"textDocument/didChange","params":{"textDocument":{"uri":"file:///a","version":1},"contentChanges":[{"text":"a"}]}}`
	e.send(backwards)
	if m := e.read(); m.Method != "inkling/resync" || !strings.Contains(string(m.Params), "file:///a") {
		t.Fatalf("told %+v", m)
	}
	second := start(t, address, nil)
	e.log("is back")
	e.send(editA)
	e.send(askA)
	if list := e.list(); len(list.Items) != 0 || list.Inkling.Why != whyAside {
		t.Errorf("while it is lost: %+v", list)
	}
	e.send(openA)
	e.send(editA)
	e.send(askA)
	second.serve("é = ü")
	if list := e.list(); len(list.Items) != 1 {
		t.Errorf("opened again: %+v", list)
	}
}
