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
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"inkling/contexts"
	"inkling/infer"
	"inkling/stream/internal/scripted"
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
			conn, err := b.pipes.dial(context.Background(), "", "")
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

// faulty panics at some places.
type faulty struct{ scripted.Prompts }

func (p *faulty) Request(place contexts.Place, o infer.Options) (infer.Request, error) {
	if strings.Contains(place.Document.Text(), "trap") {
		panic("hidden detail")
	}
	return p.Prompts.Request(place, o)
}

func TestAFaultCostsItsSessionAlone(t *testing.T) {
	core, logs := observer.New(zap.InfoLevel)
	inBubble(t, Config{Builder: &faulty{}, Logger: zap.New(core)}, func(t *testing.T, b *bubble) {
		well, wellClosed := b.dial()
		b.send(well, initializeMessage)
		conn, closed := b.dial()
		b.send(conn, initializeMessage)
		b.send(conn, `{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"textDocument":{"uri":"file:///a","languageId":"go","version":1,"text":"trap"}}}`)
		b.send(conn, `{"jsonrpc":"2.0","id":2,"method":"textDocument/inlineCompletion","params":{"textDocument":{"uri":"file:///a"},"position":{"line":0,"character":1},"context":{"triggerKind":1}}}`)
		if code := websocket.CloseStatus(<-closed); code != wire.CloseInternal {
			t.Errorf("closed with %d", code)
		}
		if n := logs.FilterMessage("panic").Len(); n != 1 {
			t.Errorf("%d panics were logged", n)
		}
		for _, entry := range logs.All() {
			for name, value := range entry.ContextMap() {
				if text, ok := value.(string); ok && strings.Contains(text, "hidden detail") {
					t.Errorf("the log's %s tells %q", name, text)
				}
			}
		}
		synctest.Wait()
		if n := b.server.Stats().Sessions; n != 1 {
			t.Errorf("%d sessions are left", n)
		}
		select {
		case err := <-wellClosed:
			t.Errorf("the other session: %v", err)
		default:
		}
		_ = well.Close(websocket.StatusNormalClosure, "")
	})
}
