package ort

import (
	"strings"
	"sync"

	"inkling/infer"
	"inkling/infer/tokenizer"
)

// prompt is a rendered prompt: the tokens to be fed, and the text that the first tokens of an answer must say again.
type prompt struct {
	ids     []int32
	healing string
}

// Limits of token healing and of the memory of encodings.
const (
	maxHealTokens = 3
	maxHealBytes  = 24
	maxEncodings  = 512
	trimParts     = 4 // a prompt that is too long loses its beginning in parts of this share of the room
)

// prompts renders requests, taking over the encoding of a document's last prompt. Safe for concurrent use.
type prompts struct {
	tok   *tokenizer.Tokenizer
	begin int32 // -1: none
	room  int   // tokens of prompt and answer

	mu   sync.Mutex
	last map[string]*tokenizer.Encoding
}

func newPrompts(tok *tokenizer.Tokenizer, begin int32, room int) *prompts {
	return &prompts{tok: tok, begin: begin, room: room, last: make(map[string]*tokenizer.Encoding)}
}

func (p *prompts) render(req infer.Request) prompt {
	key := documentKey(req.Document)
	encoding := p.tok.Update(p.remembered(key), plainText(req.Prompt))
	p.remember(key, encoding)
	ids, healing := encoding.IDs, ""
	if !req.Options.NoHealing {
		ids, healing = heal(encoding, req.Prompt.Prefix)
	}
	ids = p.fit(ids, p.room-req.Options.MaxTokens-len(healing)-1)
	if p.begin >= 0 {
		ids = append([]int32{p.begin}, ids...)
	}
	if len(ids) == 0 { // something must be fed to get logits: an empty document begins with a line break
		ids = p.tok.Encode("\n")
	}
	return prompt{ids: ids, healing: healing}
}

// plainText is the prompt of a model without fill-in-the-middle: frozen parts first.
func plainText(p infer.Prompt) string {
	var b strings.Builder
	for _, s := range p.Snippets {
		b.WriteString(s.Text)
		if !strings.HasSuffix(s.Text, "\n") {
			b.WriteByte('\n')
		}
	}
	b.WriteString(p.Header)
	b.WriteString(p.Prefix)
	return b.String()
}

// heal backs up over the last word, or as much of it as its last few tokens hold: the cursor may stand in the middle of
// what the model knows as one token. What is taken away must be said again first.
func heal(e *tokenizer.Encoding, prefix string) (ids []int32, healing string) {
	n := len(e.IDs)
	if n == 0 || prefix == "" {
		return e.IDs, ""
	}
	start := func(i int) int {
		if i == 0 {
			return 0
		}
		return e.Ends[i-1]
	}
	first := n - 1
	word := e.WordStart(n - 1)
	for first > word && n-first < maxHealTokens && len(e.Text)-start(first-1) <= maxHealBytes {
		first--
	}
	if length := len(e.Text) - start(first); length > maxHealBytes || length > len(prefix) {
		return e.IDs, ""
	}
	return e.IDs[:first], e.Text[start(first):]
}

// fit drops tokens from the front, in blocks, so that a growing prompt does not move with every token.
func (p *prompts) fit(ids []int32, room int) []int32 {
	room = max(room, 1)
	if len(ids) <= room {
		return ids
	}
	block := max(room/trimParts, 1)
	drop := (len(ids) - room + block - 1) / block * block
	return ids[min(drop, len(ids)-1):]
}

func (p *prompts) remembered(key string) *tokenizer.Encoding {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.last[key]
}

func (p *prompts) remember(key string, e *tokenizer.Encoding) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.last) >= maxEncodings {
		clear(p.last) // encoding afresh costs a tenth of a millisecond: no order is kept
	}
	p.last[key] = e
}
