package tokenizer

import (
	"math"
	"sync"
)

// pair is two neighbouring tokens; merge is what they become, and how early.
type pair struct{ left, right int32 }

type merge struct {
	rank int32
	id   int32
}

// word returns the ids of one pre-token. The slice must not be changed.
func (t *Tokenizer) word(text string) []int32 {
	if ids, ok := t.cache.get(text); ok {
		return ids
	}
	ids := t.encodeWord(text)
	t.cache.put(text, ids)
	return ids
}

func (t *Tokenizer) encodeWord(text string) []int32 {
	if id, ok := t.whole[text]; ok {
		return []int32{id}
	}
	ids := make([]int32, 0, len(text))
	for i := range len(text) {
		if id := t.byteID[text[i]]; id >= 0 {
			ids = append(ids, id)
		}
	}
	if len(ids) <= shortWord {
		return t.mergeShort(ids)
	}
	return t.mergeLong(ids)
}

// shortWord is up to how many bytes looking at all pairs again after each merge is fastest.
const shortWord = 64

// mergeShort applies the earliest merge, from the left, until none is left.
func (t *Tokenizer) mergeShort(ids []int32) []int32 {
	for len(ids) > 1 {
		best, at := merge{rank: math.MaxInt32}, -1
		for i := range len(ids) - 1 {
			if m, ok := t.merges[pair{ids[i], ids[i+1]}]; ok && m.rank < best.rank {
				best, at = m, i
			}
		}
		if at < 0 {
			break
		}
		ids[at] = best.id
		ids = append(ids[:at+1], ids[at+2:]...)
	}
	return ids
}

// Limits of the cache of words: some 6 MB when full.
const (
	cacheShards    = 16
	wordsPerShard  = 2_048
	maxCachedBytes = 64 // longer words are rare and not worth keeping
)

// wordCache remembers the ids of words. A full shard is emptied, which costs less than keeping an order.
type wordCache struct {
	shards [cacheShards]struct {
		sync.RWMutex
		words map[string][]int32
	}
}

func newWordCache() *wordCache {
	c := &wordCache{}
	for i := range c.shards {
		c.shards[i].words = make(map[string][]int32)
	}
	return c
}

func shardOf(word string) int {
	h := uint32(2166136261) // FNV-1a
	for i := range len(word) {
		h = (h ^ uint32(word[i])) * 16777619
	}
	return int(h % cacheShards)
}

func (c *wordCache) get(word string) ([]int32, bool) {
	if len(word) > maxCachedBytes {
		return nil, false
	}
	shard := &c.shards[shardOf(word)]
	shard.RLock()
	defer shard.RUnlock()
	ids, ok := shard.words[word]
	return ids, ok
}

func (c *wordCache) put(word string, ids []int32) {
	if len(word) > maxCachedBytes {
		return
	}
	shard := &c.shards[shardOf(word)]
	shard.Lock()
	defer shard.Unlock()
	if len(shard.words) >= wordsPerShard {
		clear(shard.words)
	}
	shard.words[string([]byte(word))] = ids // a copy: word may be a piece of a whole document
}
