package wire

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

// MaxHeaderBytes bounds one line of a frame's header on standard input.
const MaxHeaderBytes = 1024

// Errors of framing.
var (
	// ErrHeader is returned when a frame's header is not LSP's. The stream cannot be read on.
	ErrHeader = errors.New("wire: the header of a frame is malformed")
	// ErrFrameTooBig is returned when a frame's Content-Length is over the limit. The next read leaves the frame out.
	ErrFrameTooBig = errors.New("wire: a frame is over the limit")
)

// Reader reads messages with LSP's Content-Length header, as they travel over standard input and output.
type Reader struct {
	in       *bufio.Reader
	maxBytes int64
	skip     int64 // bytes of a frame that was over the limit, not read yet
}

// NewReader returns a reader that refuses messages of more than maxBytes.
func NewReader(r io.Reader, maxBytes int64) *Reader {
	return &Reader{in: bufio.NewReader(r), maxBytes: maxBytes}
}

// Limit sets the limit of the next messages. It must not be called during Read.
func (r *Reader) Limit(maxBytes int64) { r.maxBytes = maxBytes }

// Read returns the next message. It returns io.EOF at the end of the stream between two messages.
func (r *Reader) Read() ([]byte, error) {
	for r.skip > 0 {
		n, err := r.in.Discard(int(min(r.skip, math.MaxInt32)))
		if r.skip -= int64(n); err != nil {
			return nil, fmt.Errorf("wire: leaving out a message: %w", io.ErrUnexpectedEOF)
		}
	}
	size, err := r.header()
	if err != nil {
		return nil, err
	}
	if size > r.maxBytes {
		r.skip = size
		return nil, fmt.Errorf("%w: Content-Length is %d, at most %d", ErrFrameTooBig, size, r.maxBytes)
	}
	data := make([]byte, size)
	if _, err := io.ReadFull(r.in, data); err != nil {
		return nil, fmt.Errorf("wire: reading a message of %d bytes: %w", size, io.ErrUnexpectedEOF)
	}
	return data, nil
}

// LeftOut returns the beginning of the frame for which Read has just returned [ErrFrameTooBig], a KiB of it. It waits for that.
func (r *Reader) LeftOut() []byte {
	head, _ := r.in.Peek(int(min(r.skip, 1<<10))) // what there is at the stream's end
	return head
}

// header reads up to the empty line and returns the Content-Length.
func (r *Reader) header() (int64, error) {
	size := int64(-1)
	for first := true; ; first = false {
		line, err := r.line()
		if err != nil {
			if first && err == io.EOF && line == "" {
				return 0, io.EOF
			}
			return 0, fmt.Errorf("wire: reading a header: %w", err)
		}
		if line == "" {
			if size < 0 {
				return 0, fmt.Errorf("%w: no Content-Length", ErrHeader)
			}
			return size, nil
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			return 0, fmt.Errorf("%w: a line without a colon", ErrHeader)
		}
		if strings.EqualFold(strings.TrimSpace(name), "Content-Length") {
			size, err = strconv.ParseInt(strings.TrimSpace(value), 10, 64)
			if err != nil || size < 0 {
				return 0, fmt.Errorf("%w: Content-Length is no count of bytes", ErrHeader)
			}
		}
	}
}

// line reads one line of at most MaxHeaderBytes, without its end.
func (r *Reader) line() (string, error) {
	var line []byte
	for {
		b, err := r.in.ReadByte()
		if err != nil {
			return string(line), err
		}
		if b == '\n' {
			return strings.TrimSuffix(string(line), "\r"), nil
		}
		if len(line) == MaxHeaderBytes {
			return "", fmt.Errorf("%w: a line of more than %d bytes", ErrHeader, MaxHeaderBytes)
		}
		line = append(line, b)
	}
}

// Writer writes messages with LSP's Content-Length header.
type Writer struct{ out io.Writer }

// NewWriter returns a writer to w.
func NewWriter(w io.Writer) *Writer { return &Writer{out: w} }

// Write writes one message in one call of the underlying writer.
func (w *Writer) Write(message []byte) error {
	frame := make([]byte, 0, len(message)+32) // 32: more than the header takes
	frame = fmt.Appendf(frame, "Content-Length: %d\r\n\r\n", len(message))
	if _, err := w.out.Write(append(frame, message...)); err != nil {
		return fmt.Errorf("wire: writing a message of %d bytes: %w", len(message), err)
	}
	return nil
}
