package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"inkling/stream/wire"
)

// ErrClosed is returned, with the reason wrapped where there is one, once the session has ended.
var ErrClosed = errors.New("client: the session has ended")

// writeTimeout is for one message to be taken by the server.
const writeTimeout = 10 * time.Second

// Options are those of a client.
type Options struct {
	DialOptions
	// Resync is called when the server asks for a document to be opened again. It must not block, and may call the
	// client's methods only from another goroutine. Nil: the documents it names get no suggestions any more.
	Resync func(uri string)
	// Log is called with the server's remarks on notifications, likewise. Nil: they are dropped.
	Log func(message string)
}

// Client is a session.
type Client struct {
	conn    Conn
	options Options
	cancel  context.CancelFunc
	ctx     context.Context
	done    chan struct{} // closed when the reader has ended

	sent, received atomic.Int64
	lastID         atomic.Int64

	mu      sync.Mutex // guards the fields below
	waiting map[int64]*call
	err     error // why the session ended
}

// Dial connects to a server. The session begins with [Client.Initialize] and ends with [Client.Close]. ctx bounds the
// dialling alone.
func Dial(ctx context.Context, url string, o Options) (*Client, error) {
	conn, err := DialConn(ctx, url, o.DialOptions)
	if err != nil {
		return nil, err
	}
	return New(conn, o), nil
}

// New makes a client of a connection, which it closes.
func New(conn Conn, o Options) *Client {
	c := &Client{conn: conn, options: o, done: make(chan struct{}), waiting: map[int64]*call{}}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	go c.read()
	return c
}

// Close leaves, and waits for the client's goroutine. Requests that run end with [ErrClosed].
func (c *Client) Close() error {
	err := c.conn.Close()
	c.cancel()
	<-c.done
	if CloseCode(err) >= 0 {
		return nil // the server was first
	}
	return err
}

// Done is closed when the session has ended, for whatever reason; [Client.Err] says which.
func (c *Client) Done() <-chan struct{} { return c.done }

// Err returns why the session ended; nil while it goes on.
func (c *Client) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// Bytes returns the bytes of all messages so far, without framing.
func (c *Client) Bytes() (sent, received int64) { return c.sent.Load(), c.received.Load() }

// Initialize begins the session.
func (c *Client) Initialize(ctx context.Context, p wire.InitializeParams) (*wire.InitializeResult, error) {
	result := &wire.InitializeResult{}
	if err := c.Call(ctx, wire.MethodInitialize, p, result); err != nil {
		return nil, err
	}
	return result, c.Notify(ctx, wire.MethodInitialized, struct{}{})
}

// Open opens a document, or replaces one that is open.
func (c *Client) Open(ctx context.Context, d wire.DocumentItem) error {
	return c.Notify(ctx, wire.MethodOpen, wire.OpenParams{TextDocument: d})
}

// Change edits a document; the changes apply one after the other. Version must rise.
func (c *Client) Change(ctx context.Context, uri string, version int32, changes ...wire.Change) error {
	return c.Notify(ctx, wire.MethodChange, wire.ChangeParams{
		TextDocument: wire.VersionedID{URI: uri, Version: version}, ContentChanges: changes})
}

// CloseDocument closes a document.
func (c *Client) CloseDocument(ctx context.Context, uri string) error {
	return c.Notify(ctx, wire.MethodClose, wire.CloseParams{TextDocument: wire.DocumentID{URI: uri}})
}

// Execute runs a command about a suggestion: [wire.CommandAccept] or [wire.CommandDismiss].
func (c *Client) Execute(ctx context.Context, command string, about wire.SuggestionRef) error {
	argument, err := json.Marshal(about)
	if err != nil {
		return fmt.Errorf("client: encoding a reference: %w", err)
	}
	return c.Call(ctx, wire.MethodExecute, wire.ExecuteParams{Command: command, Arguments: []json.RawMessage{argument}}, nil)
}

// Notify sends a notification. It returns when the message is on its way.
func (c *Client) Notify(ctx context.Context, method string, params any) error {
	return c.write(ctx, wire.Notification(method, params))
}

// write sends a message. Ending ctx stops it only before it has begun: half a message would end the session.
func (c *Client) write(ctx context.Context, message []byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	writing, cancel := context.WithTimeout(c.ctx, writeTimeout)
	defer cancel()
	if err := c.conn.Write(writing, message); err != nil {
		return fmt.Errorf("%w: %w", ErrClosed, err)
	}
	c.sent.Add(int64(len(message)))
	return nil
}

// read takes what the server sends to those who wait for it. It runs in its own goroutine.
func (c *Client) read() {
	defer close(c.done)
	for {
		data, err := c.conn.Read(c.ctx)
		if err != nil {
			c.end(err)
			return
		}
		c.received.Add(int64(len(data)))
		c.dispatch(data)
	}
}

// dispatch hands a message on. What nobody waits for is dropped: the answer to a request that was given up.
func (c *Client) dispatch(data []byte) {
	m, err := wire.Parse(data)
	switch {
	case err != nil:
		return // no server of ours sends it
	case m.IsResponse() && m.ID != nil:
		c.deliver(*m.ID, Step{final: m})
	case m.Method == wire.MethodProgress:
		var p wire.Progress
		if wire.Decode(m.Params, &p) == nil && p.Value.Kind == wire.KindDelta {
			c.deliver(p.Token, Step{Delta: &p.Value})
		}
	case m.Method == wire.MethodResync && c.options.Resync != nil:
		var p wire.ResyncParams
		if wire.Decode(m.Params, &p) == nil {
			c.options.Resync(p.URI)
		}
	case m.Method == wire.MethodLog && c.options.Log != nil:
		var p wire.LogParams
		if wire.Decode(m.Params, &p) == nil {
			c.options.Log(p.Message)
		}
	}
}

// end tells all who wait that nothing more will come.
func (c *Client) end(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.err = fmt.Errorf("%w: %w", ErrClosed, err)
	for id, one := range c.waiting {
		delete(c.waiting, id)
		one.end()
	}
}
