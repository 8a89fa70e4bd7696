package syntax

import (
	"strings"
	"sync/atomic"
	"unicode/utf8"

	sitter "github.com/tree-sitter/go-tree-sitter"
)

// A grammar's scanner keeps its state in a kilobyte, and some count what they keep in bytes. Text that does not fit fails
// an assertion, or would: it is known by language, and is plain text.
const (
	maxIndents     = 300     // widths of indentation in one Python file; the scanner has room for 383 beside 255 open strings
	maxHeredocWord = 250     // bytes of the word that ends a Ruby heredoc; the scanner counts to 255
	indentBytes    = 6 << 10 // of text, in which so many do not fit

	maxLostBytes    = 128 << 20 // of memory, after which a grammar's language is plain text for the rest of the process
	leastLost       = 4 << 10   // by a parse that failed or was left: the scanner's own state
	tagBytes        = 24        // that HTML's scanner keeps of each open tag
	maxTags         = 1 << 16   // that it keeps
	maxLostTrees    = 32 << 20  // of memory of older trees, after which no text of the language is parsed beside one
	maxOpenBrackets = 256       // of a text that is parsed beside an older tree
	maxBesideEdits  = 4 << 10   // bytes that edits took and gave since that was made
)

// hazardous reports whether a language's grammar is known to fail on text.
func hazardous(language, text string) bool {
	switch language {
	case "python":
		return len(text) > indentBytes && deeplyIndented(text)
	case "ruby":
		return len(text) > maxHeredocWord && longHeredocWord(text)
	}
	return false
}

// readable returns a text as a language's grammar is given it, with every byte where it was. Bash's scanner looks what follows a brace up in the
// C library's table of 256 characters, and one far outside of them, as an icon in a prompt is, reads where there is nothing, which ends the
// process: in Bash, what is not ASCII is a letter, as it is to Bash itself.
func readable(language, text string) string {
	if language != "shellscript" || !strings.ContainsFunc(text, notASCII) {
		return text
	}
	letters := []byte(text)
	for i, c := range letters {
		if c >= utf8.RuneSelf {
			letters[i] = 'x'
		}
	}
	return string(letters)
}

func notASCII(r rune) bool { return r >= utf8.RuneSelf }

// deeplyIndented reports whether a text's lines begin at more than maxIndents columns, and so whether the stack of those that
// are open, each deeper than the last, can hold as many.
func deeplyIndented(text string) bool {
	seen := map[int]bool{}
	for line := range strings.Lines(text) {
		column := 0
		for i := 0; i < len(line); i++ {
			if line[i] == '\t' {
				column += 8
			} else if line[i] == ' ' {
				column++
			} else {
				break
			}
		}
		if !seen[column] {
			seen[column] = true
			if len(seen) > maxIndents {
				return true
			}
		}
	}
	return false
}

// longHeredocWord reports whether a heredoc begins in text whose word, bare or in quotes, has more than maxHeredocWord bytes.
func longHeredocWord(text string) bool {
	for {
		_, rest, found := strings.Cut(text, "<<")
		if !found {
			return false
		}
		text = rest
		if rest != "" && (rest[0] == '-' || rest[0] == '~') {
			rest = rest[1:]
		}
		if rest == "" {
			return false
		}
		end := -1
		if quote := rest[0]; quote == '"' || quote == '\'' || quote == '`' {
			end = strings.IndexByte(rest[1:], quote)
		} else {
			end = strings.IndexAny(rest, " \t\r\n,.;()[]{}")
		}
		if end > maxHeredocWord || end < 0 && len(rest) > maxHeredocWord {
			return true
		}
	}
}

// beside returns the tree that a text is parsed beside: old, or nil where the parse is likely to have to be left, and would lose it.
func (t *Tree) beside(text string, old *sitter.Tree) *sitter.Tree {
	if t.left || t.drift > maxBesideEdits || t.grammar.failures.lostTrees.Load() > maxLostTrees || deeplyOpen(text) {
		return nil
	}
	return old
}

// deeplyOpen reports whether a text has more brackets that open than brackets that close, by more than code has.
func deeplyOpen(text string) bool {
	for _, pair := range []string{"()", "[]", "{}"} {
		if strings.Count(text, pair[:1])-strings.Count(text, pair[1:]) > maxOpenBrackets {
			return true
		}
	}
	return false
}

// failures counts the memory that parses with a grammar which failed, or had to be left, never gave back: their own, and of trees that
// they were made beside.
type failures struct{ lost, lostTrees atomic.Int64 }

// add counts a parse of text in a language beside old, which may be nil.
func (f *failures) add(language, text string, old *sitter.Tree) {
	lost := int64(leastLost)
	if language == "html" {
		lost += tagBytes * int64(min(strings.Count(text, "<"), maxTags))
	}
	f.lost.Add(lost)
	if old != nil {
		f.lostTrees.Add(weigh(old))
	}
}

// tooMany reports whether the grammar is not to be trusted with another text.
func (f *failures) tooMany() bool { return f.lost.Load() > maxLostBytes }
