// Package tokenizer turns text into the token ids of a model's vocabulary and back. It imports nothing of ours.
package tokenizer

import "errors"

// Tokenizer is immutable after loading and safe for concurrent use.
type Tokenizer struct{}

// Load reads a Hugging Face tokenizer.json.
func Load(path string) (*Tokenizer, error) { return nil, errors.New("tokenizer: not built yet") }

// Encode returns the ids of text. Special tokens that occur in the text are encoded as plain text.
func (t *Tokenizer) Encode(text string) []int32 { return nil }

// CountTokens returns len(Encode(text)) without keeping the ids.
func (t *Tokenizer) CountTokens(text string) int { return 0 }

// Bytes returns the bytes that a token stands for; nil for special tokens. The slice must not be changed.
func (t *Tokenizer) Bytes(id int32) []byte { return nil }

// Special returns the id of a special token such as "<|fim_prefix|>".
func (t *Tokenizer) Special(content string) (id int32, ok bool) { return 0, false }

// Size returns the number of ids: every id is below it.
func (t *Tokenizer) Size() int { return 0 }

// Healing returns the ids of all non-special tokens whose bytes start with prefix, and of those that are themselves a
// non-empty prefix of it: what may be sampled first when a prompt backs up over prefix. The slice must not be changed.
func (t *Tokenizer) Healing(prefix []byte) []int32 { return nil }

// Encoding is an encoded text that can be carried over to an edited one.
type Encoding struct {
	Text string
	IDs  []int32
	Ends []int // byte offset in Text after each id
}

// Update encodes text, taking over from prev (nil: nothing) the tokens up to the last pre-token boundary that the
// change cannot have moved. The result is the same as that of a fresh encoding.
func (t *Tokenizer) Update(prev *Encoding, text string) *Encoding { return nil }
