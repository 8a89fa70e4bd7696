package infer

// FinisherFunc makes the finisher of one suggestion. A Finisher is used by one goroutine at a time.
type FinisherFunc func(suggestion int) Finisher

// Finisher decides, while a suggestion streams, what of it may be shown and where it ends. It releases only text
// that no rule can still take back.
type Finisher interface {
	// Feed takes the next raw piece. After a Verdict with Done, it is not called again.
	Feed(p Piece) Verdict
	// Flush is called once instead of a further Feed when raw text ends by itself, for the given reason.
	// Its Verdict is always final: Done is set.
	Flush(reason StopReason) Verdict
}

// Piece is raw text as it comes from the model: one token, or several where one alone is not whole UTF-8.
type Piece struct {
	Text    string
	LogProb float64 // natural logarithm of the probability of its tokens
	Tokens  int
}

// Verdict is what a finisher says to a piece.
type Verdict struct {
	Release string     // may be shown now, after what was released before
	LogProb float64    // of all text released so far, cumulative: whole tokens, the last one included when cut
	Done    bool       // the suggestion ends here
	Stop    StopReason // with Done: why
	Why     Why        // with Done, where nothing at all was released: why
}

// ReleaseAll is a Finisher that shows everything at once.
type ReleaseAll struct{ logProb float64 }

// Feed implements [Finisher].
func (r *ReleaseAll) Feed(p Piece) Verdict {
	r.logProb += p.LogProb
	return Verdict{Release: p.Text, LogProb: r.logProb}
}

// Flush implements [Finisher].
func (r *ReleaseAll) Flush(reason StopReason) Verdict {
	return Verdict{LogProb: r.logProb, Done: true, Stop: reason}
}
