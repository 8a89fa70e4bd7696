package stream

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// TestASessionThatSendsWithoutEndIsReadAtItsPace sends what may come at once, and then as much as takes five seconds; another
// session beside it is answered at once.
func TestASessionThatSendsWithoutEndIsReadAtItsPace(t *testing.T) {
	inBubble(t, Config{Limits: Limits{MessageRate: 20}}, func(t *testing.T, b *bubble) {
		conn, _, err := websocket.Dial(context.Background(), "ws://localhost/", &websocket.DialOptions{HTTPClient: b.client})
		if err != nil {
			t.Fatal(err)
		}
		ask := func(conn *websocket.Conn, padding int) time.Duration {
			start := time.Now()
			b.send(conn, `{"jsonrpc":"2.0","id":7,"method":"nothing"}`+strings.Repeat(" ", padding))
			if _, _, err := conn.Read(context.Background()); err != nil {
				t.Fatal(err)
			}
			return time.Since(start)
		}
		for i := range 20 * paceBurst {
			if took := ask(conn, 0); took != 0 {
				t.Fatalf("message %d of the burst waited for %v", i, took)
			}
		}
		start := time.Now()
		for range 20 {
			ask(conn, 0)
		}
		ask(conn, 79*paceBytes) // as 80 of them
		if took := time.Since(start); took.Round(time.Millisecond) != 5*time.Second {
			t.Errorf("100 messages at 20 a second took %v", took)
		}
		other, _, err := websocket.Dial(context.Background(), "ws://localhost/", &websocket.DialOptions{HTTPClient: b.client})
		if err != nil {
			t.Fatal(err)
		}
		if took := ask(other, 0); took != 0 {
			t.Errorf("another session waited for %v", took)
		}
		for _, c := range []*websocket.Conn{conn, other} {
			if err := c.CloseNow(); err != nil {
				t.Error(err)
			}
		}
	})
}
