package stream

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"inkling/infer"
	"inkling/stream/internal/scripted"
)

// TestOnlyWhoseEditsOvertakeEachOtherIsHeldUp: a client that leaves versions out is answered at once; one whose edit came late waits while
// one is missing, until that would be too late.
func TestOnlyWhoseEditsOvertakeEachOtherIsHeldUp(t *testing.T) {
	inBubble(t, Config{}, func(t *testing.T, b *bubble) {
		b.model.Answer = func(r *scripted.Run) { r.End(0, infer.StopEnd, nil) }
		conn, _, err := websocket.Dial(context.Background(), "ws://localhost/", &websocket.DialOptions{HTTPClient: b.client})
		if err != nil {
			t.Fatal(err)
		}
		read := func() string {
			_, data, err := conn.Read(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			return string(data)
		}
		b.send(conn, initializeMessage)
		read()
		b.send(conn, openMessage)
		for i, c := range []struct {
			after   time.Duration
			version int
			held    bool
		}{
			{0, 3, false}, {0, 5, false}, // leaves 2 and 4 out
			{0, 4, true}, {0, 2, false}, // they come late
			{0, 7, true}, {2 * time.Second, 8, true}, {time.Second, 9, false}, // 6 never does
			{0, 11, false}, {0, 10, false}, {0, 13, false}, // nor did it when 10 came
		} {
			time.Sleep(c.after)
			b.send(conn, fmt.Sprintf(`{"jsonrpc":"2.0","method":"textDocument/didChange","params":{"textDocument":{"uri":"file:///a","version":%d},"contentChanges":[{"range":{"start":{"line":0,"character":0},"end":{"line":0,"character":0}},"text":"x"}]}}`, c.version))
			b.send(conn, fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"textDocument/inlineCompletion","params":{"textDocument":{"uri":"file:///a"},"position":{"line":0,"character":0},"context":{"triggerKind":2}}}`, i+2))
			if answer := read(); strings.Contains(answer, `"reason":"modified"`) != c.held || !c.held && !strings.Contains(answer, `"items"`) {
				t.Errorf("version %d: %s", c.version, answer)
			}
		}
		if err := conn.Close(websocket.StatusNormalClosure, ""); err != nil {
			t.Fatal(err)
		}
	})
}
