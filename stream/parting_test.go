package stream

import (
	"encoding/binary"
	"io"
	"testing"
	"time"

	"inkling/stream/wire"
)

// A client that is told the end may still be in the middle of a frame. It is waited for, and not for long, wherever it stops.
func TestAClientThatStopsInsideAFrameIsNotWaitedForLong(t *testing.T) {
	begun := append([]byte{0x81, 0x80 | 126, 1, 0, 0, 0, 0, 0}, "and no more"...) // of 256 bytes
	for name, client := range map[string]struct {
		says []byte
		wait time.Duration
	}{
		"before a frame":       {nil, 5 * time.Second}, // the library's own time
		"in a frame's header":  {begun[:3], 5 * time.Second},
		"in a frame's payload": {begun, partingTime},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, Config{}, func(t *testing.T, b *bubble) {
				conn, in := b.upgrade()
				if _, err := conn.Write([]byte{0x82, 0x80, 0, 0, 0, 0}); err != nil { // a binary frame
					t.Fatal(err)
				}
				closing := make([]byte, 4)
				if _, err := io.ReadFull(in, closing); err != nil || closing[0] != 0x88 || binary.BigEndian.Uint16(closing[2:]) != wire.CloseUnsupported {
					t.Fatalf("read %x, %v", closing, err)
				}
				start := time.Now()
				if _, err := conn.Write(client.says); err != nil {
					t.Fatal(err)
				}
				_, _ = io.ReadAll(in) // until the connection ends
				if after := time.Since(start); after != client.wait {
					t.Errorf("given up after %v, want %v", after, client.wait)
				}
				_ = conn.Close() // broken already
			})
		})
	}
}
