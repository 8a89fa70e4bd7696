package stream

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"
	"github.com/gobwas/ws"

	"inkling/stream/wire"
)

func TestASessionOutlivesTheRequestThatBeganIt(t *testing.T) {
	inBubble(t, Config{}, func(t *testing.T, b *bubble) {
		returned := make(chan context.Context, 1)
		b.http.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			b.server.ServeHTTP(w, r)
			returned <- r.Context()
		})
		conn, closed := b.dial()
		request := <-returned
		synctest.Wait()
		if request.Err() == nil {
			t.Error("the request goes on")
		}
		b.send(conn, initializeMessage)
		time.Sleep(time.Minute) // of the bubble: pings go to and fro
		if n := b.server.Stats().Sessions; n != 1 {
			t.Fatalf("%d sessions", n)
		}
		if err := b.server.Close(context.Background()); err != nil {
			t.Error(err)
		}
		if code := websocket.CloseStatus(<-closed); code != wire.CloseRestarting {
			t.Errorf("closed with %d", code)
		}
	})
}

// A client may send its first message without waiting for the answer to its upgrade.
func TestWhatComesWithTheUpgradeIsRead(t *testing.T) {
	for _, size := range []int{0, 100, 3_000, 100_000} { // of the message, besides its words
		inBubble(t, Config{}, func(t *testing.T, b *bubble) {
			message := strings.Replace(initializeMessage, `{}`, `{"x":"`+strings.Repeat("x", size)+`"}`, 1)
			frame := ws.MustCompileFrame(ws.MaskFrame(ws.NewTextFrame([]byte(message))))
			conn, err := b.pipes.Dial(context.Background(), "", "")
			if err != nil {
				t.Fatal(err)
			}
			written := make(chan error, 1)
			go func() {
				_, err := io.WriteString(conn, upgradeRequest+string(frame))
				written <- err
			}()
			var answer strings.Builder
			for !strings.Contains(answer.String(), `"serverInfo"`) {
				part := make([]byte, 4096)
				n, err := conn.Read(part)
				if err != nil {
					t.Fatalf("%d bytes: after %q: %v", size, answer.String(), err)
				}
				answer.Write(part[:n])
			}
			if err := <-written; err != nil {
				t.Error(err)
			}
			_ = conn.Close() // the session ends with it
		})
	}
}
