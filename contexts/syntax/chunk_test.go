package syntax

import (
	"strings"
	"testing"
	"time"

	"inkling/contexts/languages"
)

// TestAParseGivenUpBetweenTheBytesOfACharacterEndsWell: the lexer asks again for a character that a chunk has cut, or that
// is none, and reads through a null pointer where it is told then that the text has ended.
func TestAParseGivenUpBetweenTheBytesOfACharacterEndsWell(t *testing.T) {
	closed(t)
	for _, unit := range []string{"日本語😀ü", "\xf0\x9f\x98", "\xff日\xe6"} {
		giveUpAtEveryTime(t, "# "+strings.Repeat(unit, 640_000/len(unit)))
	}
}

func giveUpAtEveryTime(t *testing.T, text string) {
	g, err := load(languages.ByID("python"))
	if err != nil {
		t.Fatal(err)
	}
	for timeout := 2 * time.Microsecond; timeout < 5*time.Millisecond; timeout += timeout/50 + time.Microsecond {
		tree, how := parseText(g.native, text, nil, timeout)
		if how == failed {
			t.Fatalf("failed after %v", timeout)
		}
		closeTree(tree)
	}
}
