package conformance

import (
	"fmt"
	"testing"

	"github.com/gobwas/ws"

	"inkling/stream"
)

// Group 1: messages of every length encoding. 1.1.1 is an empty one.
func TestSizes(t *testing.T) {
	cases := map[string]func(*peer){
		"1.1.1": func(p *peer) {
			p.text("")
			if got := p.message(); got != `{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"the message is not valid JSON"}}` {
				p.t.Error(got)
			}
			p.alive()
		},
		"1.1.8": func(p *peer) {
			p.chopped(masked(ws.NewTextFrame([]byte(request("x", 65536)))), 997)
			p.answered("x")
		},
	}
	for i, size := range []int{125, 126, 127, 128, 65535, 65536} {
		cases[fmt.Sprintf("1.1.%d", i+2)] = func(p *peer) {
			p.text(request("x", size))
			p.answered("x")
			p.alive()
		}
	}
	for i, size := range []int{0, 125, 126, 127, 128, 65535, 65536} {
		cases[fmt.Sprintf("1.2.%d", i+1)] = func(p *peer) { // binary messages are none of this protocol's
			p.frame(ws.OpBinary, true, make([]byte, size))
			p.closed(1003)
		}
	}
	each(t, cases)
}

// Group 9: large messages, whole and in fragments, up to the limit and past it.
func TestLargeMessages(t *testing.T) {
	cases := map[string]func(*peer){}
	for i, size := range []int{64 << 10, 256 << 10, 1 << 20, 4 << 20} {
		cases[fmt.Sprintf("9.1.%d", i+1)] = func(p *peer) {
			p.text(request("x", size))
			p.answered("x")
		}
	}
	for i, size := range []int{8 << 20, 16 << 20} {
		cases[fmt.Sprintf("9.1.%d", i+5)] = func(p *peer) {
			go p.frame(ws.OpText, true, []byte(request("x", size))) // the server ends it before it has read all
			p.closed(1009)
		}
	}
	for i, size := range []int{64, 256, 1 << 10, 4 << 10, 16 << 10, 64 << 10, 256 << 10, 1 << 20, 4 << 20} {
		cases[fmt.Sprintf("9.3.%d", i+1)] = func(p *peer) { // 4 MiB in fragments of a size
			p.fragments(request("x", 4<<20), size)
			p.answered("x")
			p.alive()
		}
	}
	for i, chop := range []int{64, 128, 256, 512, 1024, 2048} {
		cases[fmt.Sprintf("9.5.%d", i+1)] = func(p *peer) { // a megabyte, chopped by the network
			p.chopped(masked(ws.NewTextFrame([]byte(request("x", 1<<20)))), chop)
			p.answered("x")
		}
	}
	for i, size := range []int{50, 125, 128, 1 << 10, 4 << 10, 16 << 10} {
		cases[fmt.Sprintf("9.7.%d", i+1)] = func(p *peer) { // a thousand messages, one after the other
			for n := range 1000 {
				id := fmt.Sprint(n)
				p.text(request(id, size))
				p.answered(id)
			}
		}
	}
	each(t, cases)
}

// A message of the limit passes, one byte more does not, however it is cut up.
func TestTheLimitIsExact(t *testing.T) {
	for _, whole := range []bool{true, false} {
		p := dial(t, stream.Limits{FrameBytes: 1000})
		send := func(size int) {
			if whole {
				p.text(request("x", size))
			} else {
				p.fragments(request("x", size), 100)
			}
		}
		send(1000)
		p.answered("x")
		send(1001)
		p.closed(1009)
	}
}

// Group 10: a message that arrives in fragments of another size than it was cut into.
func TestAutoFragmentation(t *testing.T) {
	each(t, map[string]func(*peer){"10.1.1": func(p *peer) {
		p.fragments(request("x", 65536), 1300)
		p.answered("x")
	}})
}

// fragments sends a message in fragments of a size.
func (p *peer) fragments(message string, size int) {
	p.t.Helper()
	op := ws.OpText
	for len(message) > size {
		p.frame(op, false, []byte(message[:size]))
		op, message = ws.OpContinuation, message[size:]
	}
	p.frame(op, true, []byte(message))
}
