package stream

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/gobwas/ws"

	"inkling/infer"
	"inkling/stream/internal/scripted"
	"inkling/stream/wire"
)

// typeAtRandom types into one document at its end: pieces of what the model said, deletions, and other letters.
func typeAtRandom(t *testing.T, model *scripted.Model, said string) {
	d := serve(t, Config{}, model)
	client := d.dial(nil)
	client.send(`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"capabilities":{"general":{"positionEncodings":["utf-8"]}}}}`)
	client.read()
	client.send(openMessage)
	random := rand.New(rand.NewPCG(1, 2))
	text, version, computed := "", 1, 0
	base := -1 // where the kept suggestion begins in text; -1 for none
	for i := range 400 {
		next := edit(random, text, base, said)
		version++
		client.send(fmt.Sprintf(`{"jsonrpc":"2.0","method":"textDocument/didChange","params":{"textDocument":{"uri":"file:///a","version":%d},"contentChanges":[{"text":%s}]}}`, version, quote(next)))
		text = next
		along := base >= 0 && len(text) >= base && strings.HasPrefix(said, text[base:]) && len(text)-base < len(said)
		if !along {
			base, computed = len(text), computed+1
		}
		line := strings.Count(text, "\n")
		column := len(text) - strings.LastIndexByte(text, '\n') - 1
		client.send(fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"textDocument/inlineCompletion","params":{"textDocument":{"uri":"file:///a"},"position":{"line":%d,"character":%d},"context":{"triggerKind":2}}}`, i+10, line, column))
		var answer struct {
			Result wire.CompletionList
		}
		if err := json.Unmarshal([]byte(client.read()), &answer); err != nil {
			t.Fatal(err)
		}
		want := said[len(text)-base:]
		if len(answer.Result.Items) != 1 || answer.Result.Items[0].InsertText != want || answer.Result.Inkling.Along != along {
			t.Fatalf("step %d, text %q, base %d: want %q along %v, got %+v", i, text, base, want, along, answer.Result)
		}
		if model.Total() != computed {
			t.Fatalf("step %d: %d generations, want %d", i, model.Total(), computed)
		}
	}
	if computed < 20 || computed > 300 {
		t.Errorf("%d of 400 were computed: the test does not test much", computed)
	}
}

// edit returns the next text.
func edit(random *rand.Rand, text string, base int, said string) string {
	switch k := random.IntN(10); {
	case k < 7 && base >= 0 && len(text) >= base && strings.HasPrefix(said, text[base:]) && len(text)-base < len(said):
		rest := said[len(text)-base:]
		end := 0
		for range 1 + random.IntN(4) {
			_, size := utf8.DecodeRuneInString(rest[end:])
			end += size
		}
		return text + rest[:end]
	case k == 7 && text != "":
		_, size := utf8.DecodeLastRuneInString(text)
		return text[:len(text)-size]
	case k == 8:
		return ""
	}
	return text + string("xyß\n"[random.IntN(3)])
}

func quote(text string) string {
	data, _ := json.Marshal(text) // a string can always be encoded
	return string(data)
}

// idleServer starts a server for a benchmark; dial opens a session with a document, and reads no more than it must.
func idleServer(b *testing.B) (server *Server, dial func(), stop func()) {
	server, err := New(Config{Generator: &scripted.Model{}, Builder: &scripted.Prompts{}, Model: func() infer.Model { return testModel }})
	if err != nil {
		b.Fatal(err)
	}
	http := httptest.NewServer(server)
	var conns []net.Conn
	dial = func() {
		conn, _, _, err := ws.Dial(b.Context(), "ws"+strings.TrimPrefix(http.URL, "http"))
		if err != nil {
			b.Fatal(err)
		}
		conns = append(conns, conn)
		for _, message := range []string{initializeMessage, openMessage} {
			if err := ws.WriteFrame(conn, ws.MaskFrame(ws.NewTextFrame([]byte(message)))); err != nil {
				b.Fatal(err)
			}
		}
		//lint:ignore SA1019 the peer is our own server
		if _, err := ws.ReadFrame(conn); err != nil {
			b.Fatal(err)
		}
	}
	stop = func() {
		for _, conn := range conns {
			_ = conn.Close() // the sessions end by it
		}
		if err := server.Close(b.Context()); err != nil {
			b.Error(err)
		}
		http.Close()
	}
	return server, dial, stop
}
