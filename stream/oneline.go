package stream

import (
	"strings"

	"inkling/infer"
)

// oneLine makes finishers that end a suggestion at its first line end, for a client that can show one line.
func oneLine(next infer.FinisherFunc) infer.FinisherFunc {
	return func(suggestion int) infer.Finisher {
		if next == nil {
			return &oneLineFinisher{next: &infer.ReleaseAll{}}
		}
		return &oneLineFinisher{next: next(suggestion)}
	}
}

// oneLineFinisher ends at a line end what another finisher releases.
type oneLineFinisher struct {
	next     infer.Finisher
	released bool
}

// Feed implements [infer.Finisher].
func (f *oneLineFinisher) Feed(p infer.Piece) infer.Verdict { return f.cut(f.next.Feed(p)) }

// Flush implements [infer.Finisher].
func (f *oneLineFinisher) Flush(reason infer.StopReason) infer.Verdict {
	return f.cut(f.next.Flush(reason))
}

func (f *oneLineFinisher) cut(v infer.Verdict) infer.Verdict {
	if at := strings.IndexAny(v.Release, "\r\n"); at >= 0 {
		v.Release, v.Done, v.Stop, v.Why = v.Release[:at], true, infer.StopFinished, ""
	}
	f.released = f.released || v.Release != ""
	if v.Done && !f.released && v.Why == "" {
		v.Why = infer.WhyEmpty
	}
	return v
}
