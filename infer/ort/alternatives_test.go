package ort

import (
	"slices"
	"testing"

	"inkling/infer"
	"inkling/infer/tokenizer"
)

func TestAnAlternativeCannotSpellAnEarlierSuggestionOtherwise(t *testing.T) {
	tok, err := tokenizer.Load(realConfig(t).Model.Tokenizer)
	if err != nil {
		t.Fatal(err)
	}
	task := newTask(infer.Request{Options: infer.Options{Suggestions: 3, MaxTokens: 1}}, prompt{}, 1)
	task.saidBytes[0] = []byte(" return n")
	ends := []int32{0, 2}
	banned := task.said(2, tok, ends, nil)
	for _, text := range []string{" ", " r", " re", " return"} {
		id := tok.Encode(text)
		if len(id) != 1 || !slices.Contains(banned, id[0]) {
			t.Errorf("%q, %v, may be picked", text, id)
		}
	}
	if !slices.Contains(banned, 0) || !slices.Contains(banned, 2) {
		t.Error("the second suggestion said nothing, and the third may say nothing too")
	}
	for _, text := range []string{" raise", "return"} {
		if id := tok.Encode(text); slices.Contains(banned, id[0]) {
			t.Errorf("%q may not be picked", text)
		}
	}
	if got := task.said(2, tok, ends, tok.Encode(" return")); got != nil {
		t.Errorf("nothing else is allowed, and %d tokens are banned", len(got))
	}
}

// TestWhatBeginsMostOfTheVocabularyIsListedOnce: after a blank that is healed, each suggestion of one token has said that blank, which
// begins two thirds of all tokens. Looked for among each other, eight times over, they kept the engine from all others for seconds.
func TestWhatBeginsMostOfTheVocabularyIsListedOnce(t *testing.T) {
	tok, err := tokenizer.Load(realConfig(t).Model.Tokenizer)
	if err != nil {
		t.Fatal(err)
	}
	task := newTask(infer.Request{Options: infer.Options{Suggestions: 8, MaxTokens: 1}}, prompt{}, 1)
	blank := tok.Healing([]byte(" "))
	for i := range 7 {
		task.saidBytes[i] = []byte(" ")
	}
	banned := task.said(7, tok, []int32{0}, append(slices.Clone(blank), 5))
	slices.Sort(blank)
	if len(blank) < 20_000 || !slices.Equal(banned, blank) {
		t.Errorf("%d tokens are banned, of %d that begin with a blank", len(banned), len(blank))
	}
	if got := task.said(7, tok, nil, blank); got != nil {
		t.Errorf("nothing else is allowed, and %d tokens are banned", len(got))
	}
}
