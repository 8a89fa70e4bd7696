package stream

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/gobwas/ws"

	"inkling/fuzztest"
	"inkling/infer"
	"inkling/stream/internal/scripted"
	"inkling/stream/pipetest"
)

const upgradeRequest = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
	"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"

// FuzzSocket sends any bytes after an upgrade. Whatever they are, the server answers in whole frames that a server may send, and nothing of
// the session is left once the client is gone.
func FuzzSocket(f *testing.F) {
	masked := func(frames ...ws.Frame) (all []byte) {
		for _, one := range frames {
			all = append(all, ws.MustCompileFrame(ws.MaskFrame(one))...)
		}
		return all
	}
	text := []byte(initializeMessage)
	f.Add(masked(ws.NewTextFrame(text), ws.NewTextFrame([]byte(openMessage)), ws.NewCloseFrame(nil)))
	f.Add(masked(ws.NewFrame(ws.OpText, false, text[:9]), ws.NewPingFrame([]byte("x")), ws.NewFrame(ws.OpContinuation, true, text[9:])))
	f.Add(masked(ws.NewBinaryFrame([]byte{1, 2, 3})))
	f.Add(masked(ws.NewCloseFrame(ws.NewCloseFrameBody(1000, "bye")), ws.NewTextFrame(text)))
	f.Add(ws.MustCompileFrame(ws.NewTextFrame(text)))                              // without a mask
	f.Add([]byte{0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff})      // a length below 0
	f.Add([]byte{0x81, 0xff, 0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0, 'x'}) // 2 GiB
	f.Add([]byte{0xf1, 0x80, 0, 0, 0, 0, 0x8b, 0x80, 0, 0, 0, 0, 0x80, 0x80, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		defer fuzztest.Within(3 * time.Minute)()
		if len(data) > 1<<16 {
			return
		}
		server, err := New(Config{Generator: &scripted.Model{Answer: answerShortly}, Builder: &scripted.Prompts{}, Model: func() infer.Model { return testModel }})
		if err != nil {
			t.Fatal(err)
		}
		there := pipetest.New()
		door := &http.Server{Handler: server}
		served := make(chan error, 1)
		go func() { served <- door.Serve(there) }()
		conn, err := there.Dial(context.Background(), "", "")
		if err != nil {
			t.Fatal(err)
		}
		read := make(chan struct{})
		go func() {
			defer close(read)
			readFrames(t, conn)
		}()
		_, _ = conn.Write(append([]byte(upgradeRequest), data...)) // the server may have closed before all was taken
		_ = conn.Close()
		<-read
		if err := server.Close(context.Background()); err != nil {
			t.Error(err)
		}
		if s := server.Stats(); s.Sessions != 0 || s.Documents != 0 || s.Generations != 0 || s.QueuedBytes != 0 {
			t.Errorf("left behind: %+v", s)
		}
		_ = door.Close() // the listener has no errors
		<-served
	})
}

// readFrames reads an upgrade's answer and then frames until the end, and checks each.
func readFrames(t *testing.T, from io.Reader) {
	in := bufio.NewReader(from)
	if _, err := http.ReadResponse(in, nil); err != nil {
		return // the client left first
	}
	for {
		//lint:ignore SA1019 the peer is our own server
		frame, err := ws.ReadFrame(in)
		if err != nil {
			return
		}
		h := frame.Header
		switch {
		case h.Masked, h.Rsv != 0, !h.Fin, h.OpCode.IsReserved(), h.OpCode == ws.OpBinary, h.OpCode == ws.OpContinuation:
			t.Errorf("a frame that the server may not send: %+v", h)
		case h.OpCode == ws.OpText && !utf8.Valid(frame.Payload):
			t.Errorf("not UTF-8: %q", frame.Payload)
		}
	}
}
