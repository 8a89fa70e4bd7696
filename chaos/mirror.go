package chaos

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"inkling/stream/wire"
)

// Mirror is a document as its editor holds it. It is kept by plain splicing, and counts positions in its own way, so that an
// error of the server's is not repeated here.
type Mirror struct {
	URI, Language string
	Version       int32
	Text          string
}

// NewMirror returns a document at version 1.
func NewMirror(uri, language, text string) *Mirror {
	return &Mirror{URI: uri, Language: language, Version: 1, Text: text}
}

// lines returns the text's lines, each with its line end. There is always one more than there are line ends.
func (m *Mirror) lines() []string {
	var lines []string
	from := 0
	for i := 0; i < len(m.Text); i++ {
		if m.Text[i] == '\n' || m.Text[i] == '\r' && !strings.HasPrefix(m.Text[i+1:], "\n") {
			lines = append(lines, m.Text[from:i+1])
			from = i + 1
		}
	}
	return append(lines, m.Text[from:])
}

// width is the length of a text in an encoding.
func width(text, encoding string) int {
	switch encoding {
	case wire.EncodingUTF8:
		return len(text)
	case wire.EncodingUTF32:
		return utf8.RuneCountInString(text)
	}
	return len(utf16.Encode([]rune(text)))
}

// Position returns where a byte offset lies. Between the two characters of a line end it is the end of the line's text:
// the protocol has no other name for it.
func (m *Mirror) Position(offset int, encoding string) wire.Position {
	at := 0
	lines := m.lines()
	for i, line := range lines {
		if offset < at+len(line) || i == len(lines)-1 {
			return wire.Position{Line: uint32(i), Character: uint32(width(line[:offset-at], encoding))}
		}
		at += len(line)
	}
	return wire.Position{}
}

// Offset returns the byte offset of a position, which must lie on a line and between characters. What is past the line's
// end is its end.
func (m *Mirror) Offset(p wire.Position, encoding string) int {
	at := 0
	for i, line := range m.lines() {
		if i < int(p.Line) {
			at += len(line)
			continue
		}
		text := strings.TrimRight(line, "\r\n")
		passed := 0
		for n, r := range text {
			if passed >= int(p.Character) {
				return at + n
			}
			passed += width(string(r), encoding)
		}
		return at + len(text)
	}
	return len(m.Text)
}

// Apply carries out a change.
func (m *Mirror) Apply(c wire.Change, encoding string) {
	if c.Range == nil {
		m.Text = c.Text
		return
	}
	start, end := m.Offset(c.Range.Start, encoding), m.Offset(c.Range.End, encoding)
	m.Text = m.Text[:start] + c.Text + m.Text[end:]
}

// Digest is what a server that holds the same text answers.
func (m *Mirror) Digest() wire.Digest {
	sum := sha256.Sum256([]byte(m.Text))
	return wire.Digest{Version: m.Version, Bytes: len(m.Text), SHA256: hex.EncodeToString(sum[:])}
}

// item is the document as it is opened.
func (m *Mirror) item() wire.DocumentItem {
	return wire.DocumentItem{URI: m.URI, LanguageID: m.Language, Version: m.Version, Text: m.Text}
}
