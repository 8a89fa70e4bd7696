package stream

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"inkling/fuzztest"
	"inkling/infer"
	"inkling/stream/internal/scripted"
	"inkling/stream/wire"
)

// FuzzSession plays lines of text as the messages of a session, after initialize and didOpen. Whatever they are, the session answers
// with JSON-RPC messages, answers a last request, ends in order, and leaves nothing behind.
func FuzzSession(f *testing.F) {
	for _, seed := range []string{
		`{"jsonrpc":"2.0","method":"textDocument/didChange","params":{"textDocument":{"uri":"file:///a.py","version":2},"contentChanges":[{"range":{"start":{"line":0,"character":1},"end":{"line":0,"character":2}},"text":"é😀"}]}}`,
		`{"jsonrpc":"2.0","method":"textDocument/didChange","params":{"textDocument":{"uri":"file:///a.py","version":1},"contentChanges":[{"range":{"start":{"line":9,"character":1},"end":{"line":0,"character":2}},"text":"x"}]}}`,
		`{"jsonrpc":"2.0","id":5,"method":"textDocument/inlineCompletion","params":{"textDocument":{"uri":"file:///a.py"},"position":{"line":0,"character":4294967295},"context":{"triggerKind":2},"inkling":{"streamToken":"t","maxSuggestions":2}}}` + "\n" + `{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":5}}`,
		`{"jsonrpc":"2.0","id":7,"method":"inkling/quota"}`,
		`{"jsonrpc":"2.0","id":6,"method":"inkling/digest","params":{"uri":"file:///a.py"}}`,
		`{"jsonrpc":"2.0","method":"textDocument/didClose","params":{"textDocument":{"uri":"file:///a.py"}}}`,
		`{"jsonrpc":"2.0","id":7,"method":"workspace/executeCommand","params":{"command":"inkling.accept","arguments":[{}]}}`,
		"{}\n[]\nnull\n17\n\"x\"", `{"jsonrpc":"2.0","method":"exit"}`, `{"jsonrpc":"2.0","id":1,"method":"shutdown"}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		defer fuzztest.Within(3 * time.Minute)()
		if len(text) > 1<<16 {
			return
		}
		server, err := New(Config{Generator: &scripted.Model{Answer: answerShortly}, Builder: &scripted.Prompts{}, Model: func() infer.Model { return testModel }})
		if err != nil {
			t.Fatal(err)
		}
		ours, theirs := net.Pipe()
		served := make(chan error, 1)
		go func() { served <- server.ServeConn(theirs) }()
		read := make(chan error, 1)
		go func() { read <- readMessages(t, ours) }()
		out := wire.NewWriter(ours)
		_ = out.Write([]byte(`{"jsonrpc":"2.0","id":"hello","method":"initialize","params":{"capabilities":{}}}`))
		_ = out.Write([]byte(`{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"textDocument":{"uri":"file:///a.py","languageId":"python","version":1,"text":"def f():\n\tpass\n"}}}`))
		for line := range strings.SplitSeq(text, "\n") {
			if out.Write([]byte(line)) != nil {
				break // the session has ended
			}
		}
		_ = out.Write([]byte(`{"jsonrpc":"2.0","id":"bye","method":"shutdown"}`))
		_ = out.Write([]byte(`{"jsonrpc":"2.0","method":"exit"}`))
		if err := <-served; err != nil {
			t.Error(err)
		}
		ours.Close()
		if err := <-read; err != nil {
			t.Error(err)
		}
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := server.Close(ctx); err != nil {
			t.Error(err)
		}
		if s := server.Stats(); s.Sessions != 0 || s.Documents != 0 || s.Generations != 0 || s.QueuedBytes != 0 {
			t.Errorf("left behind: %+v", s)
		}
	})
}

// answerShortly says a word for every suggestion.
func answerShortly(r *scripted.Run) {
	for i := range max(r.Request.Options.Suggestions, 1) {
		if !r.Say(i, "word", -0.1) || !r.End(i, infer.StopEnd, nil) {
			return
		}
	}
}

// readMessages reads until the end, and checks that each is a message.
func readMessages(t *testing.T, conn io.Reader) error {
	in := wire.NewReader(bufio.NewReader(conn), 1<<24)
	for {
		data, err := in.Read()
		if err != nil {
			return nil
		}
		var m wire.Message
		if err := json.Unmarshal(data, &m); err != nil || m.JSONRPC != wire.Version || bytes.ContainsRune(data, 0) {
			t.Errorf("no message: %q, %v", data, err)
		}
	}
}
