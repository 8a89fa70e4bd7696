package cache

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Limits of what is asked about a file.
const (
	topLines    = 100 // of a file, in which imports are looked for
	maxStarts   = 5   // frequent line starts of a language
	minStarts   = 3   // times that a line start must occur to be frequent
	maxWordSize = 24  // bytes of a word that a line starts with
)

// importWords begin lines that bring other code in.
var importWords = []string{"import", "from", "use", "using", "#include", "require", "const"}

// opening is a text with a place in it where somebody is likely to type.
type opening struct {
	text   string
	offset int
}

// starts counts the words that unindented lines of a language begin with.
type starts map[string]int

func (s starts) count(text string) {
	for line := range strings.Lines(text) {
		word := firstWord(line)
		if word == "" {
			continue
		}
		if s[word] == 0 {
			word = strings.Clone(word) // a piece of the file
		}
		s[word]++
	}
}

// firstWord returns the word that an unindented line begins with, where something follows it.
func firstWord(line string) string {
	at := strings.IndexByte(line, ' ')
	if at <= 0 || at > maxWordSize {
		return ""
	}
	for i, r := range line[:at] {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '_'
		if !letter && !(i == 0 && (r == '#' || r == '@')) {
			return ""
		}
	}
	return line[:at]
}

// frequent returns the most frequent words.
func (s starts) frequent() []string {
	var words []string
	for word, n := range s {
		if n >= minStarts {
			words = append(words, word)
		}
	}
	slices.SortFunc(words, func(a, b string) int { return cmp.Or(cmp.Compare(s[b], s[a]), cmp.Compare(a, b)) })
	return words[:min(len(words), maxStarts)]
}

// openings returns the likely places of a file: one more import, and what is added at its end.
func openings(text string, frequent []string) []opening {
	if text == "" || !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		return nil
	}
	var all []opening
	if at, word := lastImport(text); word != "" {
		head := text[:at] + word + " "
		all = append(all, opening{head + "\n" + text[at:], len(head)})
	}
	end := strings.TrimRight(text, " \t\r\n") + "\n"
	for _, gap := range []string{"", "\n"} {
		all = append(all, opening{end + gap, len(end) + len(gap)})
		for _, word := range frequent {
			head := end + gap + word + " "
			all = append(all, opening{head, len(head)})
		}
	}
	return all
}

// lastImport returns where the line after the last import near the file's top begins, and the import's first word.
func lastImport(text string) (at int, word string) {
	offset, n := 0, 0
	for line := range strings.Lines(text) {
		if n++; n > topLines || !strings.HasSuffix(line, "\n") {
			break
		}
		offset += len(line)
		if first := firstWord(line); slices.Contains(importWords, first) && (first != "const" || strings.Contains(line, "require(")) {
			at, word = offset, first
		}
	}
	return at, word
}
