package syntax

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"inkling/contexts/languages"
)

// TestAParseGivenUpBetweenTheBytesOfACharacterEndsWell: the lexer asks again for a character that a chunk has cut, and
// reads through a null pointer where it is told then that the text has ended.
func TestAParseGivenUpBetweenTheBytesOfACharacterEndsWell(t *testing.T) {
	closed(t)
	text := "# " + strings.Repeat("日本語😀ü", 40_000)
	for at := 0; at < len(text); {
		end := chunkEnd([]byte(text), at)
		if !utf8.ValidString(text[at:end]) || end <= at {
			t.Fatalf("the chunk from %d to %d cuts a character", at, end)
		}
		at = end
	}
	g, err := load(languages.ByID("python"))
	if err != nil {
		t.Fatal(err)
	}
	for timeout := 2 * time.Microsecond; timeout < 5*time.Millisecond; timeout += timeout/50 + time.Microsecond {
		p := newParser()
		if err := p.SetLanguage(g.native); err != nil {
			t.Fatal(err)
		}
		closeTree(parseText(p, text, nil, timeout))
		closeParser(p)
	}
}
