package chaos

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"inkling/stream/wire"
)

var _ = register(Scenario{Name: "garbage", Run: garbage,
	About: "some thousand messages and frames that are wrong in many ways: each is answered or closed by rule, typists beside them"})

// message is what garbage is made from.
const message = `{"jsonrpc":"2.0","id":%d,"method":"textDocument/inlineCompletion","params":{"textDocument":{"uri":"file:///g.py"},` +
	`"position":{"line":0,"character":1},"context":{"triggerKind":1},"inkling":{"maxSuggestions":1,"maxTokens":4,"temperature":0.5}}}`

// values take the place of another in a message that is to be wrong.
var values = []string{`null`, `true`, `-1`, `1e400`, `1.5`, `9223372036854775808`, `"x"`, `[]`, `{}`, `[[[[]]]]`, `"\ud800"`, `"\u0000"`, `-0`}

// spoil makes a message wrong in one of several ways, and names it.
func spoil(rng *rand.Rand, id int) (kind, text string) {
	good := fmt.Sprintf(message, id)
	switch rng.IntN(7) {
	case 0:
		return "cut short", good[:rng.IntN(len(good))]
	case 1:
		at := rng.IntN(len(good))
		return "a byte changed", good[:at] + string(rune(32+rng.IntN(95))) + good[at+1:]
	case 2:
		return "a field of another type", replaceValue(rng, good)
	case 3:
		a, b := rng.IntN(len(good)), rng.IntN(len(good))
		return "a stretch doubled", good[:max(a, b)] + good[min(a, b):]
	case 4:
		n := 1 << rng.IntN(14)
		return "deeply nested", strings.Repeat(`{"a":[`, n) + strings.Repeat(`]}`, n)
	case 5:
		return "an unknown method", strings.Replace(good, "textDocument/inlineCompletion", scrapName(rng), 1)
	}
	return "a number out of range", strings.Replace(good, `"character":1`, fmt.Sprintf(`"character":%d`, rng.Uint64()), 1)
}

func scrapName(rng *rand.Rand) string { return strings.Repeat("m", rng.IntN(3000)) }

// replaceValue puts another value in the place of one.
func replaceValue(rng *rand.Rand, text string) string {
	places := []string{`"2.0"`, `"file:///g.py"`, `{"line":0,"character":1}`, `{"triggerKind":1}`, `0.5`, `:1,`, `:0,`}
	old := places[rng.IntN(len(places))]
	value := values[rng.IntN(len(values))]
	if strings.HasPrefix(old, ":") {
		value = ":" + value + ","
	}
	return strings.Replace(text, old, value, 1)
}

func garbage(t *T) error {
	s, err := t.Based()
	if err != nil {
		return err
	}
	beside, err := t.Seat(s, 2, SitOptions{})
	if err != nil {
		return err
	}
	kinds := Tally{}
	for range 8 {
		if err := t.throw(s, kinds); err != nil {
			return err
		}
	}
	if err := t.frames(s, kinds); err != nil {
		return err
	}
	if err := t.typed(beside, "beside"); err != nil {
		return err
	}
	t.Note("%v", kinds)
	return t.Finish(s, beside...)
}

// throw sends wrong messages in one session, whose document stays whole.
func (t *T) throw(s *Server, kinds Tally) error {
	p, err := t.Sit(s, SitOptions{})
	if err != nil {
		return err
	}
	defer p.Vanish()
	m := NewMirror("file:///kept.py", "python", randomText(t.Rand, 10))
	if err := p.Open(m); err != nil {
		return err
	}
	p.mu.Lock()
	p.lenient = true // answers to nobody are what is to come
	p.mu.Unlock()
	for i := range 250 {
		kind, text := spoil(t.Rand, 1_000_000+i)
		if !json.Valid([]byte(text)) {
			kind += ", no JSON"
		}
		kinds[kind]++
		if strings.ContainsRune(text, 0xFFFD) {
			continue
		}
		if strings.Contains(text, wire.MethodExit) || strings.Contains(text, wire.MethodShutdown) {
			continue
		}
		if err := p.send([]byte(text)); err != nil {
			return fmt.Errorf("%s ended the session: %w", kind, err)
		}
	}
	return p.Check(t.Ctx)
}

// frames sends frames that are wrong; each ends its connection with a code.
func (t *T) frames(s *Server, kinds Tally) error {
	wrong := []wrongFrame{
		{"no mask", "\x81\x02{}", 0}, // the connection may end without a word
		{"reserved bit", "\xC1\x80\x00\x00\x00\x00", 0xEA},
		{"reserved opcode", "\x83\x80\x00\x00\x00\x00", 0xEA},
		{"continuation of nothing", "\x80\x80\x00\x00\x00\x00", 0xEA},
		{"control frame in pieces", "\x09\x80\x00\x00\x00\x00", 0xEA},
		{"long control frame", "\x89\xFE\x00\x7E\x00\x00\x00\x00" + strings.Repeat("p", 126), 0xEA},
		{"binary", "\x82\x81\x00\x00\x00\x00x", 0xEB},
		{"not UTF-8", "\x81\x82\x00\x00\x00\x00\xC3\x28", 0xEF},
		{"too large", "\x81\xFF\x00\x00\x00\x00\x00\x50\x00\x01\x00\x00\x00\x00" + strings.Repeat(" ", 5<<20+1), 0xF1},
	}
	errs := make([]error, len(wrong))
	var group sync.WaitGroup
	for i, c := range wrong {
		kinds["frame: "+c.kind]++
		group.Go(func() { errs[i] = c.send(t.Ctx, s.Addr) })
	}
	group.Wait()
	return errors.Join(errs...)
}

// wrongFrame is a frame that ends its connection.
type wrongFrame struct {
	kind  string
	bytes string
	code  byte // the lower byte of the close code, whose upper one is 3; 0: it may end without a word
}

// send sends the frame after a good upgrade, and looks at the end of the connection.
func (c wrongFrame) send(ctx context.Context, address string) error {
	tap, err := dialTap(ctx, address)
	if err != nil {
		return err
	}
	defer func() { _ = tap.Close() }()                          // the server was first
	_ = tap.SetDeadline(time.Now().Add(patience))               // a connection that is open
	go func() { _, _ = io.WriteString(tap, upgrade+c.bytes) }() // may break when the server closes
	answer, err := io.ReadAll(tap)
	if isTimeout(err) {
		return fmt.Errorf("a frame that is wrong (%s) does not end the connection", c.kind)
	}
	_, body, _ := strings.Cut(string(answer), "\r\n\r\n")
	if want := string([]byte{0x03, c.code}); c.code != 0 && (len(body) < 4 || body[0] != '\x88' || body[2:4] != want) {
		return fmt.Errorf("a frame that is wrong (%s) is answered by %x, want close code %d", c.kind, body[:min(len(body), 16)], 0x300+int(c.code))
	}
	return nil
}
