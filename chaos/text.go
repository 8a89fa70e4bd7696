package chaos

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"unicode/utf8"

	"inkling/stream/wire"
)

// scraps are what random edits insert: code, line ends of all kinds, characters of one to four bytes, and those that combine.
var scraps = []string{
	"x", "y = 1", "\n", "\r\n", "\r", "    ", "\t", "def f(a):\n    return a\n", "if (a < b) {\r\n  c();\r\n}", "é", "ß", "日本語",
	"😀", "👩‍👩‍👧", "a\u0301", "\u2028", "\"", "'", "`", "(", ")", "[]", "{}", "//", "/* */", "#", "\\", "\u00a0", "\ufeff", "𝒳", "0x1F", ";",
}

// languages of random documents.
var languages = []string{"python", "javascript", "go", "rust", "plaintext"}

// scrap returns some text to insert.
func scrap(rng *rand.Rand) string {
	var b strings.Builder
	for range 1 + rng.IntN(4) {
		b.WriteString(scraps[rng.IntN(len(scraps))])
	}
	return b.String()
}

// randomText returns a text of some scraps.
func randomText(rng *rand.Rand, n int) string {
	var b strings.Builder
	for range n {
		b.WriteString(scrap(rng))
	}
	return b.String()
}

// maxMirrorBytes keeps documents of random edits small: what is tried is their order and places, not their size.
const maxMirrorBytes = 4096

// randomChange returns a change of a mirror's text. Its positions are such that every LSP server must take them the same way.
func randomChange(rng *rand.Rand, m *Mirror, encoding string) wire.Change {
	if rng.IntN(200) == 0 {
		return wire.Change{Text: randomText(rng, rng.IntN(40))}
	}
	a, b := randomOffset(rng, m.Text), randomOffset(rng, m.Text)
	if a > b {
		a, b = b, a
	}
	text := ""
	switch {
	case len(m.Text) > maxMirrorBytes: // cut back
		a, b = randomOffset(rng, m.Text[:len(m.Text)/2]), len(m.Text)
	case rng.IntN(4) > 0: // mostly type
		b, text = a, scrap(rng)
	case rng.IntN(2) == 0: // replace a little
		b = nextOffset(m.Text, a, rng.IntN(8))
		text = scrap(rng)
	default: // delete a little
		b = nextOffset(m.Text, a, 1+rng.IntN(20))
	}
	r := wire.Range{Start: m.Position(a, encoding), End: m.Position(b, encoding)}
	if rng.IntN(16) == 0 {
		r.End.Character += 1 << uint(rng.IntN(20)) // past the line's end is the line's end
		r.End.Character = min(r.End.Character, 1<<30)
		if end := m.Offset(r.End, encoding); end < m.Offset(r.Start, encoding) {
			r.End = r.Start
		} else {
			r.End = farOrExact(m, r.End, end, encoding)
		}
	}
	return wire.Change{Range: &r, Text: text}
}

// farOrExact keeps a position that lies past its line's end, and makes one that does not exact.
func farOrExact(m *Mirror, p wire.Position, offset int, encoding string) wire.Position {
	exact := m.Position(offset, encoding)
	line := strings.TrimRight(m.lines()[p.Line], "\r\n")
	if int(p.Character) >= width(line, encoding) {
		return p
	}
	return exact
}

// randomOffset returns the start of some character, or the end.
func randomOffset(rng *rand.Rand, text string) int {
	at := rng.IntN(len(text) + 1)
	for at < len(text) && !utf8.RuneStart(text[at]) {
		at--
	}
	if at > 0 && at < len(text) && text[at-1] == '\r' && text[at] == '\n' {
		at-- // no position lies between them
	}
	return at
}

// nextOffset returns the offset some characters further on.
func nextOffset(text string, at, characters int) int {
	for range characters {
		if at >= len(text) {
			break
		}
		_, size := utf8.DecodeRuneInString(text[at:])
		if strings.HasPrefix(text[at:], "\r\n") {
			size = 2
		}
		at += size
	}
	return at
}

// marker is how marks look in a text: a suggestion that holds another document's mark has leaked.
var marker = regexp.MustCompile(`mk[0-9]{8}x`)

// Marked returns a document whose own mark the model is drawn to repeat at its end.
func Marked(rng *rand.Rand, uri string) (m *Mirror, mark string) {
	mark = fmt.Sprintf("mk%08dx", rng.IntN(100_000_000))
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\nMARK = %q\n\n", mark, mark)
	for i := range 4 + rng.IntN(4) {
		fmt.Fprintf(&b, "def get_%d():\n    return %q\n\n", i, mark)
	}
	b.WriteString("def get_last():\n    return ")
	return NewMirror(uri, "python", b.String()), mark
}
