package bridge

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/goleak"

	"inkling/infer"
	"inkling/stream"
	"inkling/stream/internal/scripted"
	"inkling/stream/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for what must come.
const patience = 10 * time.Second

// editor is an editor at a bridge.
type editor struct {
	t    *testing.T
	conn net.Conn
	in   *wire.Reader
	out  *wire.Writer
	done chan error
}

// attach runs a bridge to a URL with an editor at its other end.
func attach(t *testing.T, o Options) *editor {
	t.Helper()
	here, there := net.Pipe()
	_ = here.SetDeadline(time.Now().Add(patience)) // a pipe has deadlines
	e := &editor{t: t, conn: here, in: wire.NewReader(here, 1<<20), out: wire.NewWriter(here), done: make(chan error, 1)}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		e.done <- Run(ctx, there, o)
		close(ended)
	}()
	t.Cleanup(func() {
		cancel()
		_ = here.Close() // ends the bridge's reader
		<-ended
	})
	return e
}

func (e *editor) send(message string) {
	e.t.Helper()
	if err := e.out.Write([]byte(message)); err != nil {
		e.t.Fatalf("sending %s: %v", message, err)
	}
}

// next returns the next message.
func (e *editor) next() *wire.Message {
	e.t.Helper()
	data, err := e.in.Read()
	if err != nil {
		e.t.Fatalf("reading: %v", err)
	}
	m := &wire.Message{}
	if err := json.Unmarshal(data, m); err != nil {
		e.t.Fatalf("%s: %v", data, err)
	}
	return m
}

// read returns the next message besides remarks for the log.
func (e *editor) read() *wire.Message {
	e.t.Helper()
	for {
		if m := e.next(); m.Method != wire.MethodLog {
			return m
		}
	}
}

// log waits for a remark for the log that contains words.
func (e *editor) log(words string) {
	e.t.Helper()
	for {
		data, err := e.in.Read()
		if err != nil {
			e.t.Fatalf("waiting for %q: %v", words, err)
		}
		if strings.Contains(string(data), words) {
			return
		}
	}
}

// list reads the answer to a request for suggestions.
func (e *editor) list() wire.CompletionList {
	e.t.Helper()
	m := e.read()
	var list wire.CompletionList
	if m.Error != nil || json.Unmarshal(m.Result, &list) != nil {
		e.t.Fatalf("no list: %+v", m)
	}
	return list
}

func (e *editor) initialize() {
	e.t.Helper()
	e.send(`{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"processId":7,"capabilities":{"general":{"positionEncodings":["utf-8"]}}}}`)
	m := e.read()
	if !m.IsResponse() || !strings.Contains(string(m.Result), `"positionEncoding":"utf-8"`) {
		e.t.Fatalf("initialize: %s, %v", m.Result, m.Error)
	}
	e.send(`{"jsonrpc":"2.0","method":"initialized","params":{}}`)
}

// Messages of an editor.
const (
	openA  = `{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"textDocument":{"uri":"file:///a","languageId":"go","version":1,"text":"é = "}}}`
	editA  = `{"jsonrpc":"2.0","method":"textDocument/didChange","params":{"textDocument":{"uri":"file:///a","version":2},"contentChanges":[{"range":{"start":{"line":0,"character":5},"end":{"line":0,"character":5}},"text":"ü"}]}}`
	askA   = `{"jsonrpc":"2.0","id":"ask","method":"textDocument/inlineCompletion","params":{"textDocument":{"uri":"file:///a"},"position":{"line":0,"character":7},"context":{"triggerKind":1}}}`
	leave1 = `{"jsonrpc":"2.0","id":99,"method":"shutdown"}`
	leave2 = `{"jsonrpc":"2.0","method":"exit"}`
)

// site is an address at which servers come and go.
type site struct {
	t       *testing.T
	address string
	http    *http.Server
	server  *stream.Server
	model   *scripted.Model
	ended   chan struct{}
}

// start serves at an address; "" chooses one.
func start(t *testing.T, address string, auth stream.Authenticator) *site {
	t.Helper()
	return startWith(t, address, stream.Config{Auth: auth})
}

// startWith is start with more settings.
func startWith(t *testing.T, address string, c stream.Config) *site {
	t.Helper()
	if address == "" {
		address = "127.0.0.1:0"
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	s := &site{t: t, address: listener.Addr().String(), model: &scripted.Model{}, ended: make(chan struct{})}
	c.Generator, c.Builder = s.model, &scripted.Prompts{}
	c.Model = func() infer.Model { return infer.Model{Name: "scripted"} }
	s.server, err = stream.New(c)
	if err != nil {
		t.Fatal(err)
	}
	s.http = &http.Server{Handler: s.server}
	go func() {
		_ = s.http.Serve(listener) // ends with stop
		close(s.ended)
	}()
	t.Cleanup(s.stop)
	return s
}

// stop ends the server in good order. It may be called again.
func (s *site) stop() {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := s.server.Close(ctx); err != nil {
		s.t.Errorf("closing the server: %v", err)
	}
	_ = s.http.Close() // closed already, the second time
	<-s.ended
	if n := s.model.Running(); n != 0 {
		s.t.Errorf("%d generations are left", n)
	}
}

// serve plays one request on the scripted model.
func (s *site) serve(before string) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	run := s.model.Next(ctx)
	if run == nil || run.Request.Prompt.Prefix != before {
		s.t.Fatalf("the model was asked %+v, want %q", run, before)
	}
	run.Say(0, "x", -1)
	run.End(0, infer.StopEnd, nil)
}

// abandoned is an editor with a document open whose server, at an address, is away.
func abandoned(t *testing.T) (e *editor, address string) {
	t.Helper()
	s := start(t, "", nil)
	e = attach(t, options(s.address))
	e.initialize()
	e.send(openA)
	e.send(askA)
	s.serve("é = ")
	e.list()
	s.stop()
	e.log("is away")
	return e, s.address
}

func options(address string) Options {
	return Options{URL: "ws://" + address + "/api/v1/stream", MinBackoff: time.Millisecond, MaxBackoff: 5 * time.Millisecond}
}

func TestMessagesPassThrough(t *testing.T) {
	s := start(t, "", nil)
	e := attach(t, options(s.address))
	e.initialize()
	e.send(openA)
	e.send(editA)
	e.send(askA)
	s.serve("é = ü")
	if list := e.list(); len(list.Items) != 1 || list.Items[0].InsertText != "x" || list.Inkling.Version != 2 {
		t.Errorf("list %+v", list)
	}
	e.send(`{"jsonrpc":"2.0","id":5,"method":"textDocument/hover","params":{}}`)
	if m := e.read(); m.Error == nil || m.Error.Code != wire.CodeMethodNotFound {
		t.Errorf("hover: %+v", m)
	}
	e.send(leave1)
	if m := e.read(); string(m.Result) != "null" {
		t.Errorf("shutdown: %+v", m)
	}
	e.send(leave2)
	if err := <-e.done; err != nil {
		t.Errorf("Run returned %v", err)
	}
}

func TestDocumentsAreOpenedAgainAfterARestart(t *testing.T) {
	first := start(t, "", nil)
	e := attach(t, options(first.address))
	e.initialize()
	e.send(openA)
	e.send(askA) // the last character is past the line's end
	first.serve("é = ")
	e.list()
	first.stop()
	e.log("is away")
	e.send(editA) // while the server is away
	e.send(askA)
	if list := e.list(); len(list.Items) != 0 || list.Inkling.Why != whyOffline {
		t.Errorf("while the server is away: %+v", list)
	}
	second := start(t, first.address, nil)
	e.log("is back")
	e.send(askA)
	second.serve("é = ü")
	if list := e.list(); len(list.Items) != 1 || list.Inkling.Version != 2 {
		t.Errorf("after the restart: %+v", list)
	}
}

func TestWhatRunsIsAnsweredWhenTheServerGoes(t *testing.T) {
	s := start(t, "", nil)
	e := attach(t, options(s.address))
	e.initialize()
	e.send(openA)
	e.send(askA)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	s.model.Next(ctx)
	s.server.End(s.server.Sessions()[0].ID)
	for {
		m := e.read()
		if m.Method == wire.MethodShowMessage {
			continue
		}
		var list wire.CompletionList
		if m.ID == nil || m.ID.String() != `"ask"` || json.Unmarshal(m.Result, &list) != nil || list.Inkling.Why != whyOffline {
			t.Fatalf("answered by %+v", m)
		}
		return
	}
}

func TestAnEditorIsAnsweredWithoutAServer(t *testing.T) {
	o := options("127.0.0.1:1") // nobody listens there
	o.ConnectWait = time.Millisecond
	e := attach(t, o)
	e.initialize()
	e.send(openA)
	e.send(askA)
	if list := e.list(); len(list.Items) != 0 || list.Inkling.Why != whyOffline {
		t.Errorf("list %+v", list)
	}
	e.send(`{"jsonrpc":"2.0","id":5,"method":"workspace/executeCommand","params":{"command":"inkling.accept","arguments":[{"id":"x"}]}}`)
	if m := e.read(); string(m.Result) != "null" {
		t.Errorf("executeCommand: %+v", m)
	}
	e.send(`{`)
	if m := e.read(); m.Error == nil || m.Error.Code != wire.CodeParseError {
		t.Errorf("malformed: %+v", m)
	}
}

// stranger is an authenticator that knows nobody.
type stranger struct{}

func (stranger) Authenticate(context.Context, string, string) (infer.Caller, error) {
	return infer.Caller{}, stream.ErrUnauthorized
}

func TestAWrongKeyIsOneClearMessage(t *testing.T) {
	s := start(t, "", stranger{})
	o := options(s.address)
	o.ConnectWait = patience // initialize is answered because the server refuses, not because it is late
	e := attach(t, o)
	e.send(`{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"capabilities":{}}}`)
	shown := e.read()
	if shown.Method != wire.MethodShowMessage || !strings.Contains(string(shown.Params), "a valid token is needed: put the server's key into INKLING_TOKEN") {
		t.Fatalf("shown %+v", shown)
	}
	if m := e.read(); m.ID == nil || m.Error != nil {
		t.Fatalf("initialize: %+v", m)
	}
	e.send(askA)
	if list := e.list(); list.Inkling.Why != whyOffline {
		t.Errorf("list %+v", list)
	}
	if n := s.server.Stats().Events["sessions_opened"]; n != 1 {
		t.Errorf("the bridge came %d times with a key that is wrong", n)
	}
}

func TestTheBridgeAnswersAResync(t *testing.T) {
	opened := make(chan string, 2)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		defer func() { _ = conn.CloseNow() }() // the bridge has left
		for {
			_, data, err := conn.Read(r.Context())
			if err != nil {
				return
			}
			var m wire.Message
			if json.Unmarshal(data, &m) != nil {
				return
			}
			answer := []byte(nil)
			switch m.Method {
			case wire.MethodInitialize:
				answer = wire.Response(*m.ID, wire.InitializeResult{Capabilities: wire.ServerCapabilities{PositionEncoding: "utf-8",
					Experimental: wire.ExperimentalCap{Inkling: wire.InklingCap{Protocol: wire.ProtocolVersion}}}})
			case wire.MethodOpen:
				opened <- string(m.Params)
			case wire.MethodChange:
				answer = wire.Notification(wire.MethodResync, wire.ResyncParams{URI: "file:///a"})
			}
			if answer != nil && conn.Write(r.Context(), websocket.MessageText, answer) != nil {
				return
			}
		}
	}))
	defer server.Close()
	e := attach(t, options(strings.TrimPrefix(server.URL, "http://")))
	e.initialize()
	e.send(openA)
	e.send(editA)
	<-opened
	if again := <-opened; !strings.Contains(again, `"version":2`) || !strings.Contains(again, `é = ü`) {
		t.Errorf("opened again: %s", again)
	}
	e.send(leave2)
	<-e.done
}
