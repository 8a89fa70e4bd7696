package stream

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"

	"github.com/coder/websocket"
	"github.com/gobwas/ws"

	"inkling/stream/internal/scripted"
)

func TestForeignPagesAndHostsAreRefused(t *testing.T) {
	d := serve(t, Config{AllowedOrigins: []string{"editor.example"}, AllowedHosts: []string{"inkling.example"}}, &scripted.Model{})
	for _, c := range []struct {
		name, origin, host string
		refused            bool
	}{
		{"no page", "", "", false},
		{"the same host", d.http.URL, "", false},
		{"an allowed origin", "https://editor.example", "", false},
		{"a foreign page", "https://evil.example", "", true},
		{"a page without an origin", "null", "", true},
		{"an allowed host", "", "inkling.example:8000", false},
		{"loopback's name", "", "localhost:8000", false},
		{"a name below loopback's", "", "app.localhost", false},
		{"an address", "", "192.0.2.7:8000", false},
		{"a rebound name", "", "evil.example:8000", true},
		{"a rebound name, and a page of it", "http://evil.example:8000", "evil.example:8000", true},
		{"a name that ends like loopback's", "", "evillocalhost", true},
	} {
		header := http.Header{}
		if c.origin != "" {
			header.Set("Origin", c.origin)
		}
		if c.refused {
			if status := d.refused(header, c.host); status != http.StatusForbidden {
				t.Errorf("%s: status %d", c.name, status)
			}
			continue
		}
		client := d.dial(&websocket.DialOptions{HTTPHeader: header, Host: c.host})
		client.send(`{"jsonrpc":"2.0","method":"exit"}`)
		client.expectClose(1000)
	}
}

func TestATokenComesByHeaderOrTicketOrInitialize(t *testing.T) {
	d := serve(t, Config{Auth: keys{"ada": {User: "ada"}, "bob": {User: "bob"}}}, &scripted.Model{})
	for _, c := range []struct {
		name, header string
		protocols    []string
		token, user  string
	}{
		{"a header", "Bearer ada", nil, "", "ada"},
		{"a ticket", "", []string{Subprotocol, ticketPrefix + "ada"}, "", "ada"},
		{"initialize", "", nil, "ada", "ada"},
		{"initialize counts most", "Bearer bob", []string{Subprotocol, ticketPrefix + "bob"}, "ada", "ada"},
		{"nothing", "", nil, "", ""},
		{"an empty header", "Bearer ", nil, "", ""},
	} {
		header := http.Header{}
		if c.header != "" {
			header.Set("Authorization", c.header)
		}
		client := d.dial(&websocket.DialOptions{HTTPHeader: header, Subprotocols: c.protocols})
		if c.protocols != nil && client.conn.Subprotocol() != Subprotocol {
			t.Errorf("%s: the server chose %q", c.name, client.conn.Subprotocol())
		}
		client.send(`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"capabilities":{},"initializationOptions":{"inkling":{"token":"` + c.token + `"}}}}`)
		answer := client.read()
		if c.user == "" {
			if !strings.Contains(answer, "unauthorized") {
				t.Errorf("%s: %s", c.name, answer)
			}
			client.expectClose(4100)
			continue
		}
		if !strings.Contains(answer, `"user":"`+c.user+`"`) {
			t.Errorf("%s: %s", c.name, answer)
		}
		client.send(`{"jsonrpc":"2.0","method":"exit"}`)
		client.expectClose(1000)
	}
}

func TestSessionsAreLimitedInAllAndByUser(t *testing.T) {
	d := serve(t, Config{Auth: keys{"ada": {User: "ada"}}, Limits: Limits{Sessions: 2, UserSessions: 1}}, &scripted.Model{})
	initialize := `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"capabilities":{},"initializationOptions":{"inkling":{"token":"ada"}}}}`
	first, second := d.dial(nil), d.dial(nil)
	first.send(initialize)
	first.read()
	if status := d.refused(nil, ""); status != http.StatusServiceUnavailable {
		t.Errorf("the third of two sessions: status %d", status)
	}
	second.send(initialize)
	if answer := second.read(); !strings.Contains(answer, `"reason":"sessions"`) {
		t.Errorf("the second of one session: %s", answer)
	}
	second.expectClose(4101)
	sessions := d.server.Sessions()
	if len(sessions) == 0 || sessions[0].User != "ada" {
		t.Fatalf("sessions %+v", sessions)
	}
	ended := false // the second session may be listed still
	for _, one := range sessions {
		ended = d.server.End(one.ID) || ended
	}
	if !ended || d.server.End("nobody") {
		t.Error("ending a session")
	}
	first.expectClose(4102)
}

// broken stands for a connection that is broken without a code.
const broken = ws.StatusCode(0)

// frames opens a session by hand, for frames that a good client does not send.
func frames(t *testing.T, d *door) func(f ws.Frame) ws.StatusCode {
	t.Helper()
	conn, in, _, err := ws.Dial(waiting(t), d.url())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() }) // broken already
	if in != nil {
		t.Fatal("the server speaks first")
	}
	return func(f ws.Frame) ws.StatusCode {
		t.Helper()
		if err := ws.WriteFrame(conn, f); err != nil {
			t.Fatal(err)
		}
		//lint:ignore SA1019 the peer is our own server
		answer, err := ws.ReadFrame(conn)
		if errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) {
			return broken
		}
		if err != nil {
			t.Fatal(err)
		}
		if answer.Header.OpCode != ws.OpClose {
			t.Fatalf("answered by %+v: %s", answer.Header, answer.Payload)
		}
		code, _ := ws.ParseCloseFrameData(answer.Payload)
		return code
	}
}

func TestBrokenFramesCloseWithTheirCode(t *testing.T) {
	masked := func(f ws.Frame) ws.Frame { return ws.MaskFrameInPlace(f) }
	for _, c := range []struct {
		name  string
		frame ws.Frame
		code  ws.StatusCode
	}{
		{"text that is not UTF-8", masked(ws.NewTextFrame([]byte("{\"a\": \"\xc3\x28\"}"))), 1007},
		{"half a character", masked(ws.NewTextFrame([]byte("\"\xe2\x82"))), 1007},
		{"a surrogate", masked(ws.NewTextFrame([]byte("\"\xed\xa0\x80\""))), 1007},
		{"a binary frame", masked(ws.NewBinaryFrame([]byte("{}"))), 1003},
		{"a frame over the limit", masked(ws.NewTextFrame(make([]byte, 2000))), 1009},
		{"a frame without a mask", ws.NewTextFrame([]byte("{}")), broken},
		{"a reserved opcode", masked(ws.NewFrame(ws.OpCode(3), true, nil)), 1002},
		{"a continuation of nothing", masked(ws.NewFrame(ws.OpContinuation, true, []byte("x"))), 1002},
		{"a close", masked(ws.NewCloseFrame(ws.NewCloseFrameBody(1000, ""))), 1000},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := serve(t, Config{Limits: Limits{FrameBytes: 1000}}, &scripted.Model{})
			if code := frames(t, d)(c.frame); code != c.code {
				t.Errorf("closed with %d, want %d", code, c.code)
			}
		})
	}
}

func TestAMessageMayComeInFragmentsWithAPingBetween(t *testing.T) {
	d := serve(t, Config{}, &scripted.Model{})
	conn, _, _, err := ws.Dial(waiting(t), d.url())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }() // the server closes
	half := len(initializeMessage) / 2
	for _, f := range []ws.Frame{
		ws.NewFrame(ws.OpText, false, []byte(initializeMessage[:half])),
		ws.NewPingFrame([]byte("here?")),
		ws.NewFrame(ws.OpContinuation, true, []byte(initializeMessage[half:])),
	} {
		if err := ws.WriteFrame(conn, ws.MaskFrame(f)); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []struct {
		code ws.OpCode
		text string
	}{{ws.OpPong, "here?"}, {ws.OpText, `"positionEncoding":"utf-16"`}} {
		//lint:ignore SA1019 the peer is our own server
		f, err := ws.ReadFrame(conn)
		if err != nil || f.Header.OpCode != want.code || !strings.Contains(string(f.Payload), want.text) {
			t.Errorf("read %v %s, %v", f.Header.OpCode, f.Payload, err)
		}
	}
}
