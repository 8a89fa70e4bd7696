package stream

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"inkling/infer"
	"inkling/stream/internal/scripted"
)

func TestFeedbackMayNameOnlySoManyAnswers(t *testing.T) {
	p := newTypist(t)
	var ids []string
	for range maxShown + 1 {
		_, id, found := strings.Cut(p.ask(0), `"arguments":[{"id":"`)
		if id, _, _ = strings.Cut(id, `"`); !found {
			t.Fatal("an answer names no id")
		}
		ids = append(ids, id)
	}
	for i, want := range []string{"accepted 0", "accepted 1"} {
		p.send(fmt.Sprintf(`{"jsonrpc":"2.0","id":"accept","method":"workspace/executeCommand","params":{"command":"inkling.accept","arguments":[{"id":%q,"item":0}]}}`, ids[i]))
		p.read()
		if got := p.counts(want); !strings.Contains(got, want) {
			t.Errorf("answer %d of %d was accepted: %s, want %s", i+1, len(ids), got, want)
		}
	}
}

func TestALongWriteTimeoutIsRefused(t *testing.T) {
	for timeout, want := range map[time.Duration]string{maxWriteTimeout: "", maxWriteTimeout + 1: "Limits.WriteTimeout is 10.000000001s, at most 10s"} {
		_, err := New(Config{Generator: &scripted.Model{}, Builder: &scripted.Prompts{}, Model: func() infer.Model { return testModel }, Limits: Limits{WriteTimeout: timeout}})
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%v: %v, want %q", timeout, err, want)
		}
	}
}

func TestLinesOfDocumentsCount(t *testing.T) {
	client := serve(t, Config{Limits: Limits{SessionBytes: 1000}}, &scripted.Model{}).dial(nil)
	client.send(`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"capabilities":{}}}`)
	client.read()
	lines := strings.Repeat(`\n`, 100) // 100 bytes, 101 lines
	open := func(uri, text string) {
		client.send(fmt.Sprintf(`{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"textDocument":{"uri":%q,"languageId":"c","version":1,"text":"%s"}}}`, uri, text))
	}
	open("file:///a", lines)
	open("file:///b", lines)
	if got := client.read(); !strings.Contains(got, "1008 bytes with the other open documents, 4 for each line, at most 1000") {
		t.Errorf("the second document's lines: %s", got)
	}
	client.send(`{"jsonrpc":"2.0","method":"textDocument/didClose","params":{"textDocument":{"uri":"file:///a"}}}`)
	open("file:///b", lines)
	client.send(fmt.Sprintf(`{"jsonrpc":"2.0","method":"textDocument/didChange","params":{"textDocument":{"uri":"file:///b","version":2},"contentChanges":[{"range":{"start":{"line":0,"character":0},"end":{"line":0,"character":0}},"text":"%s"}]}}`, lines))
	if got := client.read(); !strings.Contains(got, "1004 bytes with the other open documents, 4 for each line, at most 1000") {
		t.Errorf("the lines of an edit: %s", got)
	}
}

// TestWhatIsKeptForLateEditsCounts, and counts no more once it is not kept: when the edit has come, when its document has to be opened
// again, and when that is closed.
func TestWhatIsKeptForLateEditsCounts(t *testing.T) {
	client := serve(t, Config{Limits: Limits{SessionBytes: 1000}}, &scripted.Model{}).dial(nil)
	client.send(emptyInitialize)
	client.read()
	open := func(uri string, bytes int) {
		client.send(fmt.Sprintf(`{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"textDocument":{"uri":%q,"languageId":"c","version":1,"text":%q}}}`, uri, strings.Repeat("x", bytes)))
	}
	edit := func(uri string, version, line int) {
		client.send(fmt.Sprintf(`{"jsonrpc":"2.0","method":"textDocument/didChange","params":{"textDocument":{"uri":%q,"version":%d},"contentChanges":[{"range":{"start":{"line":%d,"character":0},"end":{"line":%d,"character":0}},"text":"y"}]}}`, uri, version, line, line))
	}
	// left opens and closes a document of as many bytes as are left, and one of a byte more.
	left := func(when string, bytes int) {
		t.Helper()
		open("file:///left", bytes-4)
		open("file:///left", bytes-3)
		if got := client.read(); !strings.Contains(got, "1001 bytes with the other open documents") {
			t.Errorf("%s: %s", when, got)
		}
		client.send(`{"jsonrpc":"2.0","method":"textDocument/didClose","params":{"textDocument":{"uri":"file:///left"}}}`)
	}
	left("nothing is open", 1000)
	open("file:///a", 96)
	left("one is open", 900)
	edit("file:///a", 3, 0)
	left("an edit is missing", 900-1-100-193) // the text before it, and what came since
	edit("file:///a", 2, 0)
	left("it has come", 898)
	edit("file:///a", 5, 9) // of a line that is missing
	left("an edit waits", 898-102-193)
	resync := func(when string) {
		t.Helper()
		if got := client.read(); !strings.Contains(got, "inkling/resync") {
			t.Errorf("%s: %s", when, got)
		}
	}
	edit("file:///a", 3, 0)
	resync("a version that goes back")
	left("it is to be opened again", 898)
	open("file:///a", 96)
	edit("file:///a", 3, 9)
	edit("file:///a", 500, 0)
	resync("a version that is too far away")
	left("it is to be opened once more", 900)
	client.send(`{"jsonrpc":"2.0","method":"textDocument/didClose","params":{"textDocument":{"uri":"file:///a"}}}`)
	left("it is closed", 1000)
}
