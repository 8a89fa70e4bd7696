package conformance

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/gobwas/ws"
)

// Group 7: the end of a session.
func TestClosing(t *testing.T) { each(t, closing()) }

func closing() map[string]func(*peer) {
	cases := map[string]func(*peer){
		"7.1.1": func(p *peer) { // after a message
			p.text(request("x", 0))
			p.answered("x")
			p.frame(ws.OpClose, true, code(1000, "bye"))
			p.closed(1000)
		},
		"7.1.2": func(p *peer) { // two close frames: the second is not answered
			inOne(p, ws.NewCloseFrame(code(1000, "")), ws.NewCloseFrame(nil))
			p.closed(1000)
		},
		"7.1.3": func(p *peer) { // a ping after a close frame is not answered
			inOne(p, ws.NewCloseFrame(code(1000, "")), ws.NewPingFrame(nil))
			p.closed(1000)
		},
		"7.1.4": func(p *peer) { // nor a text
			inOne(p, ws.NewCloseFrame(code(1000, "")), part(ws.OpText, true, request("x", 0)))
			p.closed(1000)
		},
		"7.1.5": func(p *peer) { // a message that is never ended
			whole := request("x", 0)
			p.frame(ws.OpText, false, []byte(whole[:10]))
			p.frame(ws.OpClose, true, code(1000, ""))
			p.frame(ws.OpContinuation, true, []byte(whole[10:]))
			p.closed(1000)
		},
		"7.1.6": func(p *peer) { // a large message, a small one, a close frame and a ping
			inOne(p, part(ws.OpText, true, request("x", 256<<10)), part(ws.OpText, true, request("y", 0)),
				ws.NewCloseFrame(code(1000, "")), ws.NewPingFrame(nil))
			for _, id := range []string{"x", "y"} { // the answers may be lost
				if next, err := p.in.Peek(1); err == nil && ws.OpCode(next[0]&0x0f) == ws.OpText {
					p.answered(id)
				}
			}
			p.closed(1000)
		},
		"7.3.1": func(p *peer) { p.frame(ws.OpClose, true, nil); p.closed(0) },
		"7.3.2": func(p *peer) { p.frame(ws.OpClose, true, []byte{3}); p.closed(1002) },
		"7.3.3": func(p *peer) { p.frame(ws.OpClose, true, code(1000, "")); p.closed(1000) },
		"7.3.4": func(p *peer) { p.frame(ws.OpClose, true, code(1000, "Hello World!")); p.closed(1000) },
		"7.3.5": func(p *peer) {
			p.frame(ws.OpClose, true, code(1000, string(bytes.Repeat([]byte{'*'}, 123))))
			p.closed(1000)
		},
		"7.3.6": func(p *peer) {
			p.frame(ws.OpClose, true, code(1000, string(bytes.Repeat([]byte{'*'}, 124))))
			p.closed(1002)
		},
		"7.5.1": func(p *peer) { // a reason that is no UTF-8 should be 1007; the library looks at the code alone, and nobody reads the reason
			p.frame(ws.OpClose, true, code(1000, "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80edited"))
			p.closed(1007, 1000)
		},
		"7.13.1": func(p *peer) { p.frame(ws.OpClose, true, code(5000, "")); p.closed(1002, 5000) },
		"7.13.2": func(p *peer) { p.frame(ws.OpClose, true, code(65535, "")); p.closed(1002, 65535) },
	}
	for i, valid := range []uint16{1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999} {
		cases[fmt.Sprintf("7.7.%d", i+1)] = func(p *peer) {
			p.frame(ws.OpClose, true, code(valid, ""))
			p.closed(int(valid))
		}
	}
	for i, invalid := range []uint16{0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999} {
		cases[fmt.Sprintf("7.9.%d", i+1)] = func(p *peer) {
			p.frame(ws.OpClose, true, code(invalid, ""))
			p.closed(1002)
		}
	}
	return cases
}

// code is the payload of a close frame.
func code(n uint16, reason string) []byte {
	return append(binary.BigEndian.AppendUint16(nil, n), reason...)
}
