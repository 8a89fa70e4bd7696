package tokenizer

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// cutter cuts text into words. It is a hand-written scanner for the patterns of well-known tokenizers, whose look-ahead
// Go's regular expressions lack. A cut is final once the word after it is known and is not all white space.
type cutter struct {
	digits  bool // every digit by itself, before anything else
	style   style
	numbers int // longest run of digits in one word; 0: no limit
}

// style is one of the patterns.
type style uint8

const (
	// gpt2: 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
	gpt2 style = iota
	// cl100k, as in Qwen2 and Llama 3: (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,n}|
	//  ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+
	cl100k
)

// next returns the end of the word that begins at a byte offset inside text.
func (c cutter) next(text string, at int) int {
	if !c.digits {
		return c.cut(text, at)
	}
	r, size := utf8.DecodeRuneInString(text[at:])
	if unicode.IsNumber(r) {
		return at + size
	}
	// A digit ends the text for what comes before it. It matters where it stands in the word or right after the white
	// space that the word leaves for the next one.
	end := c.cut(text, at)
	digit := strings.IndexFunc(text[at:min(end+2*utf8.UTFMax, len(text))], unicode.IsNumber)
	if digit < 0 {
		return end
	}
	return c.cut(text[:at+digit], at)
}

func (c cutter) cut(text string, at int) int {
	if c.style == gpt2 {
		return cutGPT2(text, at)
	}
	return c.cutCL100K(text, at)
}

func cutGPT2(text string, at int) int {
	if n := contraction(text[at:], false); n > 0 {
		return at + n
	}
	start := at
	if text[at] == ' ' && at+1 < len(text) {
		start++
	}
	r, _ := utf8.DecodeRuneInString(text[start:])
	switch {
	case unicode.IsLetter(r):
		return run(text, start, unicode.IsLetter)
	case unicode.IsNumber(r):
		return run(text, start, unicode.IsNumber)
	case !unicode.IsSpace(r):
		return run(text, start, isOther)
	}
	return spaces(text, at)
}

func (c cutter) cutCL100K(text string, at int) int {
	if n := contraction(text[at:], true); n > 0 {
		return at + n
	}
	r, size := utf8.DecodeRuneInString(text[at:])
	if unicode.IsLetter(r) {
		return run(text, at, unicode.IsLetter)
	}
	if r != '\r' && r != '\n' && !unicode.IsNumber(r) {
		if end := run(text, at+size, unicode.IsLetter); end > at+size {
			return end
		}
	}
	if unicode.IsNumber(r) {
		end, count := at, 0
		for end < len(text) && (c.numbers == 0 || count < c.numbers) {
			r, size := utf8.DecodeRuneInString(text[end:])
			if !unicode.IsNumber(r) {
				break
			}
			end, count = end+size, count+1
		}
		return end
	}
	start := at
	if r == ' ' {
		start++
	}
	if end := run(text, start, isOther); end > start {
		return run(text, end, isLineBreak)
	}
	all := run(text, at, unicode.IsSpace)
	if last := strings.LastIndexAny(text[at:all], "\r\n"); last >= 0 {
		return at + last + 1
	}
	return spaces(text, at)
}

// contraction returns the length of an English contraction at the start of text, 0 where there is none.
func contraction(text string, anyCase bool) int {
	if len(text) < 2 || text[0] != '\'' {
		return 0
	}
	for _, ending := range [...]string{"s", "t", "re", "ve", "m", "ll", "d"} {
		if len(text) <= len(ending) {
			continue
		}
		found := text[1 : 1+len(ending)]
		if found == ending || anyCase && strings.EqualFold(found, ending) {
			return 1 + len(ending)
		}
	}
	// Unicode folds the long s into s.
	if anyCase && strings.HasPrefix(text[1:], "ſ") {
		return 1 + len("ſ")
	}
	return 0
}

// spaces ends a run of white space: all of it at the end of the text, otherwise all but its last character, which
// belongs to the word that follows; but a single one is a word by itself.
func spaces(text string, at int) int {
	end := run(text, at, unicode.IsSpace)
	if end == len(text) {
		return end
	}
	_, size := utf8.DecodeLastRuneInString(text[at:end])
	if end-size > at {
		return end - size
	}
	return end
}

func run(text string, at int, in func(rune) bool) int {
	for at < len(text) {
		r, size := utf8.DecodeRuneInString(text[at:])
		if !in(r) {
			break
		}
		at += size
	}
	return at
}

func isOther(r rune) bool {
	return !unicode.IsSpace(r) && !unicode.IsLetter(r) && !unicode.IsNumber(r)
}

func isLineBreak(r rune) bool { return r == '\r' || r == '\n' }
