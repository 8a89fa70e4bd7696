package main

import (
	"encoding/json"
	"net"
	"strings"
	"testing"

	"go.uber.org/zap"

	"inkling/stream/wire"
)

// editor speaks LSP over a pipe, one message after the other.
type editor struct {
	t   *testing.T
	in  *wire.Reader
	out *wire.Writer
}

func (e editor) send(message string) {
	e.t.Helper()
	if err := e.out.Write([]byte(message)); err != nil {
		e.t.Fatal(err)
	}
}

// answer reads up to the answer to an id.
func (e editor) answer(id int) (m struct {
	ID     int             `json:"id"`
	Result json.RawMessage `json:"result"`
	Error  *wire.Error     `json:"error"`
}) {
	e.t.Helper()
	for {
		data, err := e.in.Read()
		if err != nil {
			e.t.Fatal(err)
		}
		if err := json.Unmarshal(data, &m); err != nil {
			e.t.Fatalf("%s: %v", data, err)
		}
		if m.ID == id {
			return m
		}
	}
}

const (
	openBody    = `{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"textDocument":{"uri":"file:///a.go","languageId":"go","version":1,"text":"package a\n\n// Add returns the sum of a and b.\nfunc Add(a, b int) int {\n\treturn \n}\n"}}}`
	completeAdd = `{"jsonrpc":"2.0","id":2,"method":"textDocument/inlineCompletion","params":{"textDocument":{"uri":"file:///a.go"},"position":{"line":4,"character":8},"context":{"triggerKind":1}}}`
)

// session plays one whole session, and returns the text of the first suggestion. While the model loads, the server
// declines with ServerCancelled, and an editor asks again.
func (e editor) session() string {
	e.send(`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"capabilities":{}}}`)
	if m := e.answer(1); m.Error != nil {
		e.t.Fatal(m.Error)
	}
	e.send(`{"jsonrpc":"2.0","method":"initialized","params":{}}`)
	e.send(openBody)
	for {
		e.send(completeAdd)
		m := e.answer(2)
		if m.Error != nil && m.Error.Code == wire.CodeServerCancelled {
			continue
		}
		var list wire.CompletionList
		if err := json.Unmarshal(m.Result, &list); err != nil || len(list.Items) == 0 {
			e.t.Fatalf("%s, %v, %v", m.Result, m.Error, err)
		}
		e.send(`{"jsonrpc":"2.0","id":3,"method":"shutdown"}`)
		e.answer(3)
		e.send(`{"jsonrpc":"2.0","method":"exit"}`)
		return list.Items[0].InsertText
	}
}

func TestLSPWorksWithTheEngineInside(t *testing.T) {
	clean(t)
	p, err := parse(t, "lsp", "--workers", "2")
	if err != nil {
		t.Fatal(err)
	}
	ours, theirs := net.Pipe()
	done := make(chan error, 1)
	go func() { done <- p.Lsp.inside(t.Context(), p, theirs, zap.NewNop()) }()
	e := editor{t, wire.NewReader(ours, 1<<20), wire.NewWriter(ours)}
	if text := e.session(); !strings.Contains(text, "a + b") {
		t.Errorf("got %q", text)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestLSPWithoutAModelEndsWithASentence(t *testing.T) {
	clean(t)
	p, err := parse(t, "lsp", "--model-path", "gpt2")
	if err != nil {
		t.Fatal(err)
	}
	ours, theirs := net.Pipe()
	defer ours.Close()
	if err := p.Lsp.inside(t.Context(), p, theirs, zap.NewNop()); err == nil || !strings.Contains(err.Error(), "inkling pull gpt2") {
		t.Errorf("got %v", err)
	}
}
