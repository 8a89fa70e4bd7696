package ort

// lane is one suggestion that is being decoded, on a row of its own. Invariant: the row's first fed tokens are ids'.
type lane struct {
	t    *task
	row  *row
	ids  []int32     // the prompt, and what was picked after it
	fed  int         // of ids, those that stand in the row
	said *suggestion // what it makes of them

	draft []int32 // fed after ids in the running step, on trial
	match int     // tokens before it that stood there before; 0 where it is what must be said again

	least int // tokens of a prompt's end are fed where their logits are not kept
}

// newLane begins a suggestion on a row; the row's tokens agree with the prompt's as far as they do.
func newLane(t *task, r *row, index, least int) *lane {
	l := &lane{t: t, row: r, least: least, ids: append(make([]int32, 0, len(t.prompt.ids)+t.req.Options.MaxTokens+1), t.prompt.ids...)}
	l.begin(index)
	l.follow()
	return l
}

// begin goes back to the prompt's end for another suggestion.
func (l *lane) begin(index int) {
	l.ids = l.ids[:len(l.t.prompt.ids)]
	l.fed = min(l.fed, len(l.ids))
	l.said = newSuggestion(l.t.req, index, l.t.prompt.healing)
}

// follow counts as fed what stands in the row already.
func (l *lane) follow() {
	for l.fed < min(len(l.ids), len(l.row.tokens)) && l.row.tokens[l.fed] == l.ids[l.fed] {
		l.fed++
	}
}

// known returns the logits after all of ids where they are kept. Where they are not, what must be fed again for them is
// no longer counted as fed.
func (l *lane) known() []float32 {
	l.follow()
	if l.fed == len(l.ids) {
		if logits := l.row.memory.after(l.fed); logits != nil {
			return logits
		}
		l.fed--
	}
	if l.inPrompt() {
		l.fed = min(l.fed, max(len(l.t.prompt.ids)-l.least, 0))
	}
	return nil
}

// inPrompt reports whether nothing was picked yet.
func (l *lane) inPrompt() bool { return len(l.ids) == len(l.t.prompt.ids) }

// behind reports whether a part of the prompt is to be fed: at its beginning, and again where the model was opened anew meanwhile.
func (l *lane) behind() bool { return l.inPrompt() || len(l.ids)-l.fed > 1 }

// took says that some tokens, of which a draft may be the last, stand in the row now.
func (l *lane) took(ids []int32) {
	l.row.rewind(l.fed)
	l.row.tokens = append(l.row.tokens, ids...)
	l.fed += len(ids) - len(l.draft)
}
