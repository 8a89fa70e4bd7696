package render

// family is how a kind of models was trained to fill in the middle. The markers are those of the published tokenizers
// and model cards.
type family struct {
	name                   string
	prefix, suffix, middle string // middle is "" where the model goes on after the prefix
	file                   string // between the files of a repository; "" where the family has none
	suffixFirst            bool   // suffix, then prefix, then the answer
	ends                   []string
}

// families, in the order in which they are looked for: the more specific ones first.
var families = []family{
	{name: "qwen2.5-coder", prefix: "<|fim_prefix|>", suffix: "<|fim_suffix|>", middle: "<|fim_middle|>", file: "<|file_sep|>",
		ends: []string{"<|fim_pad|>", "<|repo_name|>", "<|endoftext|>", "<|im_end|>"}},
	{name: "codegemma", prefix: "<|fim_prefix|>", suffix: "<|fim_suffix|>", middle: "<|fim_middle|>", file: "<|file_separator|>",
		ends: []string{"<eos>", "<end_of_turn>"}},
	{name: "starcoder2", prefix: "<fim_prefix>", suffix: "<fim_suffix>", middle: "<fim_middle>", file: "<file_sep>",
		ends: []string{"<fim_pad>", "<repo_name>", "<|endoftext|>"}},
	{name: "starcoder", prefix: "<fim_prefix>", suffix: "<fim_suffix>", middle: "<fim_middle>",
		ends: []string{"<fim_pad>", "<filename>", "<|endoftext|>"}},
	{name: "santacoder", prefix: "<fim-prefix>", suffix: "<fim-suffix>", middle: "<fim-middle>",
		ends: []string{"<fim-pad>", "<|endoftext|>"}},
	{name: "deepseek-coder", prefix: "<｜fim▁begin｜>", suffix: "<｜fim▁hole｜>", middle: "<｜fim▁end｜>",
		ends: []string{"<|EOT|>", "<｜end▁of▁sentence｜>"}},
	{name: "codellama", prefix: "▁<PRE>", suffix: "▁<SUF>", middle: "▁<MID>", ends: []string{"▁<EOT>", "</s>"}},
	{name: "codestral", prefix: "[PREFIX]", suffix: "[SUFFIX]", suffixFirst: true, ends: []string{"</s>"}},
}

// markers are a family's, by id in the vocabulary.
type markers struct{ prefix, suffix, middle, file int32 }

// find looks a family's markers up; ok says that all of them are there.
func (f *family) find(v Vocabulary) (m markers, ok bool) {
	m = markers{NoMarker, NoMarker, NoMarker, NoMarker}
	for _, marker := range []struct {
		content string
		id      *int32
	}{{f.prefix, &m.prefix}, {f.suffix, &m.suffix}, {f.middle, &m.middle}, {f.file, &m.file}} {
		if marker.content == "" {
			continue
		}
		if *marker.id, ok = v.Special(marker.content); !ok {
			return m, false
		}
	}
	return m, true
}

// endTokens are all of a family's markers, none of which belongs into an answer, and its ends.
func (f *family) endTokens(v Vocabulary) []int32 {
	var ids []int32
	for _, content := range append([]string{f.prefix, f.suffix, f.middle, f.file}, f.ends...) {
		if id, ok := v.Special(content); ok && content != "" {
			ids = append(ids, id)
		}
	}
	return ids
}
