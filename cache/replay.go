package cache

import (
	"unicode/utf8"

	"inkling/infer"
)

// replay runs a request's finishers over what was said. It fails where they ask for more than that.
func replay(req infer.Request, a answer) (deltas []infer.Delta, ok bool) {
	for i, s := range a.said {
		deltas, ok = replayOne(deltas, i, finisherOf(req, i), s, a)
		if !ok {
			return nil, false
		}
	}
	return deltas, true
}

// finisherOf makes the finisher of one suggestion.
func finisherOf(req infer.Request, suggestion int) infer.Finisher {
	if req.NewFinisher == nil {
		return &infer.ReleaseAll{}
	}
	return req.NewFinisher(suggestion)
}

func replayOne(deltas []infer.Delta, index int, f infer.Finisher, s said, a answer) ([]infer.Delta, bool) {
	skip, tokens := a.typed, 0
	for _, p := range s.pieces {
		if skip > 0 && skip >= len(p.Text) {
			skip -= len(p.Text)
			continue
		}
		// A token that is typed in part is said again whole by healing: its log-probability is that of the rest.
		if p.Text = p.Text[skip:]; skip > 0 && !utf8.RuneStart(p.Text[0]) {
			return nil, false
		}
		skip = 0
		tokens += p.Tokens
		v := f.Feed(p)
		d := infer.Delta{Suggestion: index, Raw: p.Text, RawLogProb: p.LogProb, RawTokens: p.Tokens, Cached: true}
		deltas = append(deltas, deltaOf(d, v, a, tokens))
		if v.Done {
			return deltas, true
		}
	}
	// What was cut off by a limit of tokens, or by the finisher of its time, might have gone on here.
	if s.stop == infer.StopFinished || s.stop == infer.StopLength && a.typed > 0 {
		return nil, false
	}
	d := infer.Delta{Suggestion: index, Cached: true}
	return append(deltas, deltaOf(d, f.Flush(s.stop), a, tokens)), true
}

// deltaOf adds what a finisher says.
func deltaOf(d infer.Delta, v infer.Verdict, a answer, tokens int) infer.Delta {
	d.Text, d.LogProb = v.Release, v.LogProb
	if v.Done {
		d.Stop, d.Why = v.Stop, v.Why
		d.Usage = &infer.Usage{PromptTokens: a.promptTokens, ReusedTokens: a.promptTokens, CompletionTokens: tokens}
	}
	return d
}
