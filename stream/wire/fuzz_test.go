package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"testing"
	"time"

	"inkling/fuzztest"
)

// FuzzFrames reads any bytes as frames with Content-Length headers. Whatever is read fits the limit, and is read again as it was when it is
// written again.
func FuzzFrames(f *testing.F) {
	for _, seed := range []string{"Content-Length: 2\r\n\r\n{}", "content-length:2\nX: y\n\n{}Content-Length: 0\r\n\r\n", "Content-Length: -1\r\n\r\n",
		"Content-Length: 99999999999999999999\r\n\r\n", "Content-Length: 4096\r\n\r\n", "\r\n\r\n", "a", "Content-Length: 3\r\n\r\n{}"} {
		f.Add([]byte(seed))
	}
	const limit = 1 << 10
	f.Fuzz(func(t *testing.T, data []byte) {
		defer fuzztest.Within(time.Minute)()
		in := NewReader(bytes.NewReader(data), limit)
		for {
			message, err := in.Read()
			if err != nil {
				return // every error ends the stream; a panic or a hang is what is looked for
			}
			if len(message) > limit {
				t.Fatalf("%d bytes, at most %d", len(message), limit)
			}
			var out bytes.Buffer
			if err := NewWriter(&out).Write(message); err != nil {
				t.Fatal(err)
			}
			again, err := NewReader(&out, limit).Read()
			if err != nil || !bytes.Equal(again, message) {
				t.Fatalf("%q was written and read as %q, %v", message, again, err)
			}
			if _, err := NewReader(&out, limit).Read(); !errors.Is(err, io.EOF) {
				t.Fatalf("after the last frame: %v", err)
			}
		}
	})
}

// FuzzMessage parses any text as JSON-RPC. What is accepted is exactly one of request, notification and response, and means the same when it
// is written and parsed again.
func FuzzMessage(f *testing.F) {
	for _, seed := range []string{`{"jsonrpc":"2.0","id":1,"method":"a","params":{}}`, `{"jsonrpc":"2.0","method":"a","params":[]}`, `{"jsonrpc":"2.0","id":"x","result":null}`,
		`{"jsonrpc":"2.0","id":null,"error":{"code":1,"message":"m"}}`, `[]`, `{"id":1e3}`, `{"jsonrpc":"2.0","id":9223372036854775808,"method":"a"}`, ` {"jsonrpc":"2.0"`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		defer fuzztest.Within(time.Minute)()
		m, err := Parse(data)
		if m == nil {
			t.Fatal("no message")
		}
		if err != nil {
			var e *Error
			if !errors.As(err, &e) || e.Code == 0 || e.Message == "" {
				t.Fatalf("%q: an error that cannot be answered: %v", data, err)
			}
			return
		}
		if kinds := btoi(m.IsRequest()) + btoi(m.IsNotification()) + btoi(m.IsResponse()); kinds != 1 {
			t.Fatalf("%q is %d kinds of message", data, kinds)
		}
		written, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		again, err := Parse(written)
		if err != nil || again.Method != m.Method || (again.ID == nil) != (m.ID == nil) {
			t.Fatalf("%q became %q: %+v, %v", data, written, again, err)
		}
	})
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}
