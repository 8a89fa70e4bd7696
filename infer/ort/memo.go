package ort

// For how many places of a row logits are kept besides the end of its last prompt. One place takes 4 bytes for every token of the vocabulary.
const (
	firstLogits = 4 // right behind it, where most typists part from a suggestion
	keptLogits  = 8 // of the others, the last: what a suggestion that the gate hid has said, and what was decoded ahead
)

// memo keeps logits of a row, so that what was computed once is not computed again: the same word typed on leaves the
// prompt as it was and only narrows what may come next; a suggestion that was hidden, or rejected, or taken, has been
// computed as far as the next one says the same. They are those that the model gave, to the bit, and so work for any
// options. The zero value is empty.
type memo struct {
	prompt kept
	first  [firstLogits]kept // and, until they are used again, those of the ends of prompts before
	ring   [keptLogits]kept
	next   int
}

// kept are the logits after a row's first at tokens; at is 0 where there are none.
type kept struct {
	at     int
	logits []float32
}

func (k *kept) set(at int, logits []float32) {
	k.at = at
	k.logits = append(k.logits[:0], logits...)
}

// keep remembers the logits after at tokens. Those of a prompt's end stay until the next prompt's.
func (m *memo) keep(at int, logits []float32, prompt bool) {
	if prompt {
		m.prompt.set(at, logits)
		return
	}
	if n := at - m.prompt.at; n > 0 && n <= firstLogits {
		m.first[at%firstLogits].set(at, logits)
		return
	}
	for i := range m.ring {
		if m.ring[i].at == at {
			m.ring[i].set(at, logits)
			return
		}
	}
	m.ring[m.next].set(at, logits)
	m.next = (m.next + 1) % keptLogits
}

// begin says that a prompt ends where logits are kept. Those of the last prompt's end stay: a key may be taken back.
func (m *memo) begin(at int) {
	for _, slots := range [][]kept{m.first[:], m.ring[:]} {
		for i := range slots {
			if slots[i].at == at && m.prompt.at != at {
				m.prompt, slots[i] = slots[i], m.prompt
				return
			}
		}
	}
}

// after returns the logits after at tokens, nil where they are not kept.
func (m *memo) after(at int) []float32 {
	if m.prompt.at == at && at > 0 {
		return m.prompt.logits
	}
	for i := range m.first {
		if m.first[i].at == at && at > 0 {
			return m.first[i].logits
		}
	}
	for i := range m.ring {
		if m.ring[i].at == at && at > 0 {
			return m.ring[i].logits
		}
	}
	return nil
}

// forgetAfter forgets all logits after more than at tokens.
func (m *memo) forgetAfter(at int) {
	if m.prompt.at > at {
		m.prompt.at = 0
	}
	for i := range m.first {
		if m.first[i].at > at {
			m.first[i].at = 0
		}
	}
	for i := range m.ring {
		if m.ring[i].at > at {
			m.ring[i].at = 0
		}
	}
}

// moveFrom takes over what another row knows of the first at tokens: their last logits alone.
func (m *memo) moveFrom(other *memo, at int) {
	if logits := other.after(at); logits != nil {
		m.keep(at, logits, true)
	}
}
