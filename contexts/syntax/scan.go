package syntax

import (
	"strings"

	"inkling/contexts/languages"
)

// scanBytes is how much text before a place is scanned where there is no tree to ask.
const scanBytes = 64 << 10

// lexical is where a text ends, read from its start by the language's facts alone.
type lexical struct {
	in     lexicalState
	closer string // of the string or comment that is open
	open   []byte // the brackets that are open: ( [ {
	counts [3]int // of each kind among them
}

type lexicalState uint8

const (
	inPlainCode lexicalState = iota
	inString
	inLineComment
	inBlockComment
)

// scan reads text, which begins in code.
func scan(text string, facts languages.Facts) lexical {
	var s lexical
	var raw, multiline bool
	for i := 0; i < len(text); {
		c := text[i]
		switch s.in {
		case inLineComment:
			if c == '\n' {
				s.in = inPlainCode
			}
		case inBlockComment:
			if strings.HasPrefix(text[i:], s.closer) {
				i += len(s.closer) - 1
				s.in = inPlainCode
			}
		case inString:
			switch {
			case c == '\\' && !raw:
				i++
			case strings.HasPrefix(text[i:], s.closer):
				i += len(s.closer) - 1
				s.in = inPlainCode
			case c == '\n' && !multiline:
				s.in = inPlainCode
			}
		default:
			i += s.code(text[i:], facts, &raw, &multiline)
		}
		i++
	}
	return s
}

// code reads what begins at text[0] in code, and returns how many bytes beyond the first it took.
func (s *lexical) code(text string, facts languages.Facts, raw, multiline *bool) int {
	switch c := text[0]; c {
	case '(', '[', '{':
		s.open = append(s.open, c)
		s.counts[kind(c)]++
		return 0
	case ')', ']', '}':
		s.close(c)
		return 0
	}
	if facts.LineComment != "" && strings.HasPrefix(text, facts.LineComment) {
		s.in = inLineComment
		return len(facts.LineComment) - 1
	}
	if open := facts.BlockComment[0]; open != "" && strings.HasPrefix(text, open) {
		s.in, s.closer = inBlockComment, facts.BlockComment[1]
		return len(open) - 1
	}
	for _, d := range facts.Strings {
		if strings.HasPrefix(text, d.Open) {
			s.in, s.closer, *raw, *multiline = inString, d.Close, d.Raw, d.Multiline
			return len(d.Open) - 1
		}
	}
	return 0
}

// close takes back the innermost bracket that c closes, with those that were left open inside it.
func (s *lexical) close(c byte) {
	for s.counts[kind(c)] > 0 { // else nothing is closed, however much is open
		last := s.open[len(s.open)-1]
		s.open = s.open[:len(s.open)-1]
		s.counts[kind(last)]--
		if closing(last) == c {
			return
		}
	}
}

// kind numbers the kinds of brackets, whichever end.
func kind(bracket byte) int {
	switch bracket {
	case '(', ')':
		return 0
	case '[', ']':
		return 1
	}
	return 2
}

func closing(open byte) byte {
	switch open {
	case '(':
		return ')'
	case '[':
		return ']'
	}
	return '}'
}

// emptyBody reports whether a block opens before the cursor, on its line or the last line above that is not blank,
// and has nothing in it yet.
func emptyBody(text string, offset int, facts languages.Facts) bool {
	before := strings.TrimRight(text[:offset], " \t\r\n")
	opens := false
	for _, opener := range facts.BlockOpeners {
		opens = opens || endsWith(before, opener)
	}
	if !opens {
		return false
	}
	rest := text[offset:]
	if facts.Blocks == languages.Indentation {
		return emptyByIndentation(before, rest)
	}
	rest = strings.TrimLeft(rest, " \t\r\n")
	if rest == "" {
		return true
	}
	for _, closer := range facts.BlockClosers {
		if strings.HasPrefix(rest, closer) {
			return true
		}
	}
	return false
}

// endsWith reports whether text ends with opener, as a word of its own where the opener is a word.
func endsWith(text, opener string) bool {
	rest, ok := strings.CutSuffix(text, opener)
	if !ok || opener[0] < 'a' || opener[0] > 'z' || rest == "" {
		return ok
	}
	c := rest[len(rest)-1]
	return c == ' ' || c == '\t' || c == '\n' || c == ';' || c == ')'
}

// emptyByIndentation reports whether the first line after the cursor that is not blank is indented no deeper than
// the line that opens the block.
func emptyByIndentation(before, rest string) bool {
	header := width(before[strings.LastIndexByte(before, '\n')+1:])
	line, after, more := strings.Cut(rest, "\n")
	if strings.TrimSpace(line) != "" {
		return false // something stands on the cursor's own line
	}
	for more {
		line, after, more = strings.Cut(after, "\n")
		if strings.TrimSpace(line) != "" {
			return width(line) <= header
		}
	}
	return true
}
