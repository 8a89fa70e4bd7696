package stream

import (
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/coder/websocket"

	"inkling/stream/wire"
)

// transport carries whole messages. read is called by one goroutine; the others from any.
type transport interface {
	// read returns the next message. An error ends the connection; a *protocolError says with which code.
	read(ctx context.Context) ([]byte, error)
	// limit sets how many bytes the messages may have that read has not begun with. It is called before read, or by its goroutine.
	limit(bytes int64)
	// write returns when the message was taken. Ending ctx breaks the connection.
	write(ctx context.Context, message []byte) error
	// ping returns when the other end has answered.
	ping(ctx context.Context) error
	// close tells the other end the code and waits, some seconds at most, for it to have understood.
	close(code int, reason string)
	// abort breaks the connection.
	abort()
}

// protocolError is a breach of the transport's protocol.
type protocolError struct{ ending }

func (e *protocolError) Error() string { return e.reason }

var (
	errBinary   = &protocolError{ending{wire.CloseUnsupported, "binary frames are not accepted"}}
	errUTF8     = &protocolError{ending{wire.CloseInvalidText, "a text frame is not UTF-8"}}
	errInternal = &protocolError{ending{wire.CloseInternal, "internal error"}}
	errTooBig   = &protocolError{ending{wire.CloseTooBig, "a message is over the limit"}}
)

// socket is a WebSocket, and the connection that carries it.
type socket struct {
	conn *websocket.Conn
	raw  net.Conn
}

func (s socket) read(ctx context.Context) ([]byte, error) {
	kind, in, err := s.conn.Reader(ctx)
	switch {
	case err != nil:
		return nil, err
	case kind != websocket.MessageText:
		return nil, errBinary
	}
	message, err := readText(in)
	if errors.Is(err, websocket.ErrMessageTooBig) {
		return nil, errTooBig // the library closes by itself, with the same code
	}
	return message, err
}

func (s socket) limit(bytes int64) { s.conn.SetReadLimit(bytes) }

// readText reads to the end of a text, or to the first byte with which it cannot be UTF-8. The library does not look;
// encoding/json would change the text silently.
func readText(in io.Reader) ([]byte, error) {
	text := make([]byte, 0, 512)
	for checked := 0; ; {
		text = slices.Grow(text, 1)
		n, err := in.Read(text[len(text):cap(text)])
		text = text[:len(text)+n]
		end := wholeCharacters(text)
		if !utf8.Valid(text[checked:end]) || errors.Is(err, io.EOF) && end < len(text) {
			return nil, errUTF8
		}
		checked = end
		switch {
		case errors.Is(err, io.EOF):
			return text, nil
		case err != nil:
			return nil, err
		}
	}
}

// wholeCharacters returns where a text's last character begins if bytes of it are still to come, else the text's length.
func wholeCharacters(text []byte) int {
	for n := 1; n < utf8.UTFMax && n <= len(text); n++ {
		last := text[len(text)-n:]
		if !utf8.RuneStart(last[0]) {
			continue
		}
		if utf8.FullRune(last) {
			break
		}
		return len(text) - n
	}
	return len(text)
}

func (s socket) write(ctx context.Context, message []byte) error {
	return s.conn.Write(ctx, websocket.MessageText, message)
}

func (s socket) ping(ctx context.Context) error { return s.conn.Ping(ctx) }

// partingTime is for the other end to take a close frame and to answer it. The library's own times for that, 5 s and 5 s, do not hold
// once a frame has begun to arrive: a client that then stops would keep its session for ever.
const partingTime = 10 * time.Second

func (s socket) close(code int, reason string) {
	_ = s.raw.SetReadDeadline(time.Now().Add(partingTime)) // an error says only that the connection is closed already
	_ = s.conn.Close(websocket.StatusCode(code), reason)   // an error says only that the other end was gone before
}

func (s socket) abort() { _ = s.conn.CloseNow() }

// pipe is a byte stream with Content-Length framing. It has no close codes and no pings. A goroutine of its own reads a
// message when it is asked for one, because a Read of standard input cannot be interrupted everywhere: that goroutine
// ends when its Read does, the session before.
type pipe struct {
	in       *wire.Reader
	out      *wire.Writer
	conn     io.Closer
	asked    chan struct{}
	messages chan readResult
	closed   chan struct{}
	start    sync.Once
	end      sync.Once
}

// readResult is what a Read returned.
type readResult struct {
	message []byte
	err     error
}

func newPipe(conn io.ReadWriteCloser) *pipe {
	return &pipe{in: wire.NewReader(conn, 0), out: wire.NewWriter(conn), conn: conn,
		asked: make(chan struct{}), messages: make(chan readResult), closed: make(chan struct{})}
}

func (p *pipe) limit(bytes int64) { p.in.Limit(bytes) } // nothing is read between two calls of read

// pump reads until the stream or the session ends.
func (p *pipe) pump() {
	for {
		select {
		case <-p.asked:
		case <-p.closed:
			return
		}
		message, err := p.in.Read()
		select {
		case p.messages <- readResult{message, err}:
		case <-p.closed:
			return
		}
		if err != nil {
			return
		}
	}
}

func (p *pipe) read(ctx context.Context) ([]byte, error) {
	p.start.Do(func() { go p.pump() })
	select {
	case p.asked <- struct{}{}:
	case <-p.closed:
		return nil, io.ErrClosedPipe
	}
	var r readResult
	select {
	case r = <-p.messages:
	case <-p.closed:
		return nil, io.ErrClosedPipe
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	switch {
	case errors.Is(r.err, wire.ErrFrameTooBig):
		return nil, errTooBig
	case r.err != nil:
		return nil, r.err
	case !utf8.Valid(r.message):
		return nil, errUTF8
	}
	return r.message, nil
}

func (p *pipe) write(ctx context.Context, message []byte) error {
	stop := context.AfterFunc(ctx, p.abort)
	defer stop()
	return p.out.Write(message)
}

func (p *pipe) ping(context.Context) error { return nil }

func (p *pipe) close(int, string) { p.abort() }

func (p *pipe) abort() {
	p.end.Do(func() {
		close(p.closed)
		_ = p.conn.Close() // there is nobody left to tell
	})
}
