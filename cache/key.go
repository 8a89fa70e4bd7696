package cache

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"math"
	"strings"

	"inkling/infer"
)

// keyVersion changes with everything that a key is made of.
const keyVersion = 1

const (
	suffixBytes = 256  // of the text after the cursor that tell places apart, for models that see it
	headBytes   = 2048 // a line's head that is longer goes into the key in steps of this
)

// key stands for everything of a request but the head of the cursor's line and the number of suggestions.
type key [sha256.Size]byte

// redisKey is the name of a key in Redis.
func (k key) redisKey() string { return "inkling:c:" + hex.EncodeToString(k[:]) }

// keyOf returns the key of a request, and the head of the cursor's line. Options that change nothing are the same key:
// whatever steers sampling where the answer is greedy.
func keyOf(req infer.Request, m infer.Model, tenant string) (k key, head string) {
	p, o := req.Prompt, req.Options
	start := strings.LastIndexByte(p.Prefix, '\n') + 1
	if n := len(p.Prefix) - start; n > headBytes {
		start += (n - 1) / headBytes * headBytes
	}
	h := digest{sha256.New()}
	h.number(keyVersion)
	h.text(m.Name)
	h.number(uint64(m.ContextTokens))
	h.text(tenant)
	h.options(o, m)
	h.text(p.Language)
	h.text(p.Prefix[:start])
	if m.FillInMiddle {
		h.text(p.Suffix[:min(len(p.Suffix), suffixBytes)])
	}
	h.text(p.Header)
	h.number(uint64(len(p.Snippets)))
	if len(p.Snippets) > 0 {
		h.text(p.Path) // is shown to a model only to set this file apart from the others
	}
	for _, s := range p.Snippets {
		h.text(s.Path)
		h.text(s.Text)
	}
	h.Sum(k[:0])
	return k, p.Prefix[start:]
}

// digest writes fields so that no two sequences of fields are the same bytes.
type digest struct{ hash.Hash }

func (d digest) number(n uint64) {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], n)
	_, _ = d.Write(b[:]) // a hash's Write never fails
}

func (d digest) text(s string) {
	d.number(uint64(len(s)))
	_, _ = d.Write([]byte(s))
}

func (d digest) options(o infer.Options, m infer.Model) {
	if o.MaxTokens == 0 {
		o.MaxTokens = m.MaxTokens
	}
	if o.Temperature == 0 {
		o.TopP, o.TopK, o.Seed = 0, 0, 0
	}
	if o.TopP == 1 {
		o.TopP = 0
	}
	if o.RepetitionPenalty == 1 {
		o.RepetitionPenalty = 0
	}
	d.number(uint64(o.MaxTokens))
	d.number(math.Float64bits(o.Temperature))
	d.number(math.Float64bits(o.TopP))
	d.number(uint64(o.TopK))
	d.number(o.Seed)
	d.number(math.Float64bits(o.RepetitionPenalty))
	healing := uint64(0)
	if o.NoHealing {
		healing = 1
	}
	d.number(healing)
	d.number(uint64(len(o.Stop)))
	for _, s := range o.Stop {
		d.text(s)
	}
}
