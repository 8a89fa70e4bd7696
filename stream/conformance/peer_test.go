package conformance

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"go.uber.org/goleak"

	"inkling/infer"
	"inkling/stream"
	"inkling/stream/internal/scripted"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is a limit against hanging; nothing here is timed.
const patience = 20 * time.Second

// dial opens a session whose frames the test writes and reads itself.
func dial(t *testing.T, limits stream.Limits) *peer {
	t.Helper()
	server, err := stream.New(stream.Config{Generator: &scripted.Model{}, Builder: &scripted.Prompts{}, Limits: limits,
		Model: func() infer.Model { return infer.Model{Name: "scripted", ContextTokens: 2048, MaxTokens: 64} }})
	if err != nil {
		t.Fatal(err)
	}
	door := httptest.NewServer(server)
	conn, reader, _, err := ws.Dial(context.Background(), "ws"+strings.TrimPrefix(door.URL, "http"))
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	if reader == nil {
		reader = bufio.NewReader(conn)
	}
	p := &peer{t: t, conn: conn, in: reader}
	t.Cleanup(func() {
		conn.Close()
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := server.Close(ctx); err != nil {
			t.Error(err)
		}
		door.Close()
		if s := server.Stats(); s.Sessions != 0 {
			t.Errorf("%d sessions are left", s.Sessions)
		}
	})
	p.text(`{"jsonrpc":"2.0","id":"hello","method":"initialize","params":{"capabilities":{}}}`)
	if got := p.message(); !strings.Contains(got, `"id":"hello"`) || !strings.Contains(got, `"serverInfo"`) {
		t.Fatalf("initialize: %.200s", got)
	}
	return p
}

// peer is a client at the level of frames.
type peer struct {
	t       *testing.T
	conn    net.Conn
	in      *bufio.Reader
	writing sync.WaitGroup // what is still sent while the server may end the session
}

// frame sends one masked frame.
func (p *peer) frame(op ws.OpCode, fin bool, payload []byte) {
	p.t.Helper()
	p.write(masked(ws.NewFrame(op, fin, payload)))
}

func masked(f ws.Frame) []byte { return ws.MustCompileFrame(ws.MaskFrame(f)) }

// write sends bytes. The server may have closed already: what it says is read afterwards.
func (p *peer) write(data []byte) {
	p.t.Helper()
	if _, err := p.conn.Write(data); err != nil && !isClosed(err) {
		p.t.Error(err)
	}
}

// chopped sends bytes in pieces of n.
func (p *peer) chopped(data []byte, n int) {
	p.t.Helper()
	for len(data) > 0 {
		piece := data[:min(n, len(data))]
		p.write(piece)
		data = data[len(piece):]
	}
}

// way is how frames are cut up for the network. Only the bytes are the protocol's, and a server must not see a difference.
type way func(p *peer, frames ...ws.Frame)

// inOne sends frames in one write.
func inOne(p *peer, frames ...ws.Frame) {
	p.t.Helper()
	var all []byte
	for _, f := range frames {
		all = append(all, masked(f)...)
	}
	p.write(all)
}

// byFrame sends each frame in a write of its own.
func byFrame(p *peer, frames ...ws.Frame) {
	p.t.Helper()
	for _, f := range frames {
		p.write(masked(f))
	}
}

// byOctet sends each byte in a write of its own.
func byOctet(p *peer, frames ...ws.Frame) {
	p.t.Helper()
	for _, f := range frames {
		p.chopped(masked(f), 1)
	}
}

func part(op ws.OpCode, fin bool, data string) ws.Frame { return ws.NewFrame(op, fin, []byte(data)) }

func isClosed(err error) bool {
	var failed *net.OpError
	return errors.Is(err, net.ErrClosed) || errors.As(err, &failed) && !failed.Timeout()
}

func (p *peer) text(message string) {
	p.t.Helper()
	p.frame(ws.OpText, true, []byte(message))
}

// maxFrame is more than the server sends in one frame here.
const maxFrame = 1 << 20

// next reads one frame.
func (p *peer) next() (ws.Frame, error) {
	header, err := ws.ReadHeader(p.in)
	if err != nil {
		return ws.Frame{}, err
	}
	if header.Length > maxFrame {
		p.t.Fatalf("a frame of %d bytes", header.Length)
	}
	payload := make([]byte, header.Length)
	_, err = io.ReadFull(p.in, payload)
	return ws.Frame{Header: header, Payload: payload}, err
}

// message reads one text message that came in one frame.
func (p *peer) message() string {
	p.t.Helper()
	f, err := p.next()
	if err != nil {
		p.t.Fatalf("no message: %v", err)
	}
	if f.Header.OpCode != ws.OpText || !f.Header.Fin || f.Header.Masked || f.Header.Rsv != 0 {
		p.t.Fatalf("want a message, got %+v %q", f.Header, f.Payload)
	}
	return string(f.Payload)
}

// answered expects the answer to a request of an id.
func (p *peer) answered(id string) {
	p.t.Helper()
	var got struct {
		ID    any
		Error struct{ Code int }
	}
	text := p.message()
	if err := json.Unmarshal([]byte(text), &got); err != nil || got.ID != id || got.Error.Code != -32601 {
		p.t.Fatalf("want an answer to %q, got %.300s", id, text)
	}
}

// says expects a message.
func (p *peer) says(want string) {
	p.t.Helper()
	if got := p.message(); got != want {
		p.t.Fatalf("want %s, got %.300s", want, got)
	}
}

// alive expects that the session goes on, and that nothing else was said before.
func (p *peer) alive() {
	p.t.Helper()
	p.text(request("alive", 0))
	p.answered("alive")
}

// pong expects a pong with a payload.
func (p *peer) pong(payload []byte) {
	p.t.Helper()
	f, err := p.next()
	if err != nil || f.Header.OpCode != ws.OpPong || !bytes.Equal(f.Payload, payload) {
		p.t.Fatalf("want a pong of %q, got %+v %q, %v", payload, f.Header, f.Payload, err)
	}
}

// closed expects a close frame with one of the codes, and then the end. Code 0 stands for an empty close frame, -1 for an end without one.
func (p *peer) closed(codes ...int) {
	p.t.Helper()
	f, err := p.next()
	got := -1
	switch {
	case err == nil && f.Header.OpCode == ws.OpClose && len(f.Payload) >= 2:
		got = int(binary.BigEndian.Uint16(f.Payload))
	case err == nil && f.Header.OpCode == ws.OpClose:
		got = 0
	case err == nil:
		p.t.Fatalf("want the end, got %+v %.200q", f.Header, f.Payload)
	case !errors.Is(err, io.EOF) && !isClosed(err) && !errors.Is(err, io.ErrUnexpectedEOF):
		p.t.Fatal(err)
	}
	found := false
	for _, code := range codes {
		found = found || got == code
	}
	if !found {
		p.t.Fatalf("closed with %d %q, want %v", got, f.Payload, codes)
	}
	p.writing.Wait()
	if got >= 0 {
		p.frame(ws.OpClose, true, f.Payload[:min(2, len(f.Payload))])
		if f, err := p.next(); err == nil {
			p.t.Fatalf("after the end: %+v", f.Header)
		}
	}
}

// brokenAfter expects the end with 1002 after a breach that a request came before. The answer to that may be lost (Autobahn calls
// this "non-strict"): the breach is found by the reader while the writer still has it.
func (p *peer) brokenAfter(id string) {
	p.t.Helper()
	if next, err := p.in.Peek(1); err == nil && ws.OpCode(next[0]&0x0f) == ws.OpText {
		p.answered(id)
	}
	p.closed(1002)
}

// request is a request of an unknown method, padded to a size in bytes; 0 does not pad.
func request(id string, size int) string {
	name, err := json.Marshal(id)
	if err != nil {
		panic(err)
	}
	start := fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"method":"echo"`, name)
	return start + strings.Repeat(" ", max(0, size-len(start)-1)) + "}"
}

// each runs cases in sessions of their own, named by their numbers.
func each(t *testing.T, cases map[string]func(p *peer)) {
	t.Helper()
	for number, play := range cases {
		t.Run(number, func(t *testing.T) {
			t.Parallel()
			play(dial(t, stream.Limits{}))
		})
	}
}
