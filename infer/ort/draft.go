package ort

import (
	"slices"
	"time"

	"inkling/infer"
)

// Limits of drafts.
const (
	draftTokens  = 4  // proposed at once; their logits must fit into a memo
	draftMatch   = 6  // tokens of a match at the most: longer ones are no surer
	draftLeast   = 2  // and at the least
	draftEvery   = 16 // where drafts do not pay, one in so many is tried, so that it is seen when they do again
	draftWeight  = 8  // steps over which costs and gains are averaged
	draftMostRun = 32 // tokens of a run up to which costs are kept
)

// drafts says what to propose after a lane's tokens, and whether to. What followed the last tokens where they stood before, in
// the prompt or in the answer, is fed along with the next token; where the model then picks the same, its logits are there
// already. What is picked is what the model says is next, verified in the same run: in a native import, and with exact arithmetic, it
// is what would have been picked without. The runtime's is not exact to the last bit, see draftLanes.
type drafts struct {
	cost [draftMostRun + 1]float64 // milliseconds of a run that decodes, by tokens in it; 0: not known
	gain [draftMatch + 1]float64   // tokens of a draft that were right, by length of the match
	held int                       // drafts that were not tried since one was
}

func newDrafts() (d drafts) {
	for i := range d.gain {
		d.gain[i] = draftTokens / 2 // tried until it shows that they do not pay
	}
	return d
}

// propose returns what followed the longest run of the last tokens that stands earlier too, the latest such place, and how
// long the run is.
func propose(ids []int32, most int) (draft []int32, match int) {
	n := len(ids)
	for end := n - 1; end >= draftLeast && most > 0; end-- {
		length := 0
		for length < draftMatch && length < end && ids[end-1-length] == ids[n-1-length] {
			length++
		}
		if length >= draftLeast && length > match {
			match, draft = length, ids[end:min(end+most, n)]
		}
		if match == draftMatch {
			break
		}
	}
	return draft, match
}

// pays says whether a draft gives a run of some lanes more tokens in its time, as far as was measured.
func (d *drafts) pays(lanes, tokens, draft, match int) bool {
	if tokens+draft > draftMostRun {
		return false
	}
	without, with := d.cost[tokens], d.cost[tokens+draft]
	if with == 0 || without == 0 || (float64(lanes)+d.gain[match])*without > float64(lanes)*with {
		d.held = 0
		return true
	}
	if d.held++; d.held >= draftEvery {
		d.held = 0
		return true
	}
	return false
}

// ran takes in how long a run that only decodes took.
func (d *drafts) ran(tokens int, took time.Duration) {
	if tokens > draftMostRun {
		return
	}
	if d.cost[tokens] == 0 {
		d.cost[tokens] = milliseconds(took)
	}
	d.cost[tokens] += (milliseconds(took) - d.cost[tokens]) / draftWeight
}

// judged takes in how many tokens of a draft were right.
func (d *drafts) judged(match, right int) {
	d.gain[match] += (float64(right) - d.gain[match]) / draftWeight
}

// draftLanes is how many lanes a run must have for drafts, but for exact imports, which give a token the same logits however it is
// fed. On older processors the runtime multiplies a single token with another kernel than several, and fed beside a draft it would be one of several: of 24 greedy answers of 24 tokens, 13 were others then.
// Beside another lane the products are the same, but attention adds up in another order for several tokens of a row than for one:
// logits differ by up to 0.7 once activations were rounded to 8 bits after it, and 3 of 12 answers were others.
const draftLanes = 2

// draft adds drafts to a step that only decodes.
func (w *worker) draft(lanes []*lane, segments []segment) {
	tokens, least := len(lanes), draftLanes
	if w.e.c.Model.Exact {
		least = 1
	}
	for i, l := range lanes {
		o := l.t.req.Options
		if o.Temperature > 0 || w.e.c.NoDrafts || len(lanes) < least {
			continue
		}
		room := min(draftTokens, o.MaxTokens-l.said.tokens-1, w.e.c.ContextTokens-len(l.ids)-togetherTokens)
		draft, match := propose(l.ids, room)
		if len(draft) == 0 || !w.drafts.pays(len(lanes), tokens, len(draft), match) {
			continue
		}
		tokens += len(draft)
		l.draft, l.match = slices.Clone(draft), match
		segments[i].ids, segments[i].more = slices.Concat(segments[i].ids, draft), len(draft)
	}
}

// sayAgain feeds what a prompt's answer must say again along with the prompt's end, where it is likely to be said in the same tokens: the
// run then gives the logits behind it too, which would take another before anything new could be picked.
func (w *worker) sayAgain(l *lane, seg *segment) {
	again, n := l.t.prompt.again, len(seg.ids)
	over := func(most int) bool { return n <= most && n+len(again) > most } // it would no longer fit into what n fits into
	if !seg.want || !l.inPrompt() || len(again) == 0 || w.e.c.NoDrafts || over(togetherTokens) || over(chunkTokens) ||
		len(l.ids)+len(again)+togetherTokens > w.e.c.ContextTokens {
		return
	}
	l.draft, seg.ids, seg.more = again, slices.Concat(seg.ids, again), len(again)
}

// judge counts what became of a lane's draft.
func (w *worker) judge(l *lane, from int) {
	if l.match == 0 {
		return // not proposed
	}
	right := common(l.ids[min(from, len(l.ids)):], l.draft)
	w.drafts.judged(l.match, right)
	w.e.stats.update(func(s *infer.EngineStats) {
		s.DraftTokens += uint64(len(l.draft))
		s.DraftsRight += uint64(right)
	})
	l.draft = nil
}
