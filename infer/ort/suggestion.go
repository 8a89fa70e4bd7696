package ort

import (
	"strings"
	"time"
	"unicode/utf8"

	"inkling/infer"
	"inkling/infer/sampler"
	"inkling/infer/tokenizer"
)

// suggestion turns the tokens of one answer into deltas: it takes the healed text off their front, holds back bytes that
// are not whole UTF-8 yet and text that may be the beginning of a stop string, and asks the finisher.
type suggestion struct {
	index    int
	sampler  *sampler.Sampler
	finisher infer.Finisher
	stops    []string

	healing []byte // what the first tokens must still say before anything new begins
	bytes   []byte // not whole UTF-8 yet
	held    infer.Piece
	tokens  int
	firstAt time.Time
	shown   bool // the finisher has released something
	done    bool
	fault   error // what the finisher failed with; the suggestion is done then
}

func newSuggestion(req infer.Request, index int, healing string) *suggestion {
	s := &suggestion{index: index, sampler: sampler.New(req.Options, index), stops: req.Options.Stop, healing: []byte(healing)}
	s.finisher = &contained{Finisher: &infer.ReleaseAll{}, fault: &s.fault}
	if req.NewFinisher != nil {
		s.finisher = newContained(req.NewFinisher, index, &s.fault)
	}
	return s
}

// allowed lists the tokens that may come next, nil for all.
func (s *suggestion) allowed(tok *tokenizer.Tokenizer) []int32 {
	if len(s.healing) == 0 {
		return nil
	}
	return tok.Healing(s.healing)
}

// token takes the bytes of a picked token. It returns what to send, and whether there is anything to send.
func (s *suggestion) token(text []byte, logProb float64) (infer.Delta, bool) {
	if s.firstAt.IsZero() {
		s.firstAt = time.Now()
	}
	s.tokens++
	n := min(len(s.healing), len(text))
	s.healing, text = s.healing[n:], text[n:]
	s.bytes = append(s.bytes, text...)
	whole := wholeUTF8(s.bytes)
	s.held.Text += strings.ToValidUTF8(string(s.bytes[:whole]), "\uFFFD")
	s.bytes = append(s.bytes[:0], s.bytes[whole:]...)
	s.held.LogProb += logProb
	s.held.Tokens++
	return s.advance()
}

// advance feeds the finisher what is held and can no longer become a stop string.
func (s *suggestion) advance() (infer.Delta, bool) {
	if at, found := firstStop(s.held.Text, s.stops); found {
		return s.end(at, infer.StopString), true
	}
	if s.held.Text == "" || len(s.bytes) > 0 {
		return infer.Delta{}, false
	}
	p := s.held
	kept := possibleStop(p.Text, s.stops)
	if kept == len(p.Text) {
		return infer.Delta{}, false
	}
	p.Text = p.Text[:len(p.Text)-kept]
	s.held = infer.Piece{Text: s.held.Text[len(p.Text):]}
	verdict := s.finisher.Feed(p)
	return s.delta(p, verdict), true
}

// end finishes the suggestion for a reason of the generator's; of what is held, the first n bytes still count.
func (s *suggestion) end(n int, reason infer.StopReason) infer.Delta {
	p := s.held
	p.Text = p.Text[:n]
	s.held = infer.Piece{}
	d := infer.Delta{Suggestion: s.index}
	if p.Text != "" {
		verdict := s.finisher.Feed(p)
		d = s.delta(p, verdict)
		if s.done {
			return d
		}
	}
	flushed := s.delta(infer.Piece{}, s.finisher.Flush(reason))
	flushed.Raw, flushed.RawLogProb, flushed.RawTokens = d.Raw, d.RawLogProb, d.RawTokens
	flushed.Text = d.Text + flushed.Text
	s.done = true
	return flushed
}

// flush ends the suggestion with all that is held.
func (s *suggestion) flush(reason infer.StopReason) infer.Delta {
	if len(s.bytes) > 0 {
		s.held.Text += "\uFFFD"
		s.bytes = nil
	}
	return s.end(len(s.held.Text), reason)
}

func (s *suggestion) delta(p infer.Piece, v infer.Verdict) infer.Delta {
	s.done, s.shown = v.Done, s.shown || v.Release != ""
	if !v.Done {
		v.Stop, v.Why = "", ""
	}
	return infer.Delta{
		Suggestion: s.index, Raw: p.Text, RawLogProb: p.LogProb, RawTokens: p.Tokens,
		Text: v.Release, LogProb: v.LogProb, Stop: v.Stop, Why: v.Why,
	}
}

// wholeUTF8 is how many of the first bytes are whole characters, or can never become one.
func wholeUTF8(b []byte) int {
	for n := 1; n < utf8.UTFMax && n <= len(b); n++ {
		if start := len(b) - n; utf8.RuneStart(b[start]) {
			if !utf8.FullRune(b[start:]) {
				return start
			}
			break
		}
	}
	return len(b)
}

// firstStop returns where the first stop string begins.
func firstStop(text string, stops []string) (at int, found bool) {
	at = len(text)
	for _, stop := range stops {
		if i := strings.Index(text, stop); i >= 0 && i < at {
			at, found = i, true
		}
	}
	return at, found
}

// possibleStop is how many bytes at the end of text may be the beginning of a stop string, in whole characters.
func possibleStop(text string, stops []string) int {
	most := 0
	for _, stop := range stops {
		for n := min(len(stop)-1, len(text)); n > most; n-- {
			if strings.HasSuffix(text, stop[:n]) {
				most = n
			}
		}
	}
	for most > 0 && most < len(text) && !utf8.RuneStart(text[len(text)-most]) {
		most++
	}
	return most
}
