package conformance

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/gobwas/ws"
)

// Texts of group 6: the valid ones have to come back as they were sent, the others end the session with 1007.
var (
	validTexts = map[string]string{
		"6.2":     "Hello-µ@ßöäüàá-UTF-8!!",
		"6.5":     "κόσμε",
		"6.6.2":   "\u03ba",
		"6.6.5":   "κό",
		"6.6.7":   "κόσ",
		"6.6.9":   "κόσμ",
		"6.6.11":  "κόσμε",
		"6.7.1":   "\u0001",
		"6.7.2":   "\u0080",
		"6.7.3":   "\u0800",
		"6.7.4":   "\U00010000",
		"6.9.1":   "\u007f",
		"6.9.2":   "\u07ff",
		"6.9.3":   "\uffff",
		"6.9.4":   "\U0010ffff",
		"6.11.1":  "\ud7ff",
		"6.11.2":  "\ue000",
		"6.11.3":  "\ufffd",
		"6.11.4":  "\U0010ffff",
		"6.22.1":  "\ufffe",
		"6.22.2":  "\uffff",
		"6.22.3":  "\U0001fffe",
		"6.22.34": "\U0010ffff",
		"6.23.1":  "\ufff9",
		"6.23.7":  "\uffff",
	}
	invalidTexts = map[string]string{
		"6.3.1":  "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80edited",
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
		"6.12.8": "\x80\xbf\x80\xbf\x80\xbf\x80\xbf",
		"6.13.1": lonely(0xc0, 0xdf),
		"6.13.2": lonely(0xe0, 0xef),
		"6.13.3": lonely(0xf0, 0xf7),
		"6.13.4": lonely(0xf8, 0xfb),
		"6.13.5": lonely(0xfc, 0xfd),
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

// lonely is every leading byte of a range, each followed by a space.
func lonely(from, to byte) string {
	var b strings.Builder
	for c := from; c <= to; c++ {
		b.WriteByte(c)
		b.WriteByte(' ')
	}
	return b.String()
}

// Group 6: the encoding of texts, in one frame, cut between any two bytes, and octet by octet.
func TestEncoding(t *testing.T) {
	cases := map[string]func(*peer){}
	for number, text := range validTexts {
		whole := fmt.Sprintf(`{"jsonrpc":"2.0","method":"echo","id":%s}`, plain(text))
		cases[number+" whole"] = func(p *peer) { p.text(whole); p.answered(text) }
		cases[number+" in octets"] = func(p *peer) { p.fragments(whole, 1); p.answered(text) }
		cases[number+" chopped"] = func(p *peer) {
			p.chopped(masked(ws.NewTextFrame([]byte(whole))), 1)
			p.answered(text)
		}
	}
	for number, text := range invalidTexts {
		whole := `{"jsonrpc":"2.0","method":"echo","id":"` + text + `"}`
		cases[number+" whole"] = func(p *peer) { p.text(whole); p.closed(1007) }
		cases[number+" in octets"] = func(p *peer) { p.fragments(whole, 1); p.closed(1007) }
	}
	cases["6.1.1 empty"] = func(p *peer) { p.text(""); _ = p.message(); p.alive() }
	cases["6.1.2 empty fragments"] = func(p *peer) {
		p.frame(ws.OpText, false, nil)
		p.frame(ws.OpContinuation, false, nil)
		p.frame(ws.OpContinuation, true, nil)
		_ = p.message()
		p.alive()
	}
	cases["6.1.3 one fragment that is not"] = func(p *peer) {
		p.frame(ws.OpText, false, nil)
		p.frame(ws.OpContinuation, false, []byte(request("x", 0)))
		p.frame(ws.OpContinuation, true, nil)
		p.answered("x")
	}
	cases["6.4 found at the end of the message, not before"] = func(p *peer) { // "non-strict" in Autobahn's terms
		p.frame(ws.OpText, false, []byte("\xed\xa0\x80"))
		p.frame(ws.OpPing, true, nil)
		p.pong(nil)
		p.frame(ws.OpContinuation, true, nil)
		p.closed(1007)
	}
	each(t, cases)
}

// plain is a text as JSON, with nothing escaped that need not be.
func plain(text string) string {
	data, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	return string(data)
}
