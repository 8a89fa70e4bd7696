package conformance

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/gobwas/ws"
)

// Group 2: pings and pongs.
func TestPings(t *testing.T) { each(t, pings()) }

func pings() map[string]func(*peer) {
	full := bytes.Repeat([]byte{0xfe}, 125)
	ping := func(payload []byte) func(*peer) {
		return func(p *peer) {
			p.frame(ws.OpPing, true, payload)
			p.pong(payload)
			p.alive()
		}
	}
	return map[string]func(*peer){
		"2.1": ping(nil),
		"2.2": ping([]byte("Hello, world!")),
		"2.3": ping([]byte{0x00, 0xff, 0xfe, 0xfd, 0xfc, 0xfb, 0x00, 0xff}),
		"2.4": ping(full),
		"2.5": func(p *peer) {
			p.frame(ws.OpPing, true, append(bytes.Clone(full), 1))
			p.closed(1002)
		},
		"2.6": func(p *peer) {
			p.chopped(masked(ws.NewPingFrame(bytes.Clone(full))), 1)
			p.pong(full)
		},
		"2.7": func(p *peer) {
			p.frame(ws.OpPong, true, nil)
			p.alive()
		},
		"2.8": func(p *peer) {
			p.frame(ws.OpPong, true, []byte("unsolicited"))
			p.alive()
		},
		"2.9": func(p *peer) {
			p.frame(ws.OpPong, true, []byte("unsolicited"))
			p.frame(ws.OpPing, true, []byte("ping"))
			p.pong([]byte("ping"))
		},
		"2.10": func(p *peer) {
			for i := range 10 {
				p.frame(ws.OpPing, true, fmt.Appendf(nil, "payload-%d", i))
			}
			for i := range 10 {
				p.pong(fmt.Appendf(nil, "payload-%d", i))
			}
		},
		"2.11": func(p *peer) {
			for i := range 10 {
				p.chopped(masked(ws.NewPingFrame(fmt.Appendf(nil, "payload-%d", i))), 1)
			}
			for i := range 10 {
				p.pong(fmt.Appendf(nil, "payload-%d", i))
			}
		},
	}
}

// Group 3: reserved bits are errors while no extension gives them a meaning.
func TestReservedBits(t *testing.T) { each(t, reservedBits()) }

func reservedBits() map[string]func(*peer) {
	text := func(rsv byte) ws.Frame { return reserved(rsv, part(ws.OpText, true, request("x", 0))) }
	return map[string]func(*peer){
		"3.1": broken(inOne, text(1)),
		"3.2": brokenLater(inOne, text(2)),
		"3.3": brokenLater(byFrame, text(3)),
		"3.4": brokenLater(byOctet, text(4)),
		"3.5": broken(inOne, reserved(5, part(ws.OpBinary, true, "\x00\xff\xfe\xfd\xfc\xfb\x00\xff"))),
		"3.6": broken(inOne, reserved(6, part(ws.OpPing, true, "Hello, world!"))), // so it is described; what is sent there is binary
		"3.7": broken(inOne, reserved(7, part(ws.OpClose, true, ""))),
	}
}

func reserved(rsv byte, f ws.Frame) ws.Frame {
	f.Header.Rsv = rsv
	return f
}

// Group 4: reserved opcodes are errors.
func TestReservedOpcodes(t *testing.T) { each(t, reservedOpcodes()) }

func reservedOpcodes() map[string]func(*peer) {
	cases := map[string]func(*peer){}
	for group, first := range map[int]ws.OpCode{1: 3, 2: 11} {
		number := func(n int) string { return fmt.Sprintf("4.%d.%d", group, n) }
		cases[number(1)] = broken(inOne, part(first, true, ""))
		cases[number(2)] = broken(inOne, part(first+1, true, "reserved opcode payload"))
		cases[number(3)] = brokenLater(inOne, part(first+2, true, ""))
		cases[number(4)] = brokenLater(inOne, part(first+3, true, "Hello, world!"))
		cases[number(5)] = brokenLater(byOctet, part(first+4, true, "Hello, world!"))
	}
	return cases
}

// broken expects that frames end the session.
func broken(send way, frames ...ws.Frame) func(*peer) {
	return func(p *peer) {
		send(p, frames...)
		p.closed(1002)
	}
}

// brokenLater expects the same of a frame between a message and a ping, which is not answered.
func brokenLater(send way, f ws.Frame) func(*peer) {
	return func(p *peer) {
		send(p, part(ws.OpText, true, request("before", 0)), f, part(ws.OpPing, true, ""))
		p.brokenAfter("before")
	}
}

// What a client sends is masked. (RFC 6455, 5.1; no number of Autobahn's, which tests clients for it.)
func TestUnmaskedFramesEndTheSession(t *testing.T) {
	each(t, map[string]func(*peer){
		"text": func(p *peer) {
			p.write(ws.MustCompileFrame(ws.NewTextFrame([]byte(request("x", 0)))))
			p.closed(1002, -1) // a close frame may be sent, and is not
		},
		"ping": func(p *peer) {
			p.write(ws.MustCompileFrame(ws.NewPingFrame(nil)))
			p.closed(1002, -1)
		},
	})
}
