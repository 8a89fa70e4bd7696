package bridge

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"inkling/infer"
	"inkling/stream"
	"inkling/stream/wire"
)

// recorder is a server that takes three documents, or 20 bytes of them, and keeps what it is told.
type recorder struct {
	address string
	conns   chan *websocket.Conn
	told    chan string
}

func record(t *testing.T) *recorder {
	r := &recorder{conns: make(chan *websocket.Conn, 9), told: make(chan string, 999)}
	s := httptest.NewServer(r)
	t.Cleanup(s.Close)
	r.address = strings.TrimPrefix(s.URL, "http://")
	return r
}

func (r *recorder) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	c, err := websocket.Accept(w, q, nil)
	if err != nil {
		return
	}
	defer func() { _ = c.CloseNow() }() // the bridge has left
	r.conns <- c
	for {
		_, data, err := c.Read(q.Context())
		if err != nil {
			return
		}
		m, err := wire.Parse(data)
		switch {
		case err != nil:
			return
		case m.Method == wire.MethodInitialize:
			data = wire.Response(*m.ID, wire.InitializeResult{Capabilities: wire.ServerCapabilities{PositionEncoding: "utf-8", Experimental: wire.ExperimentalCap{
				Inkling: wire.InklingCap{Protocol: wire.ProtocolVersion, Limits: wire.Limits{Documents: 3, SessionBytes: 20, DocumentBytes: 16, FrameBytes: 1 << 22}}}}})
			if c.Write(q.Context(), websocket.MessageText, data) != nil {
				return
			}
		case m.Method != wire.MethodInitialized:
			var p wire.CloseParams
			_ = wire.Decode(m.Params, &p) // all of them begin so
			r.told <- strings.TrimPrefix(m.Method, "textDocument/did") + " " + strings.TrimPrefix(p.TextDocument.URI, "file:///")
		}
	}
}

// are compares what it was told, and is told for a moment more, with what it should be.
func (r *recorder) are(t *testing.T, want ...string) {
	t.Helper()
	var got []string
	for len(got) < len(want) {
		select {
		case one := <-r.told:
			got = append(got, one)
		case <-time.After(patience):
			t.Fatalf("the server was told %q, want %q", got, want)
		}
	}
	select {
	case one := <-r.told:
		got = append(got, one)
	case <-time.After(20 * time.Millisecond):
	}
	if !slices.Equal(got, want) {
		t.Errorf("the server was told %q, want %q", got, want)
	}
}

// TestTheServerIsGivenTheDocumentsUsedLast, those used last of all last, since by this order it knows which they are.
func TestTheServerIsGivenTheDocumentsUsedLast(t *testing.T) {
	r := record(t)
	o := options(r.address)
	o.MinBackoff, o.MaxBackoff = 200*time.Millisecond, 200*time.Millisecond
	e := attach(t, o)
	e.initialize()
	for n := range 3 {
		e.send(fmt.Sprintf(openN, n))
	}
	e.send(fmt.Sprintf(editN, 0, 2))
	r.are(t, "Open 0", "Open 1", "Open 2", "Change 0")
	_ = (<-r.conns).CloseNow() // as a network does
	e.log("is away")
	e.send(fmt.Sprintf(openN, 7))
	e.log("is back")
	r.are(t, "Open 2", "Open 0", "Open 7")
	e.send(fmt.Sprintf(editN, 1, 2))
	r.are(t, "Close 2", "Open 1")
	e.send(strings.ReplaceAll(closeB, "file:///b", "file:///2")) // it does not have it
	e.send(strings.ReplaceAll(closeB, "file:///b", "file:///0"))
	r.are(t, "Close 0")
}

// TestOfMoreBytesThanTheServerTakesItHasThoseUsedLast: each line counts too, with 4 bytes.
func TestOfMoreBytesThanTheServerTakesItHasThoseUsedLast(t *testing.T) {
	r := record(t)
	e := attach(t, options(r.address))
	e.initialize()
	e.send(fmt.Sprintf(openN, 0))                 // 5
	e.send(fmt.Sprintf(openLarge, "1234567890"))  // 14
	e.send(fmt.Sprintf(editN, 0, 2))              // 6: 20 together
	e.send(fmt.Sprintf(wholeB, 2, "12345678901")) // 15: 21
	e.send(fmt.Sprintf(editN, 0, 3))              // 7: 22
	e.send(fmt.Sprintf(wholeB, 3, "1234"))        // 8: 15
	r.are(t, "Open 0", "Open b", "Change 0", "Close 0", "Change b", "Close b", "Open 0", "Open b")
}

// lostAgain is an edit that does not fit: its version is that of the document.
const lostAgain = `{"jsonrpc":"2.0","method":"textDocument/didChange","params":{"textDocument":{"uri":"file:///a","version":1},"contentChanges":[{"text":"a"}]}}`

func TestADocumentIsAskedForAgainOnEachConnection(t *testing.T) {
	r := record(t)
	e := attach(t, options(r.address))
	e.initialize()
	e.send(openA)
	e.send(lostAgain) // which the server is to notice
	r.are(t, "Open a", "Change a")
	_ = (<-r.conns).CloseNow() // before it says so
	e.log(wire.MethodResync)
	e.send(askA)
	if list := e.list(); list.Inkling.Why != whyAside {
		t.Errorf("while it is lost: %+v", list)
	}
	e.send(openA)
	r.are(t, "Open a")
}

func TestADocumentThatWaitsInVainIsAskedFor(t *testing.T) {
	r := record(t)
	e := attach(t, options(r.address))
	e.initialize()
	_ = (<-r.conns).CloseNow() // as a network does
	e.log("is away")
	e.send(openA)
	e.send(`{"jsonrpc":"2.0","method":"textDocument/didChange","params":{"textDocument":{"uri":"file:///a","version":3},"contentChanges":[{"range":{"start":{"line":9,"character":0},"end":{"line":9,"character":0}},"text":"x"}]}}`)
	e.log("is back")
	time.Sleep(2100 * time.Millisecond) // contexts waits for 2 s
	e.send(askA)
	if m := e.next(); m.Method != wire.MethodResync {
		t.Errorf("told %+v", m)
	}
	if list := e.list(); list.Inkling.Why != whyAside {
		t.Errorf("while it is lost: %+v", list)
	}
	r.are(t)
}

// TestADocumentOfWhichAMessageWasLeftOutIsAskedFor, and where the message's beginning does not say which, all are.
func TestADocumentOfWhichAMessageWasLeftOutIsAskedFor(t *testing.T) {
	much := strings.Repeat("z", defaultFrameBytes)
	for message, asked := range map[string]int{
		fmt.Sprintf(wholeB, 2, much): 1,
		`{"jsonrpc":"2.0","params":{"contentChanges":[{"text":"` + much + `"}],"textDocument":{"uri":"file:///b"}},"method":"textDocument/didChange"}`: 2,
		strings.ReplaceAll(fmt.Sprintf(openLarge, much), "file:///b", "file:///new"):                                                                   0,
	} {
		r := record(t)
		e := attach(t, options(r.address))
		e.initialize()
		e.send(fmt.Sprintf(openN, 1))
		e.send(fmt.Sprintf(openLarge, "b"))
		e.send(message)
		e.send(`{"jsonrpc":"2.0","id":1,"method":"shutdown"}`)
		n := 0
		for m := e.next(); m.ID == nil; m = e.next() {
			if m.Method == wire.MethodResync {
				n++
			}
		}
		if n != asked {
			t.Errorf("%.150s: asked for %d documents, want %d", message, n, asked)
		}
	}
}

func TestAnInitializeThatIsTooLargeIsOneClearMessage(t *testing.T) {
	s := startWith(t, "", stream.Config{Auth: anyone{}})
	o := options(s.address)
	o.ConnectWait = patience
	e := attach(t, o)
	e.send(`{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"capabilities":{"x":"` + strings.Repeat("c", 300<<10) + `"}}}`)
	if m := e.read(); m.Method != wire.MethodShowMessage || !strings.Contains(string(m.Params), "initialize") {
		t.Errorf("shown %s", m.Params)
	}
	if m := e.read(); m.ID == nil || m.Error != nil {
		t.Errorf("initialize: %+v", m)
	}
	if n := s.server.Stats().Events["sessions_opened"]; n != 1 {
		t.Errorf("%d sessions", n)
	}
}

// anyone lets everybody in.
type anyone struct{}

func (anyone) Authenticate(context.Context, string, string) (infer.Caller, error) {
	return infer.Caller{User: "ada"}, nil
}
