package wire

import (
	"errors"
	"strings"
	"testing"
)

func TestALongHeaderLineIsRefused(t *testing.T) {
	for n, fits := range map[int]bool{MaxHeaderBytes: true, MaxHeaderBytes + 1: false} {
		line := "X: " + strings.Repeat("a", n-3)
		_, err := NewReader(strings.NewReader(line+"\nContent-Length: 2\n\n{}"), 10).Read()
		if fits && err != nil || !fits && !errors.Is(err, ErrHeader) {
			t.Errorf("a line of %d bytes: %v", n, err)
		}
	}
}

func TestALongIDIsRefused(t *testing.T) {
	for n, fits := range map[int]bool{MaxIDBytes: true, MaxIDBytes + 1: false} {
		_, err := Parse([]byte(`{"jsonrpc":"2.0","method":"a","id":"` + strings.Repeat("a", n) + `"}`))
		if (err == nil) != fits {
			t.Errorf("an id of %d bytes: %v", n, err)
		}
	}
}

func TestAFrameOverTheLimitIsLeftOut(t *testing.T) {
	in := NewReader(strings.NewReader("Content-Length: 3\r\n\r\nabcContent-Length: 2\r\n\r\nde"), 2)
	if _, err := in.Read(); !errors.Is(err, ErrFrameTooBig) || !strings.Contains(err.Error(), "Content-Length is 3, at most 2") {
		t.Errorf("the first: %v", err)
	}
	if data, err := in.Read(); string(data) != "de" || err != nil {
		t.Errorf("the second: %q, %v", data, err)
	}
}
