package stream

import (
	"math"
	"strings"

	"inkling/infer"
)

// item is one suggestion of a generation as it grows. The session's mutex guards it.
type item struct {
	text    string // what replaces the text between the generation's base and after, as far as it is released
	raw     string // lead and all that the model said, released or not
	logProb float64
	marks   []mark
	stop    infer.StopReason // why it ended; empty while it runs
	why     infer.Why
	cached  bool
	usage   infer.Usage
	dropped bool // something else was typed
}

// mark is the log-probability of the text up to a byte offset.
type mark struct {
	end     int
	logProb float64
}

// take adds a delta.
func (it *item) take(d infer.Delta) {
	it.text += d.Text
	it.raw += d.Raw
	it.logProb, it.cached = min(d.LogProb, 0), d.Cached
	if d.Text != "" {
		it.marks = append(it.marks, mark{len(it.text), it.logProb})
	}
	if d.Stop != "" {
		it.stop, it.why = d.Stop, d.Why
	}
	if d.Usage != nil {
		it.usage = *d.Usage
	}
}

// confidence returns the probability of the text from a byte offset on: the product of its tokens' probabilities. A
// token that is typed in part counts as typed.
func (it *item) confidence(from int) float64 {
	typed := 0.0
	for _, m := range it.marks {
		if m.end <= from {
			typed = m.logProb
		}
	}
	return math.Exp(min(it.logProb-typed, 0))
}

// rest returns the byte offset at which the text goes on after what was typed. It reports false where the text does
// not reach so far yet, or does not say what was typed.
func (it *item) rest(typed string) (int, bool) {
	used, left := follow(it.text, typed)
	return used, left == ""
}

// fits reports whether what was typed may still be what the item says: it stands in the text, or the text is the
// beginning of it and may go on. lead is what the text began with. Text that is held back counts as said, but of an
// item that has said nothing yet it cannot be known.
func (it *item) fits(typed, lead string) bool {
	if it.dropped {
		return false
	}
	if used, left := follow(it.text, typed); left == "" {
		return it.stop == "" || used < len(it.text)
	} else if it.stop != "" || used < len(it.text) {
		return false
	}
	used, left := follow(it.raw, typed)
	return len(it.raw) > len(lead) && (left == "" || used == len(it.raw))
}

// follow compares text with what was typed, byte by byte, where a line end of one kind equals that of another. It
// returns how much of text was typed, and what of typed is left: nothing where text says all of it.
func follow(text, typed string) (used int, left string) {
	if strings.HasPrefix(text, typed) {
		return len(typed), ""
	}
	i, j := 0, 0
	for i < len(text) && j < len(typed) {
		switch {
		case text[i] == typed[j]:
			i, j = i+1, j+1
		case text[i] == '\n' && strings.HasPrefix(typed[j:], "\r\n"):
			i, j = i+1, j+2
		case typed[j] == '\n' && strings.HasPrefix(text[i:], "\r\n"):
			i, j = i+2, j+1
		default:
			return i, typed[j:]
		}
	}
	return i, typed[j:]
}
