package quality

import (
	"strings"
	"time"

	"inkling/infer"
)

// reader is one variant's finisher on a generation that several variants share, with what it said.
type reader struct {
	variant  int
	finisher infer.Finisher
	text     strings.Builder
	outcome  Outcome
	done     bool
}

func (r *reader) take(v infer.Verdict, since time.Time) {
	r.text.WriteString(v.Release)
	r.outcome.LogProb = v.LogProb
	if v.Done {
		r.done = true
		r.outcome.Ms = float64(time.Since(since).Microseconds()) / 1000
	}
}

// finish returns what the reader said, judged.
func (r *reader) finish(truth string) Outcome {
	o := r.outcome
	if text := r.text.String(); strings.TrimSpace(text) != "" {
		o.Text = text
	}
	o.Right, o.Exact, o.Similarity = judge(o.Text, truth)
	return o
}

// shared feeds one generation to several readers, until the last of them is done. Decoding is greedy, so that each
// reader is told what it would have been told alone.
type shared struct {
	readers []*reader
	since   time.Time
}

// Feed implements infer.Finisher.
func (s *shared) Feed(p infer.Piece) infer.Verdict {
	done := true
	for _, r := range s.readers {
		if !r.done {
			r.outcome.Pieces = append(r.outcome.Pieces, Piece{p.Text, p.LogProb})
			r.take(r.finisher.Feed(p), s.since)
		}
		done = done && r.done
	}
	return infer.Verdict{Done: done, Stop: infer.StopFinished}
}

// Flush implements infer.Finisher.
func (s *shared) Flush(reason infer.StopReason) infer.Verdict {
	for _, r := range s.readers {
		if !r.done {
			r.take(r.finisher.Flush(reason), s.since)
		}
	}
	return infer.Verdict{Done: true, Stop: reason}
}
