package stream

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"inkling/stream/internal/scripted"
)

const emptyInitialize = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"capabilities":{}}}`

// opened is a client of a new session with the documents a and b.
func opened(t *testing.T) *rawClient {
	client := serve(t, Config{}, &scripted.Model{}).dial(nil)
	client.send(emptyInitialize)
	client.read()
	client.send(openMessage)
	client.send(strings.ReplaceAll(openMessage, "file:///a", "file:///b"))
	return client
}

// digestOf asks for a document's digest.
func digestOf(client *rawClient, uri string) string {
	client.send(fmt.Sprintf(`{"jsonrpc":"2.0","id":"d","method":"inkling/digest","params":{"textDocument":{"uri":%q}}}`, uri))
	return client.read()
}

// zeros are n values of a list.
func zeros(n int) string { return strings.Repeat("0,", n-1) + "0" }

// crowded are messages with n values in each list that a session decodes.
func crowded(n int) map[string]string {
	return map[string]string{
		"contentChanges":    `{"jsonrpc":"2.0","method":"textDocument/didChange","params":{"textDocument":{"uri":"file:///a","version":9},"contentChanges":[` + zeros(n) + `]}}`,
		"arguments":         `{"jsonrpc":"2.0","id":"x","method":"workspace/executeCommand","params":{"command":"inkling.accept","arguments":[` + zeros(n) + `]}}`,
		"an item's command": `{"jsonrpc":"2.0","method":"textDocument/didShowCompletion","params":{"item":{"command":{"arguments":[` + zeros(n) + `]}}}}`,
		"positionEncodings": `{"jsonrpc":"2.0","id":"x","method":"initialize","params":{"capabilities":{"general":{"positionEncodings":[` + zeros(n) + `]}}}}`,
	}
}

func TestAMessageOfTooManyValuesIsRefusedBeforeItIsDecoded(t *testing.T) {
	const most = 64 << 20 // bytes, of both ends: the frame is 4 MB, and is copied some times
	for what, message := range crowded(2_000_000) {
		client := serve(t, Config{}, &scripted.Model{}).dial(nil)
		if what != "positionEncodings" {
			client = opened(t)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		client.send(message)
		got := client.read()
		if strings.Contains(got, "inkling/resync") {
			got = client.read()
		}
		runtime.ReadMemStats(&after)
		if !strings.Contains(got, "params: 200000") || !strings.Contains(got, " values, at most 150000") {
			t.Errorf("%s: %.300s", what, got)
		}
		took := after.TotalAlloc - before.TotalAlloc
		t.Logf("%s: %.0f MB", what, float64(took)/1e6)
		if took > most {
			t.Errorf("%s: %d bytes were taken, at most %d", what, took, most)
		}
	}
}

func TestChangesOfTooManyValuesCostTheirDocumentAlone(t *testing.T) {
	client := opened(t)
	other, own := digestOf(client, "file:///b"), digestOf(client, "file:///a")
	client.send(crowded(200_000)["contentChanges"])
	if got := client.read(); !strings.Contains(got, `"method":"inkling/resync","params":{"uri":"file:///a"}`) {
		t.Errorf("its text is not asked for again: %s", got)
	}
	if got := client.read(); !strings.Contains(got, "textDocument/didChange: params: 200005 values, at most 150000") {
		t.Errorf("it is not told why: %s", got)
	}
	if got := digestOf(client, "file:///b"); got != other {
		t.Errorf("another document was %s and is %s", other, got)
	}
	client.send(openMessage)
	if got := digestOf(client, "file:///a"); got != own {
		t.Errorf("opened again, the document was %s and is %s", own, got)
	}
}

func TestTheLimitOfValuesIsExact(t *testing.T) {
	s := &session{limits: &Limits{Values: 10}}
	for n, want := range map[int]string{8: "<nil>", 9: "params: 11 values, at most 10 (-32602)"} {
		if err := s.decode([]byte(`{"a":[`+zeros(n)+`]}`), &struct{}{}); fmt.Sprint(err) != want {
			t.Errorf("%d values in a list in an object: %v, want %s", n, err, want)
		}
	}
}

func TestAsManyChangesAsAreAllowedAreNotTooManyValues(t *testing.T) {
	const change = `{"range":{"start":{"line":0,"character":0},"end":{"line":0,"character":0}},"rangeLength":0,"text":"x"}`
	client := opened(t)
	client.send(`{"jsonrpc":"2.0","method":"textDocument/didChange","params":{"textDocument":{"uri":"file:///a","version":2},"contentChanges":[` +
		strings.Repeat(change+",", 9_999) + change + `]}}`)
	if got := digestOf(client, "file:///a"); !strings.Contains(got, `"bytes":10000,`) {
		t.Errorf("%s", got)
	}
}

// TestAMessageOfAsManyValuesAsAreAllowedTakesSoMuch: the list of any JSON is the dearest that is decoded, and the longest texts.
func TestAMessageOfAsManyValuesAsAreAllowedTakesSoMuch(t *testing.T) {
	const most = 64 << 20 // bytes, of both ends, as of one that is refused
	client := opened(t)
	message := strings.ReplaceAll(crowded(149_997)["arguments"], "0,", `"`+strings.Repeat("x", 24)+`",`)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	client.send(message)
	got := client.read()
	runtime.ReadMemStats(&after)
	took := after.TotalAlloc - before.TotalAlloc
	t.Logf("%d bytes: %.0f MB", len(message), float64(took)/1e6)
	if !strings.Contains(got, "params.arguments: 149997, must be 1") || took > most {
		t.Errorf("%d bytes were taken, at most %d: %.300s", took, most, got)
	}
}
