package rest

import "strings"

// markers are those by which models are asked for the middle of code in one text: what stands before the text before the
// cursor, the text after it, and the answer. Editors that know models by name write them into the prompt themselves.
// The model here need not be one that knows them: a prompt of this form is taken apart.
var markers = []struct{ before, after, middle string }{
	{"<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"},
	{"<fim_prefix>", "<fim_suffix>", "<fim_middle>"},
	{"<PRE> ", " <SUF>", " <MID>"},
	{"<｜fim▁begin｜>", "<｜fim▁hole｜>", "<｜fim▁end｜>"},
	{"<|code_prefix|>", "<|code_suffix|>", "<|code_middle|>"},
}

// middleOf returns the texts before and after the cursor of a request with a prompt and perhaps a suffix, and whether it
// asks for the middle of code: where there is a suffix, or where the whole prompt has the form of [markers]. Markers
// anywhere else, and a text that holds one more of them, are text.
func middleOf(prompt, suffix string) (before, after string, middle bool) {
	if suffix != "" {
		return prompt, suffix, true
	}
	for _, m := range markers {
		rest, isOne := strings.CutPrefix(prompt, m.before)
		rest, ends := strings.CutSuffix(rest, m.middle)
		if !isOne || !ends || strings.Count(rest, m.after) != 1 || strings.Contains(rest, m.before) || strings.Contains(rest, m.middle) {
			continue
		}
		before, after, _ = strings.Cut(rest, m.after)
		return before, after, true
	}
	return prompt, "", false
}
