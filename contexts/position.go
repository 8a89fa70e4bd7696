package contexts

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Encoding is the unit in which the characters of a [Position] are counted.
type Encoding uint8

const (
	UTF16 Encoding = iota // LSP's default
	UTF8
	UTF32
)

// String gives LSP's name.
func (e Encoding) String() string { return [...]string{"utf-16", "utf-8", "utf-32"}[e] }

// Position is a place in a document as the protocol has it: both count from 0. A Character past the line's end is
// the line's end.
type Position struct {
	Line      uint32 `json:"line"`
	Character uint32 `json:"character"`
}

// Range is the text from Start up to, not including, End.
type Range struct {
	Start Position `json:"start"`
	End   Position `json:"end"`
}

// Change replaces Range by Text; a nil Range replaces the whole document.
type Change struct {
	Range *Range `json:"range,omitempty"`
	Text  string `json:"text"`
}

// Offset returns the byte offset of a position. A character past the line's end is the end of the line's text, before
// its line end; one inside a character is its start. Errors wrap [ErrRange].
func (d *Document) Offset(p Position, enc Encoding) (int, error) {
	if int64(p.Line) >= int64(len(d.lines)) {
		return 0, fmt.Errorf("%w: line %d of %d", ErrRange, p.Line, len(d.lines))
	}
	start := d.lineStart(int(p.Line))
	return start + byteFrom(d.line(int(p.Line)), p.Character, enc), nil
}

// Position returns the position of a byte offset, which must lie inside the text or at its end.
func (d *Document) Position(offset int, enc Encoding) Position {
	offset = min(max(offset, 0), len(d.text))
	line := d.lineOf(offset)
	return Position{Line: uint32(line), Character: uint32(Length(d.text[d.lineStart(line):offset], enc))}
}

// line returns a line's text without its line end.
func (d *Document) line(n int) string {
	end := len(d.text)
	if n+1 < len(d.lines) {
		end = d.lineStart(n + 1)
	}
	text := d.text[d.lineStart(n):end]
	return strings.TrimSuffix(strings.TrimSuffix(text, "\n"), "\r")
}

// lineOf returns the line that an offset lies in.
func (d *Document) lineOf(offset int) int {
	line, found := slices.BinarySearch(d.lines, int32(offset))
	if !found {
		line-- // it begins before the offset
	}
	return line
}

// byteFrom returns the byte offset of a character of a line.
func byteFrom(line string, character uint32, enc Encoding) int {
	if enc == UTF8 {
		at := min(int64(character), int64(len(line)))
		for at > 0 && at < int64(len(line)) && !utf8.RuneStart(line[at]) {
			at--
		}
		return int(at)
	}
	left := int64(character)
	for at := 0; at < len(line); {
		if left >= 8 && len(line)-at >= 8 && ascii8(line[at:at+8]) {
			at, left = at+8, left-8
			continue
		}
		r, size := utf8.DecodeRuneInString(line[at:])
		if left < units(r, enc) {
			return at
		}
		at, left = at+size, left-units(r, enc)
	}
	return len(line)
}

// ascii8 reports whether 8 bytes are characters of one byte each: most text is, and a long line is read from its beginning for each
// place in it.
func ascii8(b string) bool {
	_ = b[7]
	return (uint64(b[0])|uint64(b[1])<<8|uint64(b[2])<<16|uint64(b[3])<<24|uint64(b[4])<<32|uint64(b[5])<<40|uint64(b[6])<<48|uint64(b[7])<<56)&
		0x8080808080808080 == 0
}

// units is how many of an encoding's units a character takes.
func units(r rune, enc Encoding) int64 {
	switch {
	case enc == UTF8:
		return int64(utf8.RuneLen(r))
	case enc == UTF16 && r > 0xFFFF:
		return 2
	}
	return 1
}

// Length returns the length of a text in an encoding's units.
func Length(text string, enc Encoding) int {
	if enc == UTF8 {
		return len(text)
	}
	n := 0
	for _, r := range text {
		n += int(units(r, enc))
	}
	return n
}
