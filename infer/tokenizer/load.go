package tokenizer

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"unicode/utf8"
)

// Limits of a tokenizer.json.
const (
	maxFileBytes = 256 << 20
	maxTokens    = 4 << 20
)

// document is tokenizer.json, as far as it matters here.
type document struct {
	Model struct {
		Type         string            `json:"type"`
		Vocab        map[string]int32  `json:"vocab"`
		Merges       []json.RawMessage `json:"merges"`
		IgnoreMerges bool              `json:"ignore_merges"`
		ByteFallback bool              `json:"byte_fallback"`
	} `json:"model"`
	AddedTokens []struct {
		ID      int32  `json:"id"`
		Content string `json:"content"`
		Special bool   `json:"special"`
	} `json:"added_tokens"`
	Normalizer   *step `json:"normalizer"`
	PreTokenizer *step `json:"pre_tokenizer"`
}

// step is a normalizer or pre-tokenizer, or a sequence of them.
type step struct {
	Type             string `json:"type"`
	Normalizers      []step `json:"normalizers"`
	PreTokenizers    []step `json:"pretokenizers"`
	IndividualDigits bool   `json:"individual_digits"`
	AddPrefixSpace   bool   `json:"add_prefix_space"`
	UseRegex         *bool  `json:"use_regex"`
	Behavior         string `json:"behavior"`
	Pattern          struct {
		Regex string `json:"Regex"`
	} `json:"pattern"`
}

// Load reads a Hugging Face tokenizer.json. Errors wrap [ErrFormat] or [ErrUnsupported], or are those of the file.
func Load(path string) (*Tokenizer, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxFileBytes {
		return nil, fmt.Errorf("%w: %s has %d bytes, more than %d", ErrFormat, path, info.Size(), maxFileBytes)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	t, err := Parse(data)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", path, err)
	}
	return t, nil
}

// Parse reads the content of a tokenizer.json.
func Parse(data []byte) (*Tokenizer, error) {
	var d document
	if err := json.Unmarshal(data, &d); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if d.Model.Type != "BPE" || d.Model.ByteFallback {
		return nil, fmt.Errorf("%w: model %q (byte_fallback %v); known is byte-level BPE", ErrUnsupported, d.Model.Type, d.Model.ByteFallback)
	}
	t := &Tokenizer{special: map[string]int32{}, cache: newWordCache()}
	if err := errors.Join(t.setNormalizer(d.Normalizer), t.setCutter(d.PreTokenizer)); err != nil {
		return nil, err
	}
	if err := t.setTokens(&d); err != nil {
		return nil, err
	}
	if err := t.setMerges(&d); err != nil {
		return nil, err
	}
	return t, nil
}

func (t *Tokenizer) setNormalizer(s *step) error {
	if s == nil {
		return nil
	}
	switch {
	case s.Type == "NFC":
		t.nfc = true
		return nil
	case s.Type == "Sequence" && len(s.Normalizers) == 0:
		return nil
	case s.Type == "Sequence" && len(s.Normalizers) == 1:
		return t.setNormalizer(&s.Normalizers[0])
	}
	return fmt.Errorf("%w: normalizer %q; known is NFC", ErrUnsupported, s.Type)
}

// Patterns of Split steps that are known, by their text in published tokenizers.
var patterns = map[string]cutter{
	`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`:      {style: cl100k, numbers: 1},
	`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`: {style: cl100k, numbers: 3},
	`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`:                                          {style: gpt2},
}

func (t *Tokenizer) setCutter(s *step) error {
	if s == nil {
		return fmt.Errorf("%w: no pre_tokenizer", ErrUnsupported)
	}
	steps := []step{*s}
	if s.Type == "Sequence" {
		steps = s.PreTokenizers
	}
	cuts := 0
	for _, s := range steps {
		cut, err := t.addStep(s)
		if err != nil {
			return err
		}
		if cut {
			cuts++
		}
	}
	if cuts != 1 {
		return fmt.Errorf("%w: pre_tokenizer with %d patterns, not one", ErrUnsupported, cuts)
	}
	return nil
}

// addStep takes in one pre-tokenizer and says whether it is the one that cuts words.
func (t *Tokenizer) addStep(s step) (cuts bool, err error) {
	switch s.Type {
	case "Digits":
		if !s.IndividualDigits {
			return false, fmt.Errorf("%w: pre_tokenizer Digits that keeps runs together", ErrUnsupported)
		}
		t.cutter.digits = true
		return false, nil
	case "ByteLevel":
		if s.AddPrefixSpace {
			return false, fmt.Errorf("%w: pre_tokenizer ByteLevel with add_prefix_space", ErrUnsupported)
		}
		return s.UseRegex == nil || *s.UseRegex, nil
	case "Split":
		known, ok := patterns[s.Pattern.Regex]
		if !ok || s.Behavior != "Isolated" {
			return false, fmt.Errorf("%w: pre_tokenizer Split by %q, %s", ErrUnsupported, s.Pattern.Regex, s.Behavior)
		}
		known.digits = t.cutter.digits
		t.cutter = known
		return true, nil
	}
	return false, fmt.Errorf("%w: pre_tokenizer %q; known are ByteLevel, Digits, Split", ErrUnsupported, s.Type)
}

func (t *Tokenizer) setTokens(d *document) error {
	size := int32(0)
	for token, id := range d.Model.Vocab {
		if id < 0 || id >= maxTokens {
			return fmt.Errorf("%w: the id of %q: %d is outside 0 to %d", ErrFormat, token, id, maxTokens-1)
		}
		size = max(size, id+1)
	}
	for _, added := range d.AddedTokens {
		if added.ID < 0 || added.ID >= maxTokens {
			return fmt.Errorf("%w: the id of %q: %d is outside 0 to %d", ErrFormat, added.Content, added.ID, maxTokens-1)
		}
		size = max(size, added.ID+1)
	}
	t.tokens = make([][]byte, size)
	alphabet := byteAlphabet()
	markers := make(map[int32]bool)
	for token, id := range d.Model.Vocab {
		t.tokens[id] = bytesOf(token, alphabet)
	}
	for _, added := range d.AddedTokens {
		t.tokens[added.ID] = []byte(added.Content)
		t.special[added.Content] = added.ID
		if added.Special {
			t.tokens[added.ID] = nil
		}
		markers[added.ID] = strings.TrimSpace(added.Content) != ""
	}
	for r, b := range alphabet {
		t.byteID[b] = -1
		if id, ok := d.Model.Vocab[string(r)]; ok {
			t.byteID[b] = id
		}
	}
	for id, token := range t.tokens {
		if len(token) > 0 && !markers[int32(id)] {
			t.sorted = append(t.sorted, int32(id))
		}
	}
	slices.SortFunc(t.sorted, func(a, b int32) int { return slices.Compare(t.tokens[a], t.tokens[b]) })
	return nil
}

// byteAlphabet maps the characters by which byte-level BPE writes bytes to these bytes: printable ones stand for
// themselves, the others are shifted past U+0100.
func byteAlphabet() map[rune]byte {
	alphabet := make(map[rune]byte, 256)
	shifted := rune(0x100)
	for b := range 256 {
		if b >= '!' && b <= '~' || b >= 0xa1 && b <= 0xac || b >= 0xae {
			alphabet[rune(b)] = byte(b)
			continue
		}
		alphabet[shifted] = byte(b)
		shifted++
	}
	return alphabet
}

// bytesOf returns the bytes of a token; one that is not written in the alphabet stands for its own UTF-8.
func bytesOf(token string, alphabet map[rune]byte) []byte {
	out := make([]byte, 0, utf8.RuneCountInString(token))
	for _, r := range token {
		b, ok := alphabet[r]
		if !ok {
			return []byte(token)
		}
		out = append(out, b)
	}
	return out
}

func (t *Tokenizer) setMerges(d *document) error {
	t.merges = make(map[pair]merge, len(d.Model.Merges))
	for rank, raw := range d.Model.Merges {
		left, right, err := halves(raw)
		if err != nil {
			return err
		}
		l, okL := d.Model.Vocab[left]
		r, okR := d.Model.Vocab[right]
		id, ok := d.Model.Vocab[left+right]
		if !ok || !okL || !okR {
			return fmt.Errorf("%w: merge %d, %q with %q, is not in the vocabulary", ErrFormat, rank, left, right)
		}
		if _, taken := t.merges[pair{l, r}]; !taken {
			t.merges[pair{l, r}] = merge{rank: int32(rank), id: id}
		}
	}
	if d.Model.IgnoreMerges {
		t.whole = make(map[string]int32, len(d.Model.Vocab))
		for _, id := range d.Model.Vocab {
			if t.tokens[id] != nil {
				t.whole[string(t.tokens[id])] = id
			}
		}
	}
	return nil
}

// halves reads a merge, written as "a b" or as ["a", "b"].
func halves(raw json.RawMessage) (left, right string, err error) {
	var both []string
	if json.Unmarshal(raw, &both) == nil && len(both) == 2 {
		return both[0], both[1], nil
	}
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return "", "", fmt.Errorf("%w: a merge: %w", ErrFormat, err)
	}
	left, right, ok := strings.Cut(text, " ")
	if !ok {
		return "", "", fmt.Errorf("%w: merge %q has no space", ErrFormat, text)
	}
	return left, right, nil
}
