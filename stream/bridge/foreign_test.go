package bridge

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"

	"inkling/stream/wire"
)

// foreign serves sessions of a version of the protocol, counts them, and ends each as end says once it was introduced.
func foreign(t *testing.T, version int, sessions *atomic.Int32, end func(*websocket.Conn)) *httptest.Server {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		defer func() { _ = conn.CloseNow() }() // the bridge has left
		sessions.Add(1)
		_, data, err := conn.Read(r.Context())
		if err != nil {
			return
		}
		var m wire.Message
		if json.Unmarshal(data, &m) != nil || m.Method != wire.MethodInitialize {
			return
		}
		answer := wire.Response(*m.ID, wire.InitializeResult{Capabilities: wire.ServerCapabilities{PositionEncoding: "utf-8",
			Experimental: wire.ExperimentalCap{Inkling: wire.InklingCap{Protocol: version}}}})
		if conn.Write(r.Context(), websocket.MessageText, answer) == nil {
			end(conn)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

func TestAServerOfAnotherProtocolIsOneClearMessage(t *testing.T) {
	for _, version := range []int{0, wire.ProtocolVersion + 1} { // an old server says none
		var sessions atomic.Int32
		o := options(strings.TrimPrefix(foreign(t, version, &sessions, func(c *websocket.Conn) { _, _, _ = c.Read(t.Context()) }).URL, "http://"))
		o.ConnectWait = patience // initialize is answered because the server is foreign, not because it is late
		e := attach(t, o)
		e.send(`{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"capabilities":{}}}`)
		if m := e.read(); m.Method != wire.MethodShowMessage || !strings.Contains(string(m.Params), "install the same release of both") {
			t.Fatalf("version %d: shown %+v", version, m)
		}
		if m := e.read(); m.ID == nil || m.Error != nil {
			t.Fatalf("version %d: initialize: %+v", version, m)
		}
		e.send(openA)
		e.send(askA)
		if list := e.list(); list.Inkling.Why != whyOffline {
			t.Errorf("version %d: list %+v", version, list)
		}
		e.send(leave2)
		if err := <-e.done; err != nil {
			t.Errorf("version %d: Run returned %v", version, err)
		}
		if n := sessions.Load(); n != 1 {
			t.Errorf("version %d: the bridge came %d times", version, n)
		}
	}
}

func TestASessionThatEndsAtOnceIsTriedLessAndLessOften(t *testing.T) {
	var sessions atomic.Int32
	server := foreign(t, wire.ProtocolVersion, &sessions, func(c *websocket.Conn) { _ = c.Close(websocket.StatusInternalError, "") })
	o := options(strings.TrimPrefix(server.URL, "http://"))
	o.MinBackoff, o.MaxBackoff = 10*time.Millisecond, time.Minute
	e := attach(t, o)
	e.send(`{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"capabilities":{}}}`)
	time.Sleep(time.Second) // what is asked of it is that few come, so that a slow machine cannot fail it
	if n := sessions.Load(); n < 2 || n > 10 {
		t.Errorf("%d sessions in a second, want about seven", n)
	}
}

func TestAServerThatRefusesInitializeIsOneClearMessage(t *testing.T) {
	s := start(t, "", nil)
	o := options(s.address)
	o.ConnectWait = patience
	e := attach(t, o)
	e.send(`{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"capabilities":{},"initializationOptions":{"inkling":{"userId":"` + strings.Repeat("x", 5000) + `"}}}}`)
	if m := e.read(); m.Method != wire.MethodShowMessage || !strings.Contains(string(m.Params), "userId: ") {
		t.Errorf("shown %s", m.Params)
	}
	if m := e.read(); m.ID == nil || m.Error != nil {
		t.Errorf("initialize: %+v", m)
	}
	e.send(openA)
	e.send(askA)
	if list := e.list(); list.Inkling.Why != whyOffline {
		t.Errorf("list %+v", list)
	}
}

func TestAnEditorThatIsKilledFreesItsGeneration(t *testing.T) {
	s := start(t, "", nil)
	e := attach(t, options(s.address))
	e.initialize()
	e.send(openA)
	e.send(askA)
	run := s.model.Next(t.Context())
	if run == nil {
		t.Fatal("nothing was asked")
	}
	if err := e.conn.Close(); err != nil { // as the kernel does for a process that is killed
		t.Fatal(err)
	}
	if err := <-e.done; err != nil && !errors.Is(err, ErrEditor) {
		t.Errorf("Run returned %v", err)
	}
	<-run.Ended()
}
