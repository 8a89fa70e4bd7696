package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/coder/websocket"

	"inkling/stream/wire"
)

// maxMessageBytes bounds a message of the server: a list of the most and longest suggestions is far smaller.
const maxMessageBytes = 16 << 20

// quietTime is how long a server that pings may be silent, two pings and some more; then the connection is dead, and nobody says so: a
// proxy has forgotten it, or the machine has changed its network.
const quietTime = 50 * time.Second

// subprotocol is that of sessions; the server chooses it.
const subprotocol = "inkling.v1"

// Conn carries whole messages. Read belongs to one goroutine; the others may be called from any.
type Conn interface {
	// Read returns the next message. An error ends the connection; [CloseCode] says why.
	Read(ctx context.Context) ([]byte, error)
	// Write sends a message. Ending ctx breaks the connection.
	Write(ctx context.Context, message []byte) error
	// Close leaves in good order; some seconds at most.
	Close() error
}

// DialOptions are those of a connection. The zero value connects without a key.
type DialOptions struct {
	Token      string       // API key, sent as Authorization: Bearer; "" for none
	HTTPClient *http.Client // nil: http.DefaultClient
}

// Errors of [DialConn] when something answered.
var (
	// ErrRefused is wrapped when a server did not accept the session.
	ErrRefused = errors.New("client: the server did not accept the session")
	// ErrAway is wrapped when a proxy found no server, or a server is about to end: it is worth trying again.
	ErrAway = errors.New("client: no server takes the session at the moment")
)

// DialConn connects to a server at a URL of ws, wss, http or https, the path included. ctx bounds the dialling alone.
func DialConn(ctx context.Context, address string, o DialOptions) (Conn, error) {
	header := http.Header{}
	if o.Token != "" {
		header.Set("Authorization", "Bearer "+o.Token)
	}
	var quiet *time.Timer
	conn, response, err := websocket.Dial(ctx, address, &websocket.DialOptions{HTTPClient: o.HTTPClient, HTTPHeader: header,
		Subprotocols: []string{subprotocol}, CompressionMode: websocket.CompressionDisabled,
		OnPingReceived: func(context.Context, []byte) bool { quiet.Reset(quietTime); return true }})
	if err != nil {
		if response != nil && response.StatusCode != http.StatusSwitchingProtocols {
			return nil, fmt.Errorf("%w: status %d of %s", refusalOf(response.StatusCode), response.StatusCode, redacted(address))
		}
		return nil, fmt.Errorf("client: dialling %s: %w", redacted(address), err)
	}
	conn.SetReadLimit(maxMessageBytes)
	quiet = time.AfterFunc(quietTime, func() { _ = conn.CloseNow() }) // which ends Read
	quiet.Stop()                                                      // until the first ping, which Read takes
	return socket{conn, quiet}, nil
}

// redacted returns a URL without its password.
func redacted(address string) string {
	parsed, err := url.Parse(address)
	if err != nil {
		return "the server" // the parser's error says what is wrong
	}
	return parsed.Redacted()
}

// refusalOf tells a server that is away from one that wants nothing of us.
func refusalOf(status int) error {
	switch status {
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return ErrAway
	}
	return ErrRefused
}

// socket is a WebSocket.
type socket struct {
	conn  *websocket.Conn
	quiet *time.Timer // breaks the connection; runs from the first ping on
}

func (s socket) Read(ctx context.Context) ([]byte, error) {
	_, message, err := s.conn.Read(ctx)
	if err != nil {
		s.quiet.Stop()
	}
	return message, err
}

func (s socket) Write(ctx context.Context, message []byte) error {
	return s.conn.Write(ctx, websocket.MessageText, message)
}

func (s socket) Close() error {
	s.quiet.Stop()
	return s.conn.Close(wire.CloseNormal, "")
}

// CloseCode returns the close code of an error of reading or writing; -1 where there was none.
func CloseCode(err error) int { return int(websocket.CloseStatus(err)) }

// CloseReason returns the words of such an error; "no reason was given" where there were none.
func CloseReason(err error) string {
	var closed websocket.CloseError
	if errors.As(err, &closed) && closed.Reason != "" {
		return closed.Reason
	}
	return "no reason was given"
}
