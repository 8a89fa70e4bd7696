package conformance

import (
	"slices"
	"testing"

	"github.com/gobwas/ws"
)

// Group 5: fragments, and what may stand between them.
func TestFragments(t *testing.T) { each(t, fragmented()) }

func fragmented() map[string]func(*peer) {
	whole := request("x", 0)
	first, second := part(ws.OpText, false, whole[:20]), part(ws.OpContinuation, true, whole[20:])
	ping, after := part(ws.OpPing, true, "ping payload"), part(ws.OpText, true, whole)
	astray := func(fin bool) ws.Frame { return part(ws.OpContinuation, fin, "non-continuation payload") }

	message := func(send way) func(*peer) {
		return func(p *peer) {
			send(p, first, second)
			p.answered("x")
			p.alive()
		}
	}
	withPing := func(send way) func(*peer) {
		return func(p *peer) {
			send(p, first, ping, second)
			p.pong(ping.Payload)
			p.answered("x")
			p.alive()
		}
	}
	twice := func(fin bool) []ws.Frame { return slices.Repeat([]ws.Frame{astray(fin), first, second}, 2) }
	return map[string]func(*peer){
		"5.1":  broken(inOne, part(ws.OpPing, false, "fragment1"), part(ws.OpContinuation, true, "fragment2")),
		"5.2":  broken(inOne, part(ws.OpPong, false, "fragment1"), part(ws.OpContinuation, true, "fragment2")),
		"5.3":  message(inOne),
		"5.4":  message(byFrame),
		"5.5":  message(byOctet),
		"5.6":  withPing(inOne),
		"5.7":  withPing(byFrame),
		"5.8":  withPing(byOctet),
		"5.9":  broken(inOne, astray(true), after),
		"5.10": broken(byFrame, astray(true), after),
		"5.11": broken(byOctet, astray(true), after),
		"5.12": broken(inOne, astray(false), after),
		"5.13": broken(byFrame, astray(false), after),
		"5.14": broken(byOctet, astray(false), after),
		"5.15": func(p *peer) {
			inOne(p, first, second, astray(false), after)
			p.brokenAfter("x")
		},
		"5.16":           broken(inOne, twice(false)...),
		"5.17":           broken(inOne, twice(true)...),
		"5.18":           broken(inOne, first, part(ws.OpText, true, whole[20:])),
		"5.19":           pinged(inOne, whole),
		"5.20":           pinged(byFrame, whole),
		"5.20 in octets": pinged(byOctet, whole),
	}
}

// pinged sends a message in five fragments with pings after the second and the fourth, and goes on when the first was answered.
func pinged(send way, message string) func(*peer) {
	n := len(message) / 5
	return func(p *peer) {
		send(p, part(ws.OpText, false, message[:n]), part(ws.OpContinuation, false, message[n:2*n]), part(ws.OpPing, true, "pongme 1!"))
		p.pong([]byte("pongme 1!"))
		send(p, part(ws.OpContinuation, false, message[2*n:3*n]), part(ws.OpContinuation, false, message[3*n:4*n]),
			part(ws.OpPing, true, "pongme 2!"), part(ws.OpContinuation, true, message[4*n:]))
		p.pong([]byte("pongme 2!"))
		p.answered("x")
		p.alive()
	}
}
