package ort

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"inkling/infer"
	"inkling/infer/tokenizer"
)

func TestOnlySoManyOwnersAreRemembered(t *testing.T) {
	w := &worker{served: map[string]uint64{}, patience: map[string]patience{}}
	serve := func(owner int) { w.serve(&task{req: infer.Request{Caller: infer.Caller{User: fmt.Sprint(owner)}}}) }
	for owner := range maxOwners {
		serve(owner)
	}
	serve(0)
	if len(w.served) != maxOwners || len(w.patience) != maxOwners || w.served["user 0"] != maxOwners+1 {
		t.Errorf("of %d owners, %d are remembered, the first at %d", maxOwners, len(w.served), w.served["user 0"])
	}
	serve(maxOwners)
	if len(w.served) != 1 || len(w.patience) != 1 || w.served[fmt.Sprintf("user %d", maxOwners)] != maxOwners+2 {
		t.Errorf("one more: %d are remembered", len(w.served))
	}
}

func TestOnlySoManySuggestionsAreLookedFurtherThan(t *testing.T) {
	w := &worker{e: &Engine{c: Config{ContextTokens: 512}}}
	all := newRows(maxAheads+1, 512).all
	show := func(r *row) {
		w.lookFurther(&lane{t: &task{req: infer.Request{Document: infer.DocumentRef{Session: "s"}}}, row: r, ids: []int32{1}, said: &suggestion{}})
	}
	expect := func(when string, first, last *row) {
		if n := len(w.ahead); n != maxAheads || w.ahead[0].row != first || w.ahead[n-1].row != last {
			t.Errorf("%s: %d, from row %d on", when, n, w.ahead[0].row.index)
		}
	}
	for _, r := range all[:maxAheads] {
		show(r)
	}
	expect("at the limit", all[0], all[maxAheads-1])
	show(all[0]) // again: it is the latest now
	expect("one that is there", all[1], all[0])
	show(all[maxAheads])
	expect("one more", all[2], all[maxAheads])
}

func TestOnlySoManyTokensAreHealed(t *testing.T) {
	p := newPrompts(byteTokenizer(t), -1, 512)
	for _, c := range []struct{ text, fed, healing string }{
		{"x = " + strings.Repeat("a", maxHealTokens), "x = ", strings.Repeat("a", maxHealTokens)},
		{"x = " + strings.Repeat("a", maxHealTokens+1), "x = a", strings.Repeat("a", maxHealTokens)},
	} {
		got := p.render(infer.Request{Prompt: infer.Prompt{Prefix: c.text}, Options: infer.Options{MaxTokens: 8}})
		if fed := string(p.tok.Decode(got.ids)); got.healing != c.healing || fed != c.fed {
			t.Errorf("%q: %q is fed, %q healed", c.text, fed, got.healing)
		}
	}
}

// lengths is a vocabulary of words of one letter, by doubling, and of as many as may be healed, and of one more; of words of
// another, by doubling alone; and of blanks, but not of tabs.
func lengths(t *testing.T) *tokenizer.Tokenizer {
	t.Helper()
	vocabulary, merges := map[string]int{"=": 0, "Ġ": 1}, []string{}
	sizes := []int{1, 2, 4, 8, 16, maxHealBytes, maxHealBytes + 1}
	for i, n := range sizes {
		vocabulary[strings.Repeat("a", n)] = i + 2
	}
	for i, n := range []int{1, 2, 4, 8, 16} {
		vocabulary[strings.Repeat("b", n)] = len(sizes) + i + 2
		if n > 1 {
			merges = append(merges, strings.Repeat("b", n/2)+" "+strings.Repeat("b", n/2))
		}
	}
	for _, pair := range [][2]int{{1, 1}, {2, 2}, {4, 4}, {8, 8}, {16, maxHealBytes - 16}, {maxHealBytes, 1}} {
		merges = append(merges, strings.Repeat("a", pair[0])+" "+strings.Repeat("a", pair[1]))
	}
	data, err := json.Marshal(map[string]any{
		"pre_tokenizer": map[string]any{"type": "ByteLevel", "use_regex": true},
		"model":         map[string]any{"type": "BPE", "vocab": vocabulary, "merges": merges},
	})
	if err != nil {
		t.Fatal(err)
	}
	tok, err := tokenizer.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

func TestOnlySoManyBytesAreHealed(t *testing.T) {
	p := newPrompts(lengths(t), -1, 512)
	for word, healed := range map[string]int{
		strings.Repeat("a", maxHealBytes):   maxHealBytes,
		strings.Repeat("a", maxHealBytes+1): 0,
		strings.Repeat("a", 2*16):           16,
		strings.Repeat("b", maxHealBytes):   maxHealBytes, // of two tokens
		strings.Repeat("b", maxHealBytes+1): maxHealBytes - 15,
	} {
		text := "=" + word
		got := p.render(infer.Request{Prompt: infer.Prompt{Prefix: text}, Options: infer.Options{MaxTokens: 8}})
		if fed := string(p.tok.Decode(got.ids)); len(got.healing) != healed || fed+got.healing != text {
			t.Errorf("a word of %d bytes: %d are healed, want %d, %d are fed", len(word), len(got.healing), healed, len(fed))
		}
	}
	// Of blanks, all but the last are settled, except in a vocabulary that lacks them.
	for tabs, healed := range map[int]int{maxHealBytes: maxHealBytes, maxHealBytes + 1: 0} {
		text := "=" + strings.Repeat("\t", tabs) + " "
		got := p.render(infer.Request{Prompt: infer.Prompt{Prefix: text}, Options: infer.Options{MaxTokens: 8}})
		if len(got.healing) != healed {
			t.Errorf("%d blanks that are no tokens: %d are healed, want %d", tabs, len(got.healing), healed)
		}
	}
}

func TestADeepIndentationIsHealedLikeAWord(t *testing.T) {
	p := newPrompts(byteTokenizer(t), -1, 512)
	for size, healing := range map[int]string{maxBlankBytes: "", maxBlankBytes + 1: strings.Repeat(" ", maxHealTokens)} {
		text := "{" + strings.Repeat(" ", size)
		got := p.render(infer.Request{Prompt: infer.Prompt{Prefix: text}, Options: infer.Options{MaxTokens: 8}})
		if fed := string(p.tok.Decode(got.ids)); got.healing != healing || fed+got.healing != text {
			t.Errorf("%d bytes: %d are fed, %q healed", size, len(fed), got.healing)
		}
	}
}

func TestTheTokensOfOnlySoManyPromptsAreRemembered(t *testing.T) {
	p := newPrompts(byteTokenizer(t), -1, 512)
	render := func(document int) {
		p.render(infer.Request{Prompt: infer.Prompt{Prefix: "x"}, Document: infer.DocumentRef{URI: fmt.Sprint(document)}, Options: infer.Options{MaxTokens: 8}})
	}
	for document := range maxEncodings {
		render(document)
	}
	render(0)
	if len(p.last) != maxEncodings {
		t.Errorf("of %d, %d are remembered", maxEncodings, len(p.last))
	}
	render(maxEncodings)
	if len(p.last) != 1 {
		t.Errorf("one more: %d are remembered", len(p.last))
	}
}

// A graph that makes logits for every token is asked for as many as there is room for, in four rows; one place is nobody's.
func TestAStepGivesLogitsOfOnlySoManyTokens(t *testing.T) {
	c := realConfig(t)
	c.Model, c.Rows, c.ContextTokens = fixtureModel(t, "qwen2-genai", ""), 4, maxLogits/4
	m := openLM(t, c)
	for over, refused := range map[int]bool{0: false, 1: true} {
		var segments []segment
		for row, left := 0, maxLogits-1+over; left > 0; row++ {
			n := min(left, c.ContextTokens)
			segments = append(segments, segment{row: row, ids: make([]int32, n), want: true})
			left -= n
		}
		logits, err := m.Step(segments)
		if (err != nil) != refused || refused && !strings.Contains(err.Error(), "513 tokens are wanted") || !refused && len(logits) != len(segments) {
			t.Errorf("%d: %d logits, %v", maxLogits-1+over, len(logits), err)
		}
	}
}
