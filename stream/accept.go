package stream

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"

	"github.com/coder/websocket"

	"inkling/ratelimit"
)

// Subprotocol is the WebSocket subprotocol of sessions. It may be left out.
const Subprotocol = "inkling.v1"

// ticketPrefix starts the subprotocol by which a browser, which can send no header, brings its ticket. It is never
// sent back: the client must offer Subprotocol besides.
const ticketPrefix = "inkling.ticket."

// peer is what is known of the other end before it says anything.
type peer struct {
	remote string
	token  string // a key or a ticket; "" for none
}

// ServeHTTP upgrades a request to a session, and returns: the session goes on in goroutines of the server and outlives
// the request, of which it keeps nothing but the connection. A request refused by it was answered.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !ratelimit.HostAllowed(r.Host, s.cfg.AllowedHosts) {
		http.Error(w, "the host name is not one of this server's; add it to the allowed hosts", http.StatusForbidden)
		return
	}
	if err := s.reserve(); err != nil {
		w.Header().Set("Retry-After", "1")
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	slim := &slim{ResponseWriter: w}
	conn, err := websocket.Accept(slim, r, &websocket.AcceptOptions{
		Subprotocols:    []string{Subprotocol},
		OriginPatterns:  s.cfg.AllowedOrigins,
		CompressionMode: websocket.CompressionDisabled, // a megabyte of memory a session otherwise
	})
	if err != nil {
		s.release()
		return // Accept has answered
	}
	s.begin(s.newSession(socket{conn, slim.conn}, peer{remote: r.RemoteAddr, token: tokenOf(r)}))
}

// bufferBytes is the size of a connection's two buffers: an edit and a delta fit, and what is longer goes past them. Those
// of net/http are four times as large, and with ten thousand sessions buffers are a large part of what idle ones take.
const bufferBytes = 1 << 10

// slim is a response whose connection, once taken over, has small buffers.
type slim struct {
	http.ResponseWriter
	conn net.Conn // once taken over
}

// Hijack takes the connection over, with what of it was read already.
func (s *slim) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, was, err := http.NewResponseController(s.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	s.conn = conn
	early, _ := was.Reader.Peek(was.Reader.Buffered()) // never fails: it is there
	in := bufio.NewReaderSize(io.MultiReader(bytes.NewReader(early), conn), max(bufferBytes, len(early)))
	if len(early) > 0 {
		_, _ = in.Peek(len(early)) // likewise
	}
	return conn, bufio.NewReadWriter(in, bufio.NewWriterSize(conn, bufferBytes)), nil
}

// tokenOf returns what an upgrade request brings: a bearer token, else a ticket among the subprotocols, else "".
func tokenOf(r *http.Request) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if token = strings.TrimSpace(token); strings.EqualFold(scheme, "Bearer") && token != "" {
		return token
	}
	for _, header := range r.Header.Values("Sec-WebSocket-Protocol") {
		for offered := range strings.SplitSeq(header, ",") {
			if ticket, ok := strings.CutPrefix(strings.TrimSpace(offered), ticketPrefix); ok {
				return ticket
			}
		}
	}
	return ""
}

// isGone reports whether an error of reading says that the other end left in good order.
func isGone(err error) bool {
	var closed websocket.CloseError
	return errors.As(err, &closed)
}
