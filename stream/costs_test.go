package stream

import (
	"fmt"
	"strings"
	"testing"
)

func TestASuggestionIsLookedForInSoMuchText(t *testing.T) {
	for over := range 2 {
		text := "return a + b\n" + strings.Repeat("x", maxKeptRange-len("return a + b\n")+over)
		k := &kept{end: len(text), lines: lineHashes("return a + b")}
		if k.stands(text) != (over == 0) {
			t.Errorf("%d bytes: stands %v", len(text), over != 0)
		}
	}
}

func TestASelectedTextHasALimit(t *testing.T) {
	p := newTypist(t)
	for over := range 2 {
		p.send(fmt.Sprintf(`{"jsonrpc":"2.0","id":"s%d","method":"textDocument/inlineCompletion","params":{"textDocument":{"uri":"file:///none"},"position":{"line":0,"character":0},"context":{"triggerKind":1,"selectedCompletionInfo":{"range":{"start":{"line":0,"character":0},"end":{"line":0,"character":0}},"text":%q}}}}`,
			over, strings.Repeat("s", maxSelectedBytes+over)))
		want := []string{"the document is not open", "selectedCompletionInfo.text: 16385 bytes, at most 16384"}[over]
		if got := p.read(); !strings.Contains(got, want) {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
