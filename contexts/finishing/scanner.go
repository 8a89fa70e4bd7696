package finishing

import "inkling/contexts/languages"

// state is what the scanner is in.
type state uint8

const (
	inCode state = iota
	inString
	inLineComment
	inBlockComment
)

// event is what a byte was to the scanner.
type event uint8

const (
	nothing     event = iota
	opens             // an opening bracket of code
	closes            // a closing bracket of code
	stringEnds        // the last byte of a string's closing delimiter
	stringOpens       // the last byte of an opening one
)

// delimiter is a text of at most 8 bytes, as the low bytes of a number.
type delimiter struct {
	value, mask uint64
	length      int
}

func newDelimiter(text string) delimiter {
	if len(text) == 0 || len(text) > 8 {
		return delimiter{mask: 0, value: 1} // never found
	}
	var d delimiter
	for i := range len(text) {
		d.value, d.mask = d.value<<8|uint64(text[i]), d.mask<<8|0xff
	}
	d.length = len(text)
	return d
}

// ends reports whether the bytes that were read end with the delimiter.
func (d delimiter) ends(read uint64) bool { return read&d.mask == d.value }

type stringKind struct {
	open, close    delimiter
	multiline, raw bool
}

// lexicon is what the scanner knows of a language.
type lexicon struct {
	lineComment           delimiter
	blockOpen, blockClose delimiter
	strings               []stringKind
	openers               []string // words or signs that a block begins after, at the end of a line
	closers               []string // that a block ends before, at the start of a line
	blocks                languages.Blocks
	hasBrackets           bool
	means                 [256]bool // bytes that may open something in code; all others say nothing
}

func newLexicon(facts languages.Facts) *lexicon {
	l := &lexicon{
		lineComment: newDelimiter(facts.LineComment), blocks: facts.Blocks,
		blockOpen: newDelimiter(facts.BlockComment[0]), blockClose: newDelimiter(facts.BlockComment[1]),
		openers: facts.BlockOpeners, closers: facts.BlockClosers,
		hasBrackets: facts.Blocks != languages.NoBlocks,
	}
	means := func(text string) {
		if text != "" {
			l.means[text[len(text)-1]] = true
		}
	}
	means(facts.LineComment)
	means(facts.BlockComment[0])
	for _, bracket := range []byte("()[]{}") {
		l.means[bracket] = l.hasBrackets
	}
	for _, s := range facts.Strings {
		means(s.Open)
		l.strings = append(l.strings, stringKind{newDelimiter(s.Open), newDelimiter(s.Close), s.Multiline, s.Raw})
	}
	return l
}

// scanner reads text byte by byte by the facts of its language: strings, comments and brackets.
type scanner struct {
	lex     *lexicon
	in      state
	kind    stringKind // of the string that is open
	read    uint64     // the last 8 bytes
	since   int        // bytes read since the string or comment opened
	escaped bool       // the byte before was a backslash that takes the next one with it
}

// step reads one byte.
func (s *scanner) step(c byte) event {
	s.read = s.read<<8 | uint64(c)
	s.since++
	switch s.in {
	case inLineComment:
		if c == '\n' {
			s.in = inCode
		}
	case inBlockComment:
		if s.since >= s.lex.blockClose.length && s.lex.blockClose.ends(s.read) {
			s.in = inCode
		}
	case inString:
		return s.stepString(c)
	default:
		return s.stepCode(c)
	}
	return nothing
}

func (s *scanner) stepString(c byte) event {
	switch {
	case s.escaped:
		s.escaped = false
	case c == '\\' && !s.kind.raw:
		s.escaped = true
	case s.since >= s.kind.close.length && s.kind.close.ends(s.read):
		s.in = inCode
		return stringEnds
	case c == '\n' && !s.kind.multiline:
		s.in = inCode
	}
	return nothing
}

func (s *scanner) stepCode(c byte) event {
	if !s.lex.means[c] {
		return nothing
	}
	if s.lex.lineComment.ends(s.read) {
		s.in, s.since = inLineComment, 0
		return nothing
	}
	if s.lex.blockOpen.ends(s.read) {
		s.in, s.since = inBlockComment, 0
		return nothing
	}
	for _, kind := range s.lex.strings {
		if kind.open.ends(s.read) {
			s.in, s.kind, s.since, s.escaped = inString, kind, 0, false
			return stringOpens
		}
	}
	if !s.lex.hasBrackets {
		return nothing
	}
	switch c {
	case '(', '[', '{':
		return opens
	case ')', ']', '}':
		return closes
	}
	return nothing
}

// closing returns the bracket that closes open.
func closing(open byte) byte {
	switch open {
	case '(':
		return ')'
	case '[':
		return ']'
	}
	return '}'
}

// isWord reports whether a byte may stand inside an identifier; bytes of other scripts' letters may.
func isWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}
