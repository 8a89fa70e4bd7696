package tokenizer

import (
	"sort"
	"strings"
	"unicode"
)

// Encoding is an encoded text that can be carried over to an edited one. Its slices must not be changed.
type Encoding struct {
	Text  string
	IDs   []int32
	Ends  []int // byte offset in Text after each id
	words []wordEnd
}

// wordEnd is where a word ends: in bytes and in tokens.
type wordEnd struct{ text, tokens int }

// Update encodes text, taking over from prev (nil: nothing) the words up to the last cut that the change cannot have
// moved. The result is the same as that of a fresh encoding. prev is not changed.
func (t *Tokenizer) Update(prev *Encoding, text string) *Encoding {
	text = t.normal(text)
	e := &Encoding{Text: text}
	keep := prev.stable(text)
	room := len(text)/3 + 16
	if prev != nil {
		room = max(len(prev.IDs)+64, keep)
	}
	e.IDs, e.Ends, e.words = make([]int32, 0, room), make([]int, 0, room), make([]wordEnd, 0, room)
	at := 0
	if keep > 0 {
		last := prev.words[keep-1]
		e.IDs = append(e.IDs, prev.IDs[:last.tokens]...)
		e.Ends = append(e.Ends, prev.Ends[:last.tokens]...)
		e.words = append(e.words, prev.words[:keep]...)
		at = last.text
		if last.tokens > 0 {
			e.Ends[last.tokens-1] = at
		}
	}
	for at < len(text) {
		end := t.cutter.next(text, at)
		for _, id := range t.word(text[at:end]) {
			at += len(t.tokens[id])
			e.IDs, e.Ends = append(e.IDs, id), append(e.Ends, at)
		}
		if at != end && len(e.Ends) > 0 { // a byte without a token belongs to the token before it
			e.Ends[len(e.Ends)-1] = end
		}
		at = end
		e.words = append(e.words, wordEnd{end, len(e.IDs)})
	}
	return e
}

// stable returns how many words of e stand unchanged in text. The cut after a word hangs on the text up to the next
// character that is not white space, and a little beyond it: so the word after it must be unchanged too, ended by
// something unchanged, and not all white space.
func (e *Encoding) stable(text string) int {
	if e == nil {
		return 0
	}
	same := commonPrefix(e.Text, text)
	if same == len(text) && same == len(e.Text) {
		return len(e.words)
	}
	for k := len(e.words) - 1; k > 0; k-- {
		start, end := e.words[k-1].text, e.words[k].text
		if end < same && strings.ContainsFunc(e.Text[start:end], isNoSpace) {
			return k
		}
	}
	return 0
}

func isNoSpace(r rune) bool { return !unicode.IsSpace(r) }

func commonPrefix(a, b string) int {
	n := min(len(a), len(b))
	i := 0
	for i+64 <= n && a[i:i+64] == b[i:i+64] {
		i += 64
	}
	for i < n && a[i] == b[i] {
		i++
	}
	return i
}

// WordStart returns the index of the first token of the word that holds a token.
func (e *Encoding) WordStart(token int) int {
	i := sort.Search(len(e.words), func(i int) bool { return e.words[i].tokens > token })
	if i == 0 {
		return 0
	}
	return e.words[i-1].tokens
}
