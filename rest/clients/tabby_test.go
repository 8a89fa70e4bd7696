package clients

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/textproto"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// language is a language server over its standard streams.
type language struct {
	t   *testing.T
	in  io.Writer
	out *bufio.Reader
	id  int
}

// message is any JSON-RPC message.
type message struct {
	ID     json.RawMessage `json:"id,omitempty"`
	Method string          `json:"method,omitempty"`
	Params json.RawMessage `json:"params,omitempty"`
	Result json.RawMessage `json:"result,omitempty"`
	Error  json.RawMessage `json:"error,omitempty"`
}

func (l *language) write(v map[string]any) {
	l.t.Helper()
	v["jsonrpc"] = "2.0"
	body, err := json.Marshal(v)
	if err != nil {
		l.t.Fatal(err)
	}
	if _, err := fmt.Fprintf(l.in, "Content-Length: %d\r\n\r\n%s", len(body), body); err != nil {
		l.t.Fatal(err)
	}
}

func (l *language) notify(method string, params any) {
	l.t.Helper()
	l.write(map[string]any{"method": method, "params": params})
}

// call sends a request and reads up to its answer; requests of the server are answered with null.
func (l *language) call(method string, params any) json.RawMessage {
	l.t.Helper()
	l.id++
	l.write(map[string]any{"id": l.id, "method": method, "params": params})
	for {
		m := l.read()
		switch {
		case m.Method != "" && m.ID != nil:
			l.write(map[string]any{"id": m.ID, "result": nil})
		case string(m.ID) == strconv.Itoa(l.id) && m.Method == "":
			if m.Error != nil {
				l.t.Fatalf("%s: %s", method, m.Error)
			}
			return m.Result
		}
	}
}

func (l *language) read() message {
	l.t.Helper()
	head, err := textproto.NewReader(l.out).ReadMIMEHeader()
	if err != nil {
		l.t.Fatal(err)
	}
	size, err := strconv.Atoi(head.Get("Content-Length"))
	if err != nil {
		l.t.Fatal(err)
	}
	body := make([]byte, size)
	if _, err := io.ReadFull(l.out, body); err != nil {
		l.t.Fatal(err)
	}
	var m message
	if err := json.Unmarshal(body, &m); err != nil {
		l.t.Fatal(err)
	}
	return m
}

// startTabby runs tabby-agent with a home of its own, whose configuration names the server.
func startTabby(t *testing.T, endpoint string) *language {
	t.Helper()
	home := t.TempDir()
	folder := filepath.Join(home, ".tabby-client", "agent")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	config := fmt.Sprintf("[server]\nendpoint = %q\n\n[anonymousUsageTracking]\ndisable = true\n", endpoint)
	if err := os.WriteFile(filepath.Join(folder, "config.toml"), []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "node", filepath.Join(nodeFolder(t), "node_modules", "tabby-agent", "dist", "cli.js"), "--lsp", "--stdio")
	cmd.Env = append(os.Environ(), "HOME="+home)
	cmd.WaitDelay = 5 * time.Second
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(clientTime, func() { _ = cmd.Process.Kill() }) // a hung client fails the test's next read
	t.Cleanup(func() {
		timer.Stop()
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // it was killed: its status says nothing
	})
	return &language{t: t, in: in, out: bufio.NewReader(out)}
}

func TestTabbysAgentOverLSP(t *testing.T) {
	gen := speaker()
	tabby := startTabby(t, server(t, gen))
	tabby.call("initialize", map[string]any{"processId": nil, "rootUri": nil, "capabilities": map[string]any{},
		"clientInfo": map[string]any{"name": "test", "version": "1"}})
	tabby.notify("initialized", map[string]any{})
	const uri = "file:///tmp/plus.py"
	tabby.notify("textDocument/didOpen", map[string]any{"textDocument": map[string]any{
		"uri": uri, "languageId": "python", "version": 1, "text": "def plus(a):\n    return \n\n\nprint(plus(1))\n"}})
	result := tabby.call("textDocument/completion", map[string]any{
		"textDocument": map[string]any{"uri": uri}, "position": map[string]any{"line": 1, "character": 11},
		"context": map[string]any{"triggerKind": 1}})
	var list struct {
		Items []struct {
			Label    string
			TextEdit struct{ NewText string }
		}
	}
	if err := json.Unmarshal(result, &list); err != nil {
		t.Fatal(err)
	}
	if len(list.Items) != 1 || list.Items[0].TextEdit.NewText != "a + 1" {
		t.Fatalf("completion: %s", result)
	}
	if asked := gen.Requests(); len(asked) != 1 || asked[0].Prompt.Language != "python" {
		t.Errorf("the server was asked %+v", asked)
	}
}
