// Package tokenizer turns text into the token ids of a model's vocabulary and back: byte-level BPE, as it stands in a
// Hugging Face tokenizer.json. It imports nothing of ours.
//
// Text is cut into words (pre-tokens), each of which is encoded by itself: a cut hangs on the text around it alone, so
// after an edit only the words near it are encoded again.
//
// Invariants: the bytes of the tokens of a text, one after the other, are the text (after the normalizer, where there is
// one, and without bytes for which the vocabulary has no token: some lack a few control characters and bytes that no
// UTF-8 holds); special tokens that occur in a text are encoded as plain text.
package tokenizer

import (
	"errors"
	"slices"

	"golang.org/x/text/unicode/norm"
)

// Errors of loading.
var (
	// ErrUnsupported is returned, wrapped with what, when tokenizer.json asks for what this package does not do.
	ErrUnsupported = errors.New("tokenizer: not supported")
	// ErrFormat is returned, wrapped with what, when a file is not a tokenizer.json.
	ErrFormat = errors.New("tokenizer: not a valid tokenizer.json")
)

// Tokenizer is immutable after loading, but for a bounded cache, and safe for concurrent use.
type Tokenizer struct {
	tokens  [][]byte         // bytes by id; nil for special ones
	special map[string]int32 // added tokens: id by content
	byteID  [256]int32       // id of each single byte; -1: the vocabulary has none
	merges  map[pair]merge
	whole   map[string]int32 // tokens that are taken whole, before any merge; nil where merges decide
	cutter  cutter
	nfc     bool
	sorted  []int32 // ids of the tokens that stand for text, by their bytes: added ones only where they are blank
	cache   *wordCache
}

// Encode returns the ids of text.
func (t *Tokenizer) Encode(text string) []int32 {
	text = t.normal(text)
	ids := make([]int32, 0, len(text)/3+4)
	for at := 0; at < len(text); {
		end := t.cutter.next(text, at)
		ids = append(ids, t.word(text[at:end])...)
		at = end
	}
	return ids
}

// CountTokens returns len(Encode(text)) without keeping the ids.
func (t *Tokenizer) CountTokens(text string) int {
	text = t.normal(text)
	count := 0
	for at := 0; at < len(text); {
		end := t.cutter.next(text, at)
		count += len(t.word(text[at:end]))
		at = end
	}
	return count
}

func (t *Tokenizer) normal(text string) string {
	if t.nfc && !norm.NFC.IsNormalString(text) {
		return norm.NFC.String(text)
	}
	return text
}

// Bytes returns the bytes that a token stands for; nil for special tokens and unknown ids. The slice must not be changed.
func (t *Tokenizer) Bytes(id int32) []byte {
	if id < 0 || int(id) >= len(t.tokens) {
		return nil
	}
	return t.tokens[id]
}

// Decode returns the bytes of tokens, one after the other, special ones left out.
func (t *Tokenizer) Decode(ids []int32) []byte {
	var out []byte
	for _, id := range ids {
		out = append(out, t.Bytes(id)...)
	}
	return out
}

// Special returns the id of an added token such as "<|fim_prefix|>", by its content, whether or not the file calls it special: some
// vocabularies (Qwen2.5-Coder's) do not call the markers of fill-in-the-middle so.
func (t *Tokenizer) Special(content string) (id int32, ok bool) {
	id, ok = t.special[content]
	return id, ok
}

// Size returns the number of ids: every id is below it.
func (t *Tokenizer) Size() int { return len(t.tokens) }

// Healing returns the ids of all non-special tokens whose bytes start with prefix, and of those that are themselves a
// non-empty prefix of it: what may be sampled first when a prompt backs up over prefix.
func (t *Tokenizer) Healing(prefix []byte) []int32 {
	var ids []int32
	for n := 1; n < len(prefix); n++ {
		first := t.search(prefix[:n])
		for _, id := range t.sorted[first:] {
			if string(t.tokens[id]) != string(prefix[:n]) {
				break
			}
			ids = append(ids, id)
		}
	}
	for _, id := range t.sorted[t.search(prefix):] {
		token := t.tokens[id]
		if len(token) < len(prefix) || string(token[:len(prefix)]) != string(prefix) {
			break
		}
		ids = append(ids, id)
	}
	return ids
}

// search returns the index of the first sorted token that does not come before prefix.
func (t *Tokenizer) search(prefix []byte) int {
	at, _ := slices.BinarySearchFunc(t.sorted, prefix, func(id int32, prefix []byte) int {
		return slices.Compare(t.tokens[id], prefix)
	})
	return at
}
