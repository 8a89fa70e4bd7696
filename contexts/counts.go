package contexts

import (
	"hash/maphash"
	"strings"
	"sync"

	"inkling/infer"
)

const (
	maxCounts      = 1 << 14 // lines in each of two generations
	countLineBytes = 1 << 10 // a longer line is counted in pieces of so many
)

// counts keeps how many tokens lines have, by their hash.
type counts struct {
	mu         sync.Mutex
	seed       maphash.Seed
	young, old map[uint64]int32
}

// of returns the tokens of text, as the sum over its lines, which is never less than the count of the whole but for
// what tokens that go over line ends save.
func (c *counts) of(counter infer.TokenCounter, text string) int {
	sum := 0
	for text != "" {
		n := strings.IndexByte(text, '\n') + 1
		if n == 0 {
			n = len(text)
		}
		if n > countLineBytes {
			n = runeStart(text, countLineBytes)
		}
		sum += c.line(counter, text[:n])
		text = text[n:]
	}
	return sum
}

func (c *counts) line(counter infer.TokenCounter, line string) int {
	c.mu.Lock()
	if c.young == nil {
		c.young, c.seed = map[uint64]int32{}, maphash.MakeSeed()
	}
	key := maphash.String(c.seed, line)
	n, known := c.young[key]
	if !known {
		if n, known = c.old[key]; known {
			c.keep(key, n)
		}
	}
	c.mu.Unlock()
	if known {
		return int(n)
	}
	n = int32(counter.CountTokens(line))
	c.mu.Lock()
	c.keep(key, n)
	c.mu.Unlock()
	return int(n)
}

// keep remembers a count; the caller holds c.mu.
func (c *counts) keep(key uint64, n int32) {
	if len(c.young) >= maxCounts {
		c.old, c.young = c.young, map[uint64]int32{}
	}
	c.young[key] = n
}

// ResetCounts forgets the counts of tokens; call it when Counter counts for another model than before.
func (b *Builder) ResetCounts() {
	b.counts.mu.Lock()
	defer b.counts.mu.Unlock()
	b.counts.young, b.counts.old = nil, nil
}

// count returns the tokens of text.
func (b *Builder) count(text string) int { return b.counts.of(b.Counter, text) }
