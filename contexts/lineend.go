package contexts

import (
	"strings"

	"inkling/infer"
)

// lineEnd is the finisher that ends a suggestion at the end of its line.
type lineEnd struct {
	logProb  float64
	released bool
}

// Feed implements infer.Finisher.
func (l *lineEnd) Feed(p infer.Piece) infer.Verdict {
	l.logProb += p.LogProb
	text, more := p.Text, true
	if at := strings.IndexAny(text, "\r\n"); at >= 0 {
		text, more = text[:at], false
	}
	l.released = l.released || text != ""
	v := infer.Verdict{Release: text, LogProb: l.logProb}
	if !more {
		v.Done, v.Stop = true, infer.StopFinished
		if !l.released {
			v.Why = infer.WhyEmpty
		}
	}
	return v
}

// Flush implements infer.Finisher.
func (l *lineEnd) Flush(reason infer.StopReason) infer.Verdict {
	v := infer.Verdict{LogProb: l.logProb, Done: true, Stop: reason}
	if !l.released {
		v.Why = infer.WhyEmpty
	}
	return v
}
