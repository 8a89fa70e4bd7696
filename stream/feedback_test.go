package stream

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"inkling/infer"
	"inkling/stream/internal/scripted"
)

// typist is a session with one document, whose text is what was typed so far.
type typist struct {
	*rawClient
	d       *door
	text    string
	version int
	id      int
}

func newTypist(t *testing.T) *typist {
	d := serve(t, Config{}, &scripted.Model{Answer: func(r *scripted.Run) {
		r.Say(0, "return value", -0.5)
		r.End(0, infer.StopEnd, nil)
	}})
	p := &typist{rawClient: d.dial(nil), d: d, version: 1, id: 10}
	p.send(initializeMessage)
	p.read()
	p.send(openMessage)
	return p
}

// set replaces the whole text.
func (p *typist) set(text string) {
	p.text, p.version = text, p.version+1
	p.send(fmt.Sprintf(`{"jsonrpc":"2.0","method":"textDocument/didChange","params":{"textDocument":{"uri":"file:///a","version":%d},"contentChanges":[{"text":%s}]}}`, p.version, quote(text)))
}

// ask asks at a column, and returns the answer.
func (p *typist) ask(column int) string {
	p.id++
	p.send(fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"textDocument/inlineCompletion","params":{"textDocument":{"uri":"file:///a"},"position":{"line":0,"character":%d},"context":{"triggerKind":2}}}`, p.id, column))
	return p.read()
}

// counts waits for all messages to be handled, and then for what was counted of suggestions to contain what it should: the session counts
// what it has sent. It returns what was counted.
func (p *typist) counts(want string) (got string) {
	p.send(`{"jsonrpc":"2.0","id":"sync","method":"textDocument/none"}`)
	p.read()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(time.Millisecond) {
		e := p.d.server.Stats().Events
		got = fmt.Sprintf("shown %d accepted %d partly %d dismissed %d", e["shown"], e["accepted"], e["partially_accepted"], e["dismissed"])
		if strings.Contains(got, want) {
			break
		}
	}
	return got
}

func TestFeedbackIsSeenFromTheEdits(t *testing.T) {
	for _, c := range []struct {
		name  string
		edits []string
		want  string
	}{
		{"nothing yet", nil, "shown 1 accepted 0 partly 0 dismissed 0"},
		{"the whole at once", []string{"return value"}, "shown 1 accepted 1 partly 0 dismissed 0"},
		{"a word", []string{"return"}, "shown 1 accepted 0 partly 1 dismissed 0"},
		{"a word, then the rest", []string{"return", "return value"}, "shown 1 accepted 1 partly 1 dismissed 0"},
		{"a letter", []string{"r"}, "shown 1 accepted 0 partly 0 dismissed 0"},
		{"something else", []string{"x"}, "shown 1 accepted 0 partly 0 dismissed 1"},
		{"a letter, then something else", []string{"r", "rx"}, "shown 1 accepted 0 partly 0 dismissed 1"},
		{"a word, then something else", []string{"return", "return!"}, "shown 1 accepted 0 partly 1 dismissed 0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newTypist(t)
			p.ask(0)
			for _, text := range c.edits {
				p.set(text)
			}
			if got := p.counts(c.want); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

func TestAnAcceptanceThatIsAlsoSaidIsCountedOnce(t *testing.T) {
	p := newTypist(t)
	answer := p.ask(0)
	_, id, _ := strings.Cut(answer, `"arguments":[{"id":"`)
	id, _, _ = strings.Cut(id, `"`)
	p.set("return value")
	p.send(`{"jsonrpc":"2.0","id":3,"method":"workspace/executeCommand","params":{"command":"inkling.accept","arguments":[{"id":"` + id + `","item":0}]}}`)
	p.read()
	p.send(`{"jsonrpc":"2.0","id":4,"method":"workspace/executeCommand","params":{"command":"inkling.dismiss","arguments":[{"id":"` + id + `","item":0}]}}`)
	p.read()
	const want = "shown 1 accepted 1 partly 0 dismissed 0"
	if got := p.counts(want); got != want {
		t.Error(got)
	}
}

func TestASuggestionIsNotCarriedToAnotherPlace(t *testing.T) {
	p := newTypist(t)
	p.ask(0)
	p.set("return\n")
	p.ask(6)
	p.set("returnre\n")
	if answer := p.ask(6); strings.Contains(answer, `"along":true`) { // the cursor is not where the text was typed
		t.Errorf("answered %s", answer)
	}
}

func TestAnOutboxThatIsFullEndsTheConnection(t *testing.T) {
	writers := 0
	o := newOutbox(10, func() { writers++ })
	if !o.put([]byte("12345")) || !o.put([]byte("67890")) {
		t.Fatal("10 bytes do not fit into 10")
	}
	message, _ := o.next() // is being written, and counts until it was
	if o.put([]byte("x")) {
		t.Error("11 bytes fit into 10")
	}
	if end := o.ended(); end == nil || end.code != 4000 {
		t.Errorf("ending %+v", end)
	}
	o.written(message)
	if m, end := o.next(); m != nil || end == nil || o.waiting() != 0 {
		t.Errorf("after the end: %q, %+v, %d bytes", m, end, o.waiting())
	}
	if !o.put([]byte("late")) || o.waiting() != 0 {
		t.Error("what comes after the end is kept")
	}
	if writers != 1 {
		t.Errorf("%d writers were started", writers)
	}
}
