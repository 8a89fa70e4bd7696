package tokenizer

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"inkling/fuzztest"
)

// FuzzFile reads any text as a tokenizer.json. What is accepted encodes any text without a panic, and into tokens that it has.
func FuzzFile(f *testing.F) {
	const tiny = `{"added_tokens":[{"id":3,"content":"<|end|>","special":true}],"pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false,"use_regex":true},
"model":{"type":"BPE","vocab":{"a":0,"b":1,"ab":2},"merges":["a b"]}}`
	f.Add([]byte(tiny), "ab<|end|>")
	f.Add(bytes.ReplaceAll([]byte(tiny), []byte(`"ab":2`), []byte(`"ab":99999999`)), "é")
	f.Add(bytes.ReplaceAll([]byte(tiny), []byte(`"a b"`), []byte(`["a","b"]`)), "")
	f.Fuzz(func(t *testing.T, data []byte, text string) {
		defer fuzztest.Within(time.Minute)()
		if len(data) > 1<<20 || len(text) > 1<<12 {
			return
		}
		tok, err := Parse(data)
		if err != nil {
			if !errors.Is(err, ErrFormat) && !errors.Is(err, ErrUnsupported) {
				t.Fatalf("an error of no kind: %v", err)
			}
			return
		}
		ids := tok.Encode(text)
		for _, id := range ids {
			if id < 0 || int(id) >= tok.Size() {
				t.Fatalf("token %d of %d", id, tok.Size())
			}
		}
		_ = tok.Decode(ids) // need not be the text: a vocabulary may lack bytes
		_ = tok.Healing([]byte(text))
		if n := tok.CountTokens(text); n != len(ids) {
			t.Fatalf("%d tokens counted, %d made", n, len(ids))
		}
	})
}
