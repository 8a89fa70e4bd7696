package contexts

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"
)

// TestPlacesInALineOfAnyCharactersAreFound compares with a count of one character after the other.
func TestPlacesInALineOfAnyCharactersAreFound(t *testing.T) {
	for _, text := range []string{"", "1234567", "12345678", "123456789", "1234567é9012345678", "éééé12345678😀12345678", "12345678\x80\xff12345678", "aaaaaaaa😀"} {
		for _, enc := range []Encoding{UTF8, UTF16, UTF32} {
			if enc == UTF8 && !utf8.ValidString(text) {
				continue // a place within what is no character
			}
			for character := range uint32(len(text) + 3) {
				if got, want := byteFrom(text, character, enc), naiveOffset(text, 0, character, enc); got != want {
					t.Errorf("%q, %v, character %d: byte %d, want %d", text, enc, character, got, want)
				}
			}
		}
	}
}

// TestManyChangesInALongLineAreBounded: each place is found from the line's beginning.
func TestManyChangesInALongLineAreBounded(t *testing.T) {
	const size = 2 << 20
	text := strings.Repeat("x = 1; y", size/8)
	most := maxEditWork / (2 * lineWork * size)
	for n, want := range map[int]error{most - 1: nil, 2 * most: ErrTooLarge} {
		d := NewDocument("file:///a.js", "javascript", 1, text)
		var changes []Change
		for i := range n {
			at := Position{Character: uint32(size - 8*i - 8)}
			changes = append(changes, Change{Range: &Range{at, at}, Text: "x"})
		}
		if err := d.Apply(2, changes, UTF16); !errors.Is(err, want) || err == nil && len(d.Text()) != size+n {
			t.Errorf("%d changes: %v, %d bytes", n, err, len(d.Text()))
		}
		d.Close()
	}
}
