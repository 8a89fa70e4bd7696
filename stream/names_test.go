package stream

import (
	"fmt"
	"strings"
	"testing"
)

func TestNamesOfDocumentsHaveLimits(t *testing.T) {
	p := newTypist(t)
	open := func(uri, language string) string {
		p.send(fmt.Sprintf(`{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"textDocument":{"uri":%q,"languageId":%q,"version":1,"text":""}}}`, uri, language))
		p.send(fmt.Sprintf(`{"jsonrpc":"2.0","id":"sum","method":"inkling/digest","params":{"textDocument":{"uri":%q}}}`, uri))
		return p.read()
	}
	longest := "file:///" + strings.Repeat("u", maxURIBytes-len("file:///"))
	if got := open(longest, strings.Repeat("l", maxLanguageBytes)); !strings.Contains(got, `"sha256"`) {
		t.Errorf("at the limits: %s", got)
	}
	for _, c := range []struct{ uri, language, want string }{
		{longest + "u", "go", "params.textDocument.uri: 4097 bytes, at most 4096"},
		{"file:///b", strings.Repeat("l", maxLanguageBytes+1), "params.textDocument.languageId: 65 bytes, at most 64"},
	} {
		if got := open(c.uri, c.language); !strings.Contains(got, "window/logMessage") || !strings.Contains(got, c.want) {
			t.Errorf("%.20s: %s, want %s", c.uri, got, c.want)
		}
		if got := p.read(); !strings.Contains(got, `"error"`) {
			t.Errorf("%.20s is open: %s", c.uri, got)
		}
	}
}
