package conformance

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/gobwas/ws"

	"inkling/stream"
)

// notJSON is the answer to a message that is a text and no more.
const notJSON = `{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"the message is not valid JSON"}}`

// Group 1: messages of every length encoding. An empty one is no JSON, which is answered.
func TestSizes(t *testing.T) { each(t, sizes()) }

func sizes() map[string]func(*peer) {
	cases := map[string]func(*peer){
		"1.1.1": func(p *peer) {
			p.text("")
			p.says(notJSON)
			p.alive()
		},
		"1.1.8": func(p *peer) {
			p.chopped(masked(part(ws.OpText, true, request("x", 65536))), 997)
			p.answered("x")
		},
		"1.2.8": refused(func(p *peer) { p.chopped(masked(blob(65536)), 997) }),
	}
	for i, size := range []int{125, 126, 127, 128, 65535, 65536} {
		cases[fmt.Sprintf("1.1.%d", i+2)] = func(p *peer) {
			p.text(request("x", size))
			p.answered("x")
			p.alive()
		}
	}
	for i, size := range []int{0, 125, 126, 127, 128, 65535, 65536} {
		cases[fmt.Sprintf("1.2.%d", i+1)] = refused(func(p *peer) { inOne(p, blob(size)) })
	}
	return cases
}

func blob(size int) ws.Frame { return ws.NewBinaryFrame(bytes.Repeat([]byte{0xfe}, size)) }

// refused expects the end by 1003 of what Autobahn has echoed: binary messages are none of this protocol's, whatever their size and
// however they are cut up. It may come before all was sent.
func refused(send func(*peer)) func(*peer) {
	return func(p *peer) {
		p.writing.Go(func() { send(p) })
		p.closed(1003)
	}
}

// Group 9: large messages, whole and in fragments, up to the limit and past it. 9.9 and 9.10, messages without an end, are numbers that
// Autobahn itself does not play; that the limit ends them is TestTheLimitIsExact.
func TestLargeMessages(t *testing.T) { each(t, largeMessages()) }

func largeMessages() map[string]func(*peer) {
	cases := map[string]func(*peer){}
	for i, size := range []int{64 << 10, 256 << 10, 1 << 20, 4 << 20, 8 << 20, 16 << 20} {
		cases[fmt.Sprintf("9.1.%d", i+1)] = func(p *peer) {
			p.writing.Go(func() { p.text(request("x", size)) })
			if size > 4<<20 { // over this door's limit, which ends it before all was read
				p.closed(1009)
				return
			}
			p.answered("x")
		}
		cases[fmt.Sprintf("9.2.%d", i+1)] = refused(func(p *peer) { inOne(p, blob(size)) })
	}
	for i, size := range []int{64, 256, 1 << 10, 4 << 10, 16 << 10, 64 << 10, 256 << 10, 1 << 20, 4 << 20} {
		cases[fmt.Sprintf("9.3.%d", i+1)] = func(p *peer) { // 4 MiB in fragments of a size
			p.fragments(ws.OpText, request("x", 4<<20), size)
			p.answered("x")
			p.alive()
		}
		cases[fmt.Sprintf("9.4.%d", i+1)] = refused(func(p *peer) { p.fragments(ws.OpBinary, strings.Repeat("\xfe", 4<<20), size) })
	}
	for i, chop := range []int{64, 128, 256, 512, 1024, 2048} {
		cases[fmt.Sprintf("9.5.%d", i+1)] = func(p *peer) { // a megabyte, chopped by the network
			p.chopped(masked(part(ws.OpText, true, request("x", 1<<20))), chop)
			p.answered("x")
		}
		cases[fmt.Sprintf("9.6.%d", i+1)] = refused(func(p *peer) { p.chopped(masked(blob(1<<20)), chop) })
	}
	for i, size := range []int{0, 16, 64, 256, 1 << 10, 4 << 10} {
		cases[fmt.Sprintf("9.7.%d", i+1)] = func(p *peer) { // a thousand messages, one after the other
			for n := range 1000 {
				if id := fmt.Sprint(n); size >= len(request(id, 0)) {
					p.text(request(id, size))
					p.answered(id)
				} else { // no request is so short
					p.text(strings.Repeat("*", size))
					p.says(notJSON)
				}
			}
		}
		cases[fmt.Sprintf("9.8.%d", i+1)] = refused(func(p *peer) { // nor the first of a thousand
			for range 1000 {
				inOne(p, blob(size))
			}
		})
	}
	return cases
}

// A message of the limit passes, one byte more does not, however it is cut up.
func TestTheLimitIsExact(t *testing.T) {
	for _, whole := range []bool{true, false} {
		p := dial(t, stream.Limits{FrameBytes: 1000})
		send := func(size int) {
			if whole {
				p.text(request("x", size))
			} else {
				p.fragments(ws.OpText, request("x", size), 100)
			}
		}
		send(1000)
		p.answered("x")
		send(1001)
		p.closed(1009)
	}
}

// Group 10: a message that arrives in fragments of another size than it was cut into.
func TestAutoFragmentation(t *testing.T) { each(t, autoFragmentation()) }

func autoFragmentation() map[string]func(*peer) {
	return map[string]func(*peer){"10.1.1": func(p *peer) {
		p.fragments(ws.OpText, request("x", 65536), 1300)
		p.answered("x")
	}}
}

// fragments sends a message of a kind in fragments of a size.
func (p *peer) fragments(op ws.OpCode, message string, size int) {
	p.t.Helper()
	for len(message) > size {
		p.frame(op, false, []byte(message[:size]))
		op, message = ws.OpContinuation, message[size:]
	}
	p.frame(op, true, []byte(message))
}
