package stream

import (
	"context"
	"testing"
	"time"

	"github.com/coder/websocket"

	"inkling/contexts"
	"inkling/infer"
	"inkling/stream/internal/scripted"
)

// slowPrompts takes a second to make a prompt.
type slowPrompts struct{ scripted.Prompts }

func (p *slowPrompts) Request(place contexts.Place, o infer.Options) (infer.Request, error) {
	time.Sleep(time.Second) // of the bubble
	return p.Prompts.Request(place, o)
}

// A request whose prompt is being made when the server is told to end was taken in: it has an answer.
func TestARequestThatIsTakenInWhileTheServerEndsIsAnswered(t *testing.T) {
	inBubble(t, Config{Builder: &slowPrompts{}}, func(t *testing.T, b *bubble) {
		ctx := context.Background()
		conn, _, err := websocket.Dial(ctx, "ws://localhost/", &websocket.DialOptions{HTTPClient: b.client})
		if err != nil {
			t.Fatal(err)
		}
		answers := make(chan string, 8)
		go func() {
			defer close(answers)
			for {
				_, message, err := conn.Read(ctx)
				if err != nil {
					return
				}
				answers <- string(message)
			}
		}()
		b.send(conn, initializeMessage)
		<-answers
		b.send(conn, `{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"textDocument":{"uri":"file:///a","languageId":"go","version":1,"text":"a"}}}`)
		b.send(conn, `{"jsonrpc":"2.0","id":2,"method":"textDocument/inlineCompletion","params":{"textDocument":{"uri":"file:///a"},"position":{"line":0,"character":1},"context":{"triggerKind":1}}}`)
		time.Sleep(500 * time.Millisecond) // of the bubble: the prompt is half made
		ended := make(chan error)
		go func() { ended <- b.server.Close(ctx) }()
		if answer, ok := <-answers; !ok {
			t.Error("the session was closed without an answer")
		} else {
			t.Log(answer)
		}
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}
