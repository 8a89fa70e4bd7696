package gguf

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

// Token types of tokenizer.ggml.token_type.
const (
	controlToken = 3
	userToken    = 4
)

// preTokenizers gives tokenizer.json's pre_tokenizer for tokenizer.ggml.pre.
var preTokenizers = map[string]any{
	"smollm":    sequence(digits(), byteLevel(true)),
	"gpt-2":     byteLevel(true),
	"default":   byteLevel(true),
	"starcoder": sequence(digits(), byteLevel(true)),
	"refact":    sequence(digits(), byteLevel(true)),
	"codeshell": sequence(digits(), byteLevel(true)),
	"qwen2":     sequence(split(qwenPattern), byteLevel(false)),
	"llama-bpe": sequence(split(llamaPattern), byteLevel(false)),
}

// The patterns by which Qwen2 and Llama 3 cut text before merging, from their published tokenizers.
const (
	qwenPattern  = `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`
	llamaPattern = `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`
)

func sequence(parts ...any) any { return map[string]any{"type": "Sequence", "pretokenizers": parts} }
func digits() any               { return map[string]any{"type": "Digits", "individual_digits": true} }

func byteLevel(cut bool) any {
	return map[string]any{"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": cut}
}

func split(pattern string) any {
	return map[string]any{"type": "Split", "pattern": map[string]any{"Regex": pattern}, "behavior": "Isolated", "invert": false}
}

// addedToken is an entry of tokenizer.json's added_tokens.
type addedToken struct {
	ID         int    `json:"id"`
	Content    string `json:"content"`
	SingleWord bool   `json:"single_word"`
	LStrip     bool   `json:"lstrip"`
	RStrip     bool   `json:"rstrip"`
	Normalized bool   `json:"normalized"`
	Special    bool   `json:"special"`
}

// writeTokenizer writes the file's vocabulary as a Hugging Face tokenizer.json.
func (g *File) writeTokenizer(path string) error {
	kind, _ := g.Metadata["tokenizer.ggml.model"].(string)
	if kind != "gpt2" {
		return fmt.Errorf("%w: tokenizer.ggml.model %q; known is gpt2, byte-level BPE", ErrUnsupported, kind)
	}
	pre, _ := g.Metadata["tokenizer.ggml.pre"].(string)
	if pre == "" {
		pre = "default"
	}
	preTokenizer, known := preTokenizers[pre]
	if !known {
		return fmt.Errorf("%w: tokenizer.ggml.pre %q; known are %s", ErrUnsupported, pre, strings.Join(sortedKeys(preTokenizers), ", "))
	}
	tokens, _ := g.Metadata["tokenizer.ggml.tokens"].([]string)
	merges, _ := g.Metadata["tokenizer.ggml.merges"].([]string)
	if len(tokens) == 0 || len(merges) == 0 {
		return fmt.Errorf("%w: tokenizer.ggml has %d tokens and %d merges", ErrFormat, len(tokens), len(merges))
	}
	document := map[string]any{
		"version": "1.0", "truncation": nil, "padding": nil,
		"added_tokens":  g.addedTokens(tokens),
		"normalizer":    normalizer(pre),
		"pre_tokenizer": preTokenizer, "post_processor": nil, "decoder": byteLevel(true),
		"model": map[string]any{
			"type": "BPE", "dropout": nil, "unk_token": nil, "continuing_subword_prefix": nil, "end_of_word_suffix": nil,
			"fuse_unk": false, "byte_fallback": false, "ignore_merges": pre == "llama-bpe",
			"vocab": vocabulary(tokens), "merges": merges,
		},
	}
	return writeJSON(path, document)
}

func normalizer(pre string) any {
	if pre == "qwen2" {
		return map[string]any{"type": "NFC"}
	}
	return nil
}

func vocabulary(tokens []string) map[string]int {
	ids := make(map[string]int, len(tokens))
	for id, token := range tokens {
		if _, taken := ids[token]; !taken {
			ids[token] = id
		}
	}
	return ids
}

func (g *File) addedTokens(tokens []string) []addedToken {
	types, _ := g.Metadata["tokenizer.ggml.token_type"].([]int64)
	added := []addedToken{}
	for id, kind := range types {
		if id < len(tokens) && (kind == controlToken || kind == userToken) {
			added = append(added, addedToken{ID: id, Content: tokens[id], Special: kind == controlToken})
		}
	}
	return added
}

func writeJSON(path string, value any) error {
	data, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o644) // #nosec G306 -- a model's, which is no secret
}
