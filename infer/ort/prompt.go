package ort

import (
	"slices"
	"strings"
	"sync"

	"inkling/infer"
	"inkling/infer/render"
	"inkling/infer/tokenizer"
)

// prompt is a rendered prompt: the tokens to be fed, and the text that the first tokens of an answer must say again.
type prompt struct {
	ids     []int32
	healing string
	again   []int32 // what that is in tokens, where it is likely to be said in these: fed on trial with the prompt's end
}

// Limits of token healing and of the memory of encodings.
const (
	maxHealTokens = 3
	maxHealBytes  = 24
	maxBlankBytes = 256 // of an indentation that is looked at; deeper ones are data
	maxEncodings  = 512
	trimParts     = 4 // a prompt that is too long loses its beginning in parts of this share of the room
)

// prompts renders requests, taking over the encodings of a document's last prompt. Safe for concurrent use.
type prompts struct {
	tok    *tokenizer.Tokenizer
	layout *render.Renderer
	begin  int32 // -1: none
	room   int   // tokens of prompt and answer

	mu   sync.Mutex
	last map[string][]*tokenizer.Encoding // by part of the prompt; nil for markers
}

func newPrompts(tok *tokenizer.Tokenizer, begin int32, room int) *prompts {
	return &prompts{tok: tok, layout: render.New(tok), begin: begin, room: room, last: make(map[string][]*tokenizer.Encoding)}
}

func (p *prompts) render(req infer.Request) prompt {
	parts := p.layout.Render(req.Prompt)
	encodings := p.encode(documentKey(req.Document), parts)
	live, healing := encodings[len(parts)-1].IDs, ""
	if !req.Options.NoHealing {
		live, healing = p.heal(encodings[len(parts)-1], req.Prompt.Prefix)
	}
	again := sayAgain(encodings[len(parts)-1].IDs, live, healing)
	ids := p.join(parts, encodings, live, p.room-req.Options.MaxTokens-len(healing)-1)
	if p.begin >= 0 {
		ids = append([]int32{p.begin}, ids...)
	}
	if len(ids) == 0 { // something must be fed to get logits: an empty document begins with a line break
		ids = p.tok.Encode("\n")
	}
	return prompt{ids: ids, healing: healing, again: again}
}

// encode encodes the parts that are text.
func (p *prompts) encode(key string, parts []render.Part) []*tokenizer.Encoding {
	before := p.remembered(key)
	encodings := make([]*tokenizer.Encoding, len(parts))
	for i, part := range parts {
		if part.Marker != render.NoMarker {
			continue
		}
		var prev *tokenizer.Encoding
		if i < len(before) {
			prev = before[i]
		}
		encodings[i] = p.tok.Update(prev, part.Text)
		encodings[i].Text = ownText(encodings[i].Text, prev)
	}
	p.remember(key, encodings)
	return encodings
}

// ownText is a part's text apart from the document, of which it is a piece: what is remembered would keep the whole of that. Where prev
// has the same one, that is it.
func ownText(text string, prev *tokenizer.Encoding) string {
	if prev != nil && prev.Text == text {
		return prev.Text
	}
	return strings.Clone(text)
}

// join puts the tokens of all parts together, live ones last. What there is no room for is taken from the front of the
// first texts, in blocks, so that a growing prompt does not move with every token.
func (p *prompts) join(parts []render.Part, encodings []*tokenizer.Encoding, live []int32, room int) []int32 {
	room = max(room, 1)
	total := len(live)
	for i := range len(parts) - 1 {
		if encodings[i] == nil {
			total++
		} else {
			total += len(encodings[i].IDs)
		}
	}
	drop := 0
	if total > room {
		block := max(room/trimParts, 1)
		drop = (total - room + block - 1) / block * block
	}
	ids := make([]int32, 0, total)
	for i, part := range parts {
		if part.Marker != render.NoMarker {
			ids = append(ids, part.Marker)
			continue
		}
		text := live
		if i < len(parts)-1 {
			text = encodings[i].IDs
		}
		n := min(drop, len(text))
		if i == len(parts)-1 {
			n = min(n, max(len(text)-1, 0))
		}
		ids, drop = append(ids, text[n:]...), drop-n
	}
	return ids
}

// heal returns the tokens of a text to be fed, and what of it must be said again first.
func (p *prompts) heal(e *tokenizer.Encoding, prefix string) (ids []int32, healing string) {
	if n := len(e.IDs); n > 0 {
		if ids, healing, ok := p.healBlanks(e, prefix, e.WordStart(n-1)); ok {
			return ids, healing
		}
	}
	return heal(e, prefix)
}

// healBlanks heals a text that ends in blanks or line ends, of which first is the first token: most often an indentation
// that the editor put there. Of these, the tokens are fed that stay what they are whether a letter or a mark comes next, so
// that no step is spent on saying them again.
func (p *prompts) healBlanks(e *tokenizer.Encoding, prefix string, first int) (ids []int32, healing string, ok bool) {
	start := 0
	if first > 0 {
		start = e.Ends[first-1]
	}
	run := e.Text[start:]
	if len(run) > min(len(prefix), maxBlankBytes) || strings.Trim(run, " \t\r\n") != "" {
		return nil, "", false
	}
	letter, mark := p.tok.Encode(run+"x"), p.tok.Encode(run+"(")
	n, settled := 0, 0
	for n < min(len(letter), len(mark)) && letter[n] == mark[n] && settled+len(p.tok.Bytes(letter[n])) <= len(run) {
		settled += len(p.tok.Bytes(letter[n]))
		n++
	}
	return slices.Concat(e.IDs[:first], letter[:n]), run[settled:], len(run)-settled <= maxHealBytes
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

// sayAgain returns the tokens of what must be said again where it ends in a mark or a digit. What is typed next rarely becomes one token
// with these (typed in Go's net/http: 171 of 221 marks, 24 of 24 digits are tokens of their own, 59 of 263 letters). All are the
// tokens of the whole text, live those that are fed.
func sayAgain(all, live []int32, healing string) []int32 {
	if healing == "" || len(live) > len(all) || !slices.Equal(all[:len(live)], live) {
		return nil
	}
	c := healing[len(healing)-1]
	if isLetter := c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_'; c <= ' ' || c >= 0x7f || isLetter {
		return nil
	}
	return all[len(live):]
}

func (p *prompts) remembered(key string) []*tokenizer.Encoding {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.last[key]
}

func (p *prompts) remember(key string, e []*tokenizer.Encoding) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, known := p.last[key]; !known && len(p.last) >= maxEncodings {
		clear(p.last) // encoding afresh costs a tenth of a millisecond: no order is kept
	}
	p.last[key] = e
}
