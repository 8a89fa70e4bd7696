package bridge

import (
	"strings"
	"testing"
)

const (
	askMenu  = `{"jsonrpc":"2.0","id":"menu","method":"textDocument/completion","params":{"textDocument":{"uri":"file:///a"},"position":{"line":0,"character":5}}}`
	noMenu   = `{"isIncomplete":true,"items":[]}`
	helloRaw = `{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"processId":7,"capabilities":{"general":{"positionEncodings":["utf-8"]}},"initializationOptions":{"inkling":{"userId":"ada"}}}}`
)

// TestAnEditorWithoutInlineCompletionGetsAMenu has the server away at first: what the editor is offered must not hang on it.
func TestAnEditorWithoutInlineCompletionGetsAMenu(t *testing.T) {
	s := start(t, "", nil)
	address := s.address
	s.stop()
	o := options(address)
	o.Menu, o.ConnectWait = true, 1
	e := attach(t, o)
	e.send(helloRaw)
	for away, offered := false, false; !away || !offered; { // in either order
		m := e.next()
		away = away || strings.Contains(string(m.Params), "is away")
		offered = offered || strings.Contains(string(m.Result), `"completionProvider":{"triggerCharacters":["."`)
		if m.IsResponse() && !offered {
			t.Fatalf("the menu is not offered: %s", m.Result)
		}
	}
	e.send(openA)
	e.send(askMenu)
	if m := e.read(); string(m.Result) != noMenu {
		t.Errorf("while the server is away: %s, %v", m.Result, m.Error)
	}
	s = start(t, address, nil)
	e.log("is back")
	e.send(askMenu)
	s.serve("é = ")
	if m := e.read(); !strings.Contains(string(m.Result), `"newText":"x"`) {
		t.Errorf("once it is back: %s, %v", m.Result, m.Error)
	}
	if who := s.server.Sessions(); len(who) != 1 || who[0].User != "ada" {
		t.Errorf("what else the editor said is lost: %+v", who)
	}
}
