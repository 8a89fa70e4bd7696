package replay

import (
	"encoding/json"
	"io"
)

// keyLine is one key of a run, without any text: lengths and times alone.
type keyLine struct {
	Peer     string  `json:"peer"`
	Typist   int     `json:"typist"`
	Path     string  `json:"path"`
	At       int     `json:"at"` // byte offset of the key in the document as it was
	Deleted  int     `json:"deleted"`
	Inserted int     `json:"inserted"` // bytes
	First    float64 `json:"first"`    // ms from the key to the first character of an answer; 0: none
	Whole    float64 `json:"whole"`    // ms from the key to the whole answer, empty or not; 0: not by the next key
	Shown    int     `json:"shown"`    // bytes
	Right    bool    `json:"right"`
	Along    bool    `json:"along"` // carried over from the key before
	Why      string  `json:"why,omitempty"`
	Computed int     `json:"computed"` // prompt tokens
	Reused   int     `json:"reused"`
	Decoded  int     `json:"decoded"` // tokens
	Split
}

// WriteKeys writes every key of some runs, one JSON object a line, a typist's keys in the order in which they were pressed:
// what a quantile is made of.
func WriteKeys(w io.Writer, reports []*Report) error {
	encoder := json.NewEncoder(w)
	for _, r := range reports {
		for _, p := range r.presses {
			a := p.answer
			err := encoder.Encode(keyLine{Peer: r.Peer, Typist: p.typist, Path: p.path, At: p.key.At, Deleted: p.key.Delete,
				Inserted: len(p.key.Insert), First: ms(a.First), Whole: ms(a.Whole), Shown: len(a.Text), Right: p.right(),
				Along: a.Along, Why: a.Why, Computed: a.Computed, Reused: a.Reused, Decoded: a.Decoded, Split: a.Server})
			if err != nil {
				return err
			}
		}
	}
	return nil
}
