package tokenizer

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTokensBeyondTheLimitAreNamed(t *testing.T) {
	const text = `{"pre_tokenizer":{"type":"ByteLevel","use_regex":true},"model":{"type":"BPE","vocab":{"a":%d},"merges":[]},"added_tokens":[{"id":%d,"content":"<e>","special":true}]}`
	for _, c := range []struct {
		id, added int
		named     string
	}{{0, 1, ""}, {maxTokens, 1, `"a"`}, {0, maxTokens, `"<e>"`}, {-1, 1, `"a"`}} {
		_, err := Parse(fmt.Appendf(nil, text, c.id, c.added))
		if c.named == "" && err != nil || c.named != "" && (!errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), c.named)) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

func TestAFileBeyondTheLimitIsNotRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tokenizer.json")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(file.Truncate(maxFileBytes+1), file.Close()); err != nil { // holds no blocks
		t.Fatal(err)
	}
	if _, err := Load(path); err == nil || !strings.Contains(err.Error(), fmt.Sprint(maxFileBytes)) {
		t.Error(err)
	}
}

func TestLongWordsAreNotRemembered(t *testing.T) {
	const text = `{"pre_tokenizer":{"type":"ByteLevel","use_regex":true},"model":{"type":"BPE","vocab":{"a":0},"merges":[]}}`
	tok, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	for size, want := range map[int]bool{maxCachedBytes: true, maxCachedBytes + 1: false} {
		word := strings.Repeat("a", size)
		for range 2 {
			if ids := tok.Encode(word); len(ids) != size {
				t.Errorf("%d bytes: %d tokens", size, len(ids))
			}
		}
		if _, kept := tok.cache.shards[shardOf(word)].words[word]; kept != want {
			t.Errorf("%d bytes: remembered: %v", size, kept)
		}
	}
}
