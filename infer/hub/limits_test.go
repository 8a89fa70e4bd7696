package hub

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestAHubThatSaysTooMuchIsRefused(t *testing.T) {
	files := func(n int, size int64) string {
		list := make([]map[string]any, n)
		for i := range list {
			list[i] = map[string]any{"type": "file", "path": fmt.Sprintf("m%d.gguf", i), "size": size, "oid": "x"}
		}
		data, err := json.Marshal(list)
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	const large = "outside 0 to 68719476736"
	for _, c := range []struct{ name, list, says, not string }{
		{"a long list", "[]" + strings.Repeat(" ", maxListBytes-1), "longer than 16777216 bytes", ""},
		{"a list at the limit", "[]" + strings.Repeat(" ", maxListBytes-2), "", "longer than"},
		{"many files", files(maxFiles+1, 1), "10001 files are more than 10000", ""},
		{"files at the limit", files(maxFiles, maxFileBytes+1), large, "more than"},
		{"a large file", files(1, maxFileBytes+1), "m0.gguf: 68719476737 bytes are " + large, ""},
		{"a file at the limit", files(1, maxFileBytes), "", large}, // it is not there
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch {
			case strings.HasSuffix(r.URL.Path, "/revision/main"):
				fmt.Fprintf(w, `{"sha":%q}`, commit)
			case strings.Contains(r.URL.Path, "/tree/"):
				fmt.Fprint(w, c.list)
			default:
				http.NotFound(w, r)
			}
		}))
		_, err := pull(t, server, "own/er", t.TempDir())
		server.Close()
		if err == nil || !strings.Contains(err.Error(), c.says) || c.not != "" && strings.Contains(err.Error(), c.not) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}
