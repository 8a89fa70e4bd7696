package conformance

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gobwas/ws"
)

// kosme is the text that much of group 6 is made of. Its second letter has its accent in it, U+1F79 and three bytes; an editor that
// composes characters makes it another, U+03CC.
const kosme = "\u03ba\u1f79\u03c3\u03bc\u03b5"

// Texts of group 6: the valid ones have to come back as they were sent, the others end the session with 1007.
var (
	validTexts = map[string]string{
		"6.2.1":  "Hello-µ@ßöäüàá-UTF-8!!",
		"6.5.1":  "hello\u0024world",
		"6.5.2":  "hello\u00a2world",
		"6.5.3":  "hello\u20acworld",
		"6.5.4":  "hello\U00024b62world",
		"6.5.5":  kosme,
		"6.6.2":  kosme[:2],
		"6.6.5":  kosme[:5],
		"6.6.7":  kosme[:7],
		"6.6.9":  kosme[:9],
		"6.6.11": kosme,
		"6.7.2":  "\u0080",
		"6.7.3":  "\u0800",
		"6.7.4":  "\U00010000",
		"6.9.1":  "\u007f",
		"6.9.2":  "\u07ff",
		"6.9.3":  "\uffff",
		"6.9.4":  "\U0010ffff",
		"6.11.1": "\ud7ff",
		"6.11.2": "\ue000",
		"6.11.3": "\ufffd",
		"6.11.4": "\U0010ffff",
		"6.22.1": "\ufffe",
		"6.22.2": "\uffff",
		"6.23.1": "\ufff9", "6.23.2": "\ufffa", "6.23.3": "\ufffb", "6.23.4": "\ufffc", "6.23.5": "\ufffd", "6.23.6": "\ufffe", "6.23.7": "\uffff",
	}
	invalidTexts = map[string]string{
		"6.3.1":  kosme + "\xed\xa0\x80edited",
		"6.6.1":  "\xce",
		"6.6.3":  "\xce\xba\xe1",
		"6.6.4":  "\xce\xba\xe1\xbd",
		"6.6.6":  "\xce\xba\xe1\xbd\xb9\xcf",
		"6.6.8":  "\xce\xba\xe1\xbd\xb9\xcf\x83\xce",
		"6.6.10": "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce",
		"6.8.1":  "\xf8\x88\x80\x80\x80",
		"6.8.2":  "\xfc\x84\x80\x80\x80\x80",
		"6.10.1": "\xf7\xbf\xbf\xbf",
		"6.10.2": "\xfb\xbf\xbf\xbf\xbf",
		"6.10.3": "\xfd\xbf\xbf\xbf\xbf\xbf",
		"6.11.5": "\xf4\x90\x80\x80",
		"6.12.1": "\x80",
		"6.12.2": "\xbf",
		"6.12.3": "\x80\xbf",
		"6.12.4": "\x80\xbf\x80",
		"6.12.5": "\x80\xbf\x80\xbf",
		"6.12.6": "\x80\xbf\x80\xbf\x80",
		"6.12.7": "\x80\xbf\x80\xbf\x80\xbf",
		"6.12.8": series(0x80, 0xbe, ""),
		"6.13.1": series(0xc0, 0xde, " "),
		"6.13.2": series(0xe0, 0xee, " "),
		"6.13.3": series(0xf0, 0xf6, " "),
		"6.13.4": series(0xf8, 0xfa, " "),
		"6.13.5": series(0xfc, 0xfc, " "),
		"6.14.1": "\xc0", "6.14.2": "\xe0\x80", "6.14.3": "\xf0\x80\x80", "6.14.4": "\xf8\x80\x80\x80", "6.14.5": "\xfc\x80\x80\x80\x80",
		"6.14.6": "\xdf", "6.14.7": "\xef\xbf", "6.14.8": "\xf7\xbf\xbf", "6.14.9": "\xfb\xbf\xbf\xbf", "6.14.10": "\xfd\xbf\xbf\xbf\xbf",
		"6.15.1": "\xc0\xe0\x80\xf0\x80\x80\xf8\x80\x80\x80\xfc\x80\x80\x80\x80\xdf\xef\xbf\xf7\xbf\xbf\xfb\xbf\xbf\xbf\xfd\xbf\xbf\xbf\xbf",
		"6.16.1": "\xfe", "6.16.2": "\xff", "6.16.3": "\xfe\xfe\xff\xff",
		"6.17.1": "\xc0\xaf", "6.17.2": "\xe0\x80\xaf", "6.17.3": "\xf0\x80\x80\xaf", "6.17.4": "\xf8\x80\x80\x80\xaf", "6.17.5": "\xfc\x80\x80\x80\x80\xaf",
		"6.18.1": "\xc1\xbf", "6.18.2": "\xe0\x9f\xbf", "6.18.3": "\xf0\x8f\xbf\xbf", "6.18.4": "\xf8\x87\xbf\xbf\xbf", "6.18.5": "\xfc\x83\xbf\xbf\xbf\xbf",
		"6.19.1": "\xc0\x80", "6.19.2": "\xe0\x80\x80", "6.19.3": "\xf0\x80\x80\x80", "6.19.4": "\xf8\x80\x80\x80\x80", "6.19.5": "\xfc\x80\x80\x80\x80\x80",
		"6.20.1": "\xed\xa0\x80", "6.20.2": "\xed\xad\xbf", "6.20.3": "\xed\xae\x80", "6.20.4": "\xed\xaf\xbf",
		"6.20.5": "\xed\xb0\x80", "6.20.6": "\xed\xbe\x80", "6.20.7": "\xed\xbf\xbf",
		"6.21.1": "\xed\xa0\x80\xed\xb0\x80", "6.21.2": "\xed\xa0\x80\xed\xbf\xbf", "6.21.3": "\xed\xad\xbf\xed\xb0\x80", "6.21.4": "\xed\xad\xbf\xed\xbf\xbf",
		"6.21.5": "\xed\xae\x80\xed\xb0\x80", "6.21.6": "\xed\xae\x80\xed\xbf\xbf", "6.21.7": "\xed\xaf\xbf\xed\xb0\x80", "6.21.8": "\xed\xaf\xbf\xed\xbf\xbf",
	}
)

func init() {
	for plane := 1; plane <= 16; plane++ { // the last two of each are no characters, and UTF-8 all the same
		for i, last := range []rune{0xfffe, 0xffff} {
			validTexts[fmt.Sprintf("6.22.%d", 2*plane+1+i)] = string(rune(plane)<<16 | last)
		}
	}
}

// series is the bytes of a range, each followed by a text.
func series(from, to byte, then string) string {
	var b strings.Builder
	for c := from; c <= to; c++ {
		b.WriteByte(c)
		b.WriteString(then)
	}
	return b.String()
}

// named is a request of an unknown method whose id is a text as it is.
func named(text string) string { return `{"jsonrpc":"2.0","method":"echo","id":"` + text + `"}` }

// Group 6: the encoding of texts, in one frame, cut between any two bytes, and octet by octet.
func TestEncoding(t *testing.T) { each(t, encoding()) }

func encoding() map[string]func(*peer) {
	cases := map[string]func(*peer){
		"6.1.1": func(p *peer) { p.text(""); p.says(notJSON); p.alive() },
		"6.1.2": func(p *peer) {
			inOne(p, part(ws.OpText, false, ""), part(ws.OpContinuation, false, ""), part(ws.OpContinuation, true, ""))
			p.says(notJSON)
			p.alive()
		},
		"6.1.3": func(p *peer) {
			inOne(p, part(ws.OpText, false, ""), part(ws.OpContinuation, false, request("x", 0)), part(ws.OpContinuation, true, ""))
			p.answered("x")
		},
		"6.2.2": func(p *peer) { // cut between two characters
			whole := named(validTexts["6.2.1"])
			at := strings.Index(whole, "ü")
			inOne(p, part(ws.OpText, false, whole[:at]), part(ws.OpContinuation, true, whole[at:]))
			p.answered(validTexts["6.2.1"])
		},
		"6.2.3": func(p *peer) { p.fragments(ws.OpText, named(validTexts["6.2.1"]), 1); p.answered(validTexts["6.2.1"]) },
		"6.2.4": func(p *peer) { p.fragments(ws.OpText, named(kosme), 1); p.answered(kosme) },
		"6.3.2": func(p *peer) { p.fragments(ws.OpText, named(invalidTexts["6.3.1"]), 1); p.closed(1007) },
		// Autobahn has it echoed. It is UTF-8, and ends nothing; but JSON has it escaped.
		"6.7.1": func(p *peer) { p.text(named("\x00")); p.says(notJSON); p.alive() },
	}
	for number, text := range validTexts {
		whole := named(text)
		cases[number] = func(p *peer) { p.text(whole); p.answered(text) }
		cases[number+" in octets"] = func(p *peer) { p.fragments(ws.OpText, whole, 1); p.answered(text) }
		cases[number+" chopped"] = func(p *peer) { byOctet(p, part(ws.OpText, true, whole)); p.answered(text) }
	}
	for number, text := range invalidTexts {
		whole := named(text)
		cases[number] = func(p *peer) { p.text(whole); p.closed(1007) }
		cases[number+" in octets, of a message that does not end"] = func(p *peer) {
			op := ws.OpText
			for i := range len(whole) {
				p.frame(op, false, []byte(whole[i:i+1]))
				op = ws.OpContinuation
			}
			p.closed(1007)
		}
	}
	// 6.4: the session ends by the first byte with which the text cannot be UTF-8, without waiting for the rest of the message.
	whole := named(kosme + "\xf4\x90\x80\x80edited")
	at := strings.IndexByte(whole, 0xf4)
	cases["6.4.1"] = failsFast(whole, at, at+4)
	cases["6.4.2"] = failsFast(whole, at+1, at+2) // the second byte is the one
	cases["6.4.3"] = failsInChops(whole, at, at+4)
	cases["6.4.4"] = failsInChops(whole, at+1, at+2)
	return cases
}

// failsFast sends a text in fragments up to one that is not right. The ones before are taken, which a pong shows.
func failsFast(text string, right, wrong int) func(*peer) {
	return func(p *peer) {
		inOne(p, part(ws.OpText, false, text[:right]), part(ws.OpPing, true, "so far"))
		p.pong([]byte("so far"))
		p.frame(ws.OpContinuation, false, []byte(text[right:wrong]))
		p.closed(1007)
	}
}

// failsInChops sends a text in one frame of three chops. It ends the session when the frame is whole, which is what Autobahn calls
// "non-strict": the library hands over a short frame when it has all of it, and a longer one by the buffer.
func failsInChops(text string, right, wrong int) func(*peer) {
	return func(p *peer) {
		frame := masked(part(ws.OpText, true, text))
		head := len(frame) - len(text)
		p.write(frame[:head+right])
		p.write(frame[head+right : head+wrong])
		p.write(frame[head+wrong:])
		p.closed(1007)
	}
}
