package replay

import (
	"fmt"
	"unicode/utf8"
)

// mirror is the document as an editor holds it.
type mirror struct {
	text   []byte
	cursor int
}

// apply carries out a key.
func (m *mirror) apply(k Key) error {
	if k.At < 0 || k.Delete < 0 || k.At+k.Delete > len(m.text) {
		return fmt.Errorf("replay: key at %d deleting %d in a text of %d bytes", k.At, k.Delete, len(m.text))
	}
	tail := string(m.text[k.At+k.Delete:])
	m.text = append(append(m.text[:k.At], k.Insert...), tail...)
	m.cursor = k.Cursor()
	return nil
}

// before is the text before the cursor, limit bytes at the most, of whole characters.
func (m *mirror) before(limit int) string {
	start := max(m.cursor-limit, 0)
	for start < m.cursor && !utf8.RuneStart(m.text[start]) {
		start++
	}
	return string(m.text[start:m.cursor])
}

// after is the text after the cursor, likewise.
func (m *mirror) after(limit int) string {
	end := min(m.cursor+limit, len(m.text))
	for end > m.cursor && end < len(m.text) && !utf8.RuneStart(m.text[end]) {
		end--
	}
	return string(m.text[m.cursor:end])
}

// blockBefore is the text before the cursor whose start moves in blocks of half the limit, so that typing leaves the
// start of a prompt where it was and a server's prompt cache serves it: the best setting for such a server.
func (m *mirror) blockBefore(limit int) string {
	if m.cursor <= limit {
		return string(m.text[:m.cursor])
	}
	block := limit / 2
	start := (m.cursor - limit + block - 1) / block * block
	for !utf8.RuneStart(m.text[start]) {
		start++
	}
	return string(m.text[start:m.cursor])
}
