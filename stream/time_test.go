package stream

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"

	"inkling/infer"
	"inkling/stream/internal/scripted"
	"inkling/stream/pipetest"
	"inkling/stream/wire"
)

// bubble is a server in a bubble of its own time.
type bubble struct {
	t      *testing.T
	server *Server
	model  *scripted.Model
	pipes  *pipetest.Listener
	http   *http.Server
	client *http.Client
}

// inBubble runs a test with a server, and closes that at the end.
func inBubble(t *testing.T, cfg Config, test func(t *testing.T, b *bubble)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		b := &bubble{t: t, model: &scripted.Model{}, pipes: pipetest.New()}
		cfg.Generator = b.model
		if cfg.Builder == nil {
			cfg.Builder = &scripted.Prompts{}
		}
		cfg.Model = func() infer.Model { return testModel }
		var err error
		if b.server, err = New(cfg); err != nil {
			t.Fatal(err)
		}
		b.http = &http.Server{Handler: b.server}
		go func() { _ = b.http.Serve(b.pipes) }() // ends with Close
		b.client = &http.Client{Transport: &http.Transport{DialContext: b.pipes.Dial}}
		test(t, b)
		if err := b.server.Close(context.Background()); err != nil {
			t.Errorf("closing: %v", err)
		}
		_ = b.http.Close() // the listener has no errors
		b.client.CloseIdleConnections()
		synctest.Wait()
		if n := b.model.Running(); n != 0 || b.server.Stats().Sessions != 0 {
			t.Errorf("left behind: %d generations, %+v", n, b.server.Stats())
		}
	})
}

// dial opens a session whose client answers pings by itself, and hands over what it receives.
func (b *bubble) dial() (*websocket.Conn, <-chan error) {
	b.t.Helper()
	conn, _, err := websocket.Dial(context.Background(), "ws://localhost/", &websocket.DialOptions{HTTPClient: b.client})
	if err != nil {
		b.t.Fatal(err)
	}
	closed := make(chan error, 1)
	go func() {
		for {
			if _, _, err := conn.Read(context.Background()); err != nil {
				closed <- err
				return
			}
		}
	}()
	return conn, closed
}

func (b *bubble) send(conn *websocket.Conn, message string) {
	b.t.Helper()
	if err := conn.Write(context.Background(), websocket.MessageText, []byte(message)); err != nil {
		b.t.Fatal(err)
	}
}

const initializeMessage = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"capabilities":{}}}`

func TestAnIdleSessionIsClosedExactlyThen(t *testing.T) {
	inBubble(t, Config{Limits: Limits{IdleTimeout: 30 * time.Minute}}, func(t *testing.T, b *bubble) {
		conn, closed := b.dial()
		b.send(conn, initializeMessage)
		time.Sleep(20 * time.Minute) // in the bubble's time
		b.send(conn, `{"jsonrpc":"2.0","method":"$/alive"}`)
		start := time.Now()
		if code := websocket.CloseStatus(<-closed); code != wire.CloseIdle {
			t.Errorf("closed with %d", code)
		}
		if after := time.Since(start); after != 30*time.Minute {
			t.Errorf("closed %v after the last message", after)
		}
	})
}

func TestASessionThatDoesNotIdentifyItselfIsClosed(t *testing.T) {
	inBubble(t, Config{Auth: keys{}}, func(t *testing.T, b *bubble) {
		start := time.Now()
		_, closed := b.dial()
		if code := websocket.CloseStatus(<-closed); code != wire.CloseLate {
			t.Errorf("closed with %d", code)
		}
		if after := time.Since(start); after != 15*time.Second {
			t.Errorf("closed after %v", after)
		}
	})
}

func TestAnIdentifiedSessionIsNotClosedAsLate(t *testing.T) {
	inBubble(t, Config{Auth: keys{"": {User: "ada"}}}, func(t *testing.T, b *bubble) {
		conn, closed := b.dial()
		b.send(conn, initializeMessage)
		time.Sleep(10 * time.Minute)
		select {
		case err := <-closed:
			t.Errorf("closed: %v", err)
		default:
		}
		if err := conn.Close(websocket.StatusNormalClosure, ""); err != nil {
			t.Error(err)
		}
	})
}

// upgrade opens a session by hand: a client that neither reads nor answers pings unless the test does.
func (b *bubble) upgrade() (net.Conn, *bufio.Reader) {
	b.t.Helper()
	conn, err := b.pipes.Dial(context.Background(), "", "")
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err = io.WriteString(conn, upgradeRequest); err != nil {
		b.t.Fatal(err)
	}
	in := bufio.NewReader(conn)
	response, err := http.ReadResponse(in, nil)
	if err != nil || response.StatusCode != http.StatusSwitchingProtocols {
		b.t.Fatalf("upgrade: %+v, %v", response, err)
	}
	return conn, in
}

func TestAClientThatDoesNotAnswerPingsIsGivenUp(t *testing.T) {
	inBubble(t, Config{}, func(t *testing.T, b *bubble) {
		start := time.Now()
		conn, in := b.upgrade()
		rest, err := io.ReadAll(in) // the ping, which is not answered, and the end
		if err != nil || len(rest) < 2 || rest[0] != 0x89 {
			t.Errorf("read %x, %v", rest, err)
		}
		if after := time.Since(start); after != 30*time.Second { // 20 s to the ping, 10 s for the pong
			t.Errorf("given up after %v", after)
		}
		_ = conn.Close() // broken already
	})
}

func TestAClientThatDoesNotReadIsGivenUp(t *testing.T) {
	inBubble(t, Config{Limits: Limits{PingInterval: time.Hour}}, func(t *testing.T, b *bubble) {
		conn, _ := b.upgrade()
		start := time.Now()
		// A pipe holds nothing: the answer to this cannot be written until somebody reads. The mask is all zeros.
		frame := append([]byte{0x81, 0x80 | byte(len(initializeMessage)), 0, 0, 0, 0}, initializeMessage...)
		if _, err := conn.Write(frame); err != nil {
			t.Fatal(err)
		}
		for b.server.Stats().Sessions > 0 {
			time.Sleep(time.Second) // in the bubble's time
		}
		if after := time.Since(start); after < 10*time.Second || after > 30*time.Second { // and the library's own 5 s and 5 s
			t.Errorf("given up after %v", after)
		}
		if n := b.server.Stats().Events["slow_closed"]; n != 1 {
			t.Errorf("%d were counted as slow", n)
		}
		_ = conn.Close() // broken already
	})
}

const (
	openMessage = `{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"textDocument":{"uri":"file:///a","languageId":"go","version":1,"text":""}}}`
	askMessage  = `{"jsonrpc":"2.0","id":2,"method":"textDocument/inlineCompletion","params":{"textDocument":{"uri":"file:///a"},"position":{"line":0,"character":0},"context":{"triggerKind":1}}}`
)

func TestCloseLetsARunningGenerationFinish(t *testing.T) {
	inBubble(t, Config{}, func(t *testing.T, b *bubble) {
		conn, closed := b.dial()
		b.send(conn, initializeMessage)
		b.send(conn, openMessage)
		b.send(conn, askMessage)
		run := b.model.Next(context.Background())
		ended := make(chan error)
		start := time.Now()
		go func() { ended <- b.server.Close(context.Background()) }()
		time.Sleep(2 * time.Second)
		run.Say(0, "x", -1)
		run.End(0, infer.StopEnd, nil)
		if err := <-ended; err != nil {
			t.Errorf("Close returned %v", err)
		}
		if took := time.Since(start); took != 2*time.Second {
			t.Errorf("Close took %v", took)
		}
		if err := <-closed; websocket.CloseStatus(err) != wire.CloseRestarting {
			t.Errorf("the client was told %v", err)
		}
		if n := b.server.Stats().Events["answered"]; n != 1 {
			t.Errorf("%d answers", n)
		}
	})
}

func TestCloseEndsAGenerationThatTakesTooLong(t *testing.T) {
	inBubble(t, Config{}, func(t *testing.T, b *bubble) {
		conn, closed := b.dial()
		b.send(conn, initializeMessage)
		b.send(conn, openMessage)
		b.send(conn, askMessage)
		run := b.model.Next(context.Background())
		start := time.Now()
		if err := b.server.Close(context.Background()); err != nil {
			t.Errorf("Close returned %v", err)
		}
		if took := time.Since(start); took != 5*time.Second {
			t.Errorf("Close took %v", took)
		}
		if err := <-closed; websocket.CloseStatus(err) != wire.CloseRestarting {
			t.Errorf("the client was told %v", err)
		}
		<-run.Ended()
	})
}

func TestCloseBreaksConnectionsWhenItsContextEnds(t *testing.T) {
	inBubble(t, Config{}, func(t *testing.T, b *bubble) {
		conn, _ := b.upgrade() // does not read, and so does not take the close
		synctest.Wait()
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if err := b.server.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Close returned %v", err)
		}
		_ = conn.Close() // broken already
	})
}

func TestAGenerationThatTakesTooLongIsAnError(t *testing.T) {
	inBubble(t, Config{}, func(t *testing.T, b *bubble) {
		conn, _, err := websocket.Dial(context.Background(), "ws://localhost/", &websocket.DialOptions{HTTPClient: b.client})
		if err != nil {
			t.Fatal(err)
		}
		b.send(conn, initializeMessage)
		b.send(conn, openMessage)
		b.send(conn, askMessage)
		run := b.model.Next(context.Background())
		_, _, _ = conn.Read(context.Background()) // the answer to initialize
		start := time.Now()
		_, answer, err := conn.Read(context.Background())
		if err != nil || !strings.Contains(string(answer), `"reason":"timeout"`) || time.Since(start) != time.Minute {
			t.Errorf("after %v: %s, %v", time.Since(start), answer, err)
		}
		<-run.Ended()
		_ = conn.Close(websocket.StatusNormalClosure, "")
	})
}

func TestAKeptSuggestionIsForgottenInTime(t *testing.T) {
	inBubble(t, Config{}, func(t *testing.T, b *bubble) {
		conn, _ := b.dial()
		b.send(conn, initializeMessage)
		b.send(conn, openMessage)
		b.send(conn, askMessage)
		run := b.model.Next(context.Background())
		run.Say(0, "x", -1)
		run.End(0, infer.StopEnd, nil)
		synctest.Wait()
		if n := b.server.Stats().Generations; n != 1 {
			t.Errorf("%d generations are kept", n)
		}
		time.Sleep(30 * time.Second)
		synctest.Wait()
		if n := b.server.Stats().Generations; n != 0 {
			t.Errorf("%d generations are kept after 30 s", n)
		}
		_ = conn.Close(websocket.StatusNormalClosure, "")
	})
}

func TestASessionOverAByteStreamEndsWithIt(t *testing.T) {
	inBubble(t, Config{}, func(t *testing.T, b *bubble) {
		here, there := net.Pipe()
		ended := make(chan error)
		go func() { ended <- b.server.ServeConn(there) }()
		in, out := wire.NewReader(here, 1<<20), wire.NewWriter(here)
		for _, message := range []string{initializeMessage, openMessage, askMessage} {
			if err := out.Write([]byte(message)); err != nil {
				t.Fatal(err)
			}
		}
		run := b.model.Next(context.Background())
		run.Say(0, "x", -1)
		run.End(0, infer.StopEnd, nil)
		for range 2 {
			if _, err := in.Read(); err != nil {
				t.Fatal(err)
			}
		}
		if err := here.Close(); err != nil {
			t.Error(err)
		}
		if err := <-ended; err != nil {
			t.Errorf("ServeConn returned %v", err)
		}
	})
}
