package conformance

import (
	"testing"

	"github.com/gobwas/ws"
)

// Group 5: fragments, and what may stand between them.
func TestFragments(t *testing.T) {
	whole := request("x", 0)
	first, second := []byte(whole[:20]), []byte(whole[20:])
	broken := func(frames func(p *peer)) func(*peer) {
		return func(p *peer) {
			frames(p)
			p.closed(1002)
		}
	}
	octets := func(p *peer, frames ...ws.Frame) {
		for _, f := range frames {
			p.chopped(masked(f), 1)
		}
	}
	part := func(op ws.OpCode, fin bool, data []byte) ws.Frame {
		return ws.NewFrame(op, fin, append([]byte(nil), data...))
	}
	// parts are a message in two fragments with a ping between, written frame by frame, in one write, and octet by octet.
	withPing := []ws.Frame{part(ws.OpText, false, first), part(ws.OpPing, true, []byte("ping")), part(ws.OpContinuation, true, second)}
	ponged := func(p *peer) {
		p.pong([]byte("ping"))
		p.answered("x")
		p.alive()
	}
	copyOf := func(frames []ws.Frame) []ws.Frame {
		var all []ws.Frame
		for _, f := range frames {
			all = append(all, part(f.Header.OpCode, f.Header.Fin, f.Payload))
		}
		return all
	}
	each(t, map[string]func(*peer){
		"5.1": broken(func(p *peer) {
			p.frame(ws.OpPing, false, []byte("a"))
			p.frame(ws.OpContinuation, true, []byte("b"))
		}),
		"5.2": broken(func(p *peer) {
			p.frame(ws.OpPong, false, []byte("a"))
			p.frame(ws.OpContinuation, true, []byte("b"))
		}),
		"5.3": func(p *peer) {
			p.frame(ws.OpText, false, first)
			p.frame(ws.OpContinuation, true, second)
			p.answered("x")
		},
		"5.4": func(p *peer) {
			p.write(append(masked(part(ws.OpText, false, first)), masked(part(ws.OpContinuation, true, second))...))
			p.answered("x")
		},
		"5.5": func(p *peer) {
			octets(p, part(ws.OpText, false, first), part(ws.OpContinuation, true, second))
			p.answered("x")
		},
		"5.6": func(p *peer) {
			for _, f := range copyOf(withPing) {
				p.write(masked(f))
			}
			ponged(p)
		},
		"5.7": func(p *peer) {
			var all []byte
			for _, f := range copyOf(withPing) {
				all = append(all, masked(f)...)
			}
			p.write(all)
			ponged(p)
		},
		"5.8": func(p *peer) {
			octets(p, copyOf(withPing)...)
			ponged(p)
		},
		"5.9": broken(func(p *peer) { p.frame(ws.OpContinuation, true, first); p.text(whole) }),
		"5.10": broken(func(p *peer) {
			p.write(append(masked(part(ws.OpContinuation, true, first)), masked(part(ws.OpText, true, []byte(whole)))...))
		}),
		"5.11": broken(func(p *peer) { octets(p, part(ws.OpContinuation, true, first), part(ws.OpText, true, []byte(whole))) }),
		"5.12": broken(func(p *peer) { p.frame(ws.OpContinuation, false, first); p.text(whole) }),
		"5.13": broken(func(p *peer) {
			p.write(append(masked(part(ws.OpContinuation, false, first)), masked(part(ws.OpText, true, []byte(whole)))...))
		}),
		"5.14": broken(func(p *peer) { octets(p, part(ws.OpContinuation, false, first), part(ws.OpText, true, []byte(whole))) }),
		"5.15": func(p *peer) {
			p.frame(ws.OpText, false, first)
			p.frame(ws.OpContinuation, true, second)
			p.frame(ws.OpContinuation, false, first)
			p.brokenAfter("x")
		},
		"5.16": broken(func(p *peer) {
			p.frame(ws.OpContinuation, false, first)
			p.frame(ws.OpText, false, first)
			p.frame(ws.OpContinuation, true, second)
		}),
		"5.17": broken(func(p *peer) {
			p.frame(ws.OpContinuation, true, first)
			p.frame(ws.OpText, false, first)
			p.frame(ws.OpContinuation, true, second)
		}),
		"5.18": broken(func(p *peer) {
			p.frame(ws.OpText, false, first)
			p.frame(ws.OpText, true, second)
		}),
		"5.19": func(p *peer) { pinged(p, whole, p.frame) },
		"5.20": func(p *peer) {
			pinged(p, whole, func(op ws.OpCode, fin bool, payload []byte) { octets(p, part(op, fin, payload)) })
		},
	})
}

// pinged sends a message in five fragments with pings after the second and the fourth.
func pinged(p *peer, message string, frame func(ws.OpCode, bool, []byte)) {
	n := len(message) / 5
	op := ws.OpText
	for i := range 5 {
		end := (i + 1) * n
		if i == 4 {
			end = len(message)
		}
		frame(op, i == 4, []byte(message[i*n:end]))
		if op = ws.OpContinuation; i == 1 || i == 3 {
			frame(ws.OpPing, true, []byte{byte('0' + i)})
			p.pong([]byte{byte('0' + i)})
		}
	}
	p.answered("x")
}
