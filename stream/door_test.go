package stream

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/goleak"

	"inkling/infer"
	"inkling/stream/internal/scripted"
)

// No goroutine may be left when the tests are over.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var errCanceled = context.Canceled

// patience is how long a test waits for what must come: far longer than it takes, so that only a failure waits.
const patience = 10 * time.Second

// waiting returns a context that ends when a test has waited long enough.
func waiting(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

// keys is an authenticator.
type keys map[string]infer.Caller

func (k keys) Authenticate(_ context.Context, token, _ string) (infer.Caller, error) {
	caller, ok := k[token]
	if !ok {
		return infer.Caller{}, ErrUnauthorized
	}
	return caller, nil
}

var testModel = infer.Model{Name: "scripted", ContextTokens: 2048, MaxTokens: 64}

// door is a server behind a real HTTP server.
type door struct {
	t      *testing.T
	server *Server
	http   *httptest.Server
}

// serve starts a server. At the end of the test it is closed, and nothing may be left of it.
func serve(t *testing.T, cfg Config, model *scripted.Model) *door {
	t.Helper()
	cfg.Generator = model
	if cfg.Builder == nil {
		cfg.Builder = &scripted.Prompts{}
	}
	cfg.Model = func() infer.Model { return testModel }
	server, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	d := &door{t: t, server: server, http: httptest.NewServer(server)}
	t.Cleanup(func() {
		if err := server.Close(waiting(t)); err != nil {
			t.Errorf("closing the server: %v", err)
		}
		d.http.Close()
		stats := server.Stats()
		if stats.Sessions != 0 || stats.Generations != 0 || stats.Documents != 0 || stats.QueuedBytes != 0 || model.Running() != 0 {
			t.Errorf("left behind: %+v and %d generations", stats, model.Running())
		}
		if opened, closed := stats.Events["sessions_opened"], stats.Events["sessions_closed"]; opened != closed {
			t.Errorf("%d sessions were opened, %d closed", opened, closed)
		}
	})
	return d
}

// dial opens a session; opts may be nil.
func (d *door) dial(opts *websocket.DialOptions) *rawClient {
	d.t.Helper()
	conn, _, err := websocket.Dial(waiting(d.t), d.url(), opts)
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { _ = conn.CloseNow() }) // mostly closed already
	conn.SetReadLimit(64 << 20)
	return &rawClient{t: d.t, conn: conn}
}

func (d *door) url() string { return "ws" + strings.TrimPrefix(d.http.URL, "http") }

// refused returns the status of an upgrade that must be refused.
func (d *door) refused(header http.Header, host string) int {
	d.t.Helper()
	conn, response, err := websocket.Dial(waiting(d.t), d.url(), &websocket.DialOptions{HTTPHeader: header, Host: host})
	if err == nil {
		_ = conn.CloseNow()
		d.t.Fatal("the upgrade was not refused")
	}
	return response.StatusCode
}

// rawClient sends and reads frames.
type rawClient struct {
	t    *testing.T
	conn *websocket.Conn
}

func (c *rawClient) send(message string) {
	c.t.Helper()
	if err := c.conn.Write(waiting(c.t), websocket.MessageText, []byte(message)); err != nil {
		c.t.Fatalf("sending %.200s: %v", message, err)
	}
}

func (c *rawClient) sendBinary(data []byte) {
	c.t.Helper()
	if err := c.conn.Write(waiting(c.t), websocket.MessageBinary, data); err != nil {
		c.t.Fatal(err)
	}
}

func (c *rawClient) read() string {
	c.t.Helper()
	_, data, err := c.conn.Read(waiting(c.t))
	if err != nil {
		c.t.Fatalf("reading: %v", err)
	}
	return string(data)
}

// expectClose expects the end, and nothing before it.
func (c *rawClient) expectClose(code int) {
	c.t.Helper()
	_, data, err := c.conn.Read(waiting(c.t))
	var closed websocket.CloseError
	if !errors.As(err, &closed) || int(closed.Code) != code {
		c.t.Fatalf("want close %d, got %v after %q", code, err, data)
	}
}
