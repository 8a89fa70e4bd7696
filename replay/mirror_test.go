package replay

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestWhatIsSentOfADocumentIsOfWholeCharacters(t *testing.T) {
	text := strings.Repeat("a€é😀", 20)
	for cursor := range len(text) + 1 {
		if cursor < len(text) && !utf8.RuneStart(text[cursor]) {
			continue
		}
		m := mirror{text: []byte(text), cursor: cursor}
		for limit := range 20 {
			before, after := m.before(limit), m.after(limit)
			if !utf8.ValidString(before) || !strings.HasSuffix(text[:cursor], before) || len(before) > limit || len(before) < min(limit, cursor)-3 {
				t.Fatalf("%d bytes before %d: %q", limit, cursor, before)
			}
			if !utf8.ValidString(after) || !strings.HasPrefix(text[cursor:], after) || len(after) > limit || len(after) < min(limit, len(text)-cursor)-3 {
				t.Fatalf("%d bytes after %d: %q", limit, cursor, after)
			}
		}
	}
}
