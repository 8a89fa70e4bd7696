package conformance

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/gobwas/ws"
)

// Group 2: pings and pongs.
func TestPings(t *testing.T) {
	full := bytes.Repeat([]byte{0xfe}, 125)
	ping := func(payload []byte) func(*peer) {
		return func(p *peer) {
			p.frame(ws.OpPing, true, payload)
			p.pong(payload)
			p.alive()
		}
	}
	each(t, map[string]func(*peer){
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
	})
}

// Group 3: reserved bits are errors while no extension gives them a meaning.
func TestReservedBits(t *testing.T) {
	cases := map[string]func(*peer){}
	for rsv := byte(1); rsv <= 7; rsv++ {
		cases[fmt.Sprintf("3.%d", rsv)] = func(p *peer) {
			p.text(request("before", 0))
			f := ws.NewFrame(ws.OpText, true, []byte(request("x", 0)))
			if rsv == 5 {
				f = ws.NewFrame(ws.OpBinary, true, nil)
			}
			if rsv >= 6 {
				f = ws.NewFrame(map[byte]ws.OpCode{6: ws.OpPing, 7: ws.OpClose}[rsv], true, nil)
			}
			f.Header.Rsv = rsv
			p.write(masked(f))
			p.brokenAfter("before")
		}
	}
	each(t, cases)
}

// Group 4: reserved opcodes are errors.
func TestReservedOpcodes(t *testing.T) {
	cases := map[string]func(*peer){}
	for group, first := range map[int]int{1: 3, 2: 11} {
		for i := range 5 {
			cases[fmt.Sprintf("4.%d.%d", group, i+1)] = func(p *peer) {
				payload := []byte("reserved")[:8*min(1, i%2)]
				p.text(request("before", 0))
				p.frame(ws.OpCode(first+i), true, payload)
				p.brokenAfter("before")
			}
		}
	}
	each(t, cases)
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
