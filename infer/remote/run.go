package remote

import (
	"time"

	"github.com/openai/openai-go/v3"

	"inkling/infer"
)

// run is one request while it is answered. It belongs to the goroutine that ranges.
type run struct {
	req       infer.Request
	model     string
	maxTokens int
	yield     func(infer.Delta, error) bool
	start     time.Time
	first     time.Time // of the first token; zero until then
	begun     bool      // something of an answer was taken: no further tries
	finishers []infer.Finisher
	done      []bool
	running   int
	usage     []infer.Usage
	finish    []infer.StopReason // the upstream's; told with the last delta, since what it cost comes after it
}

func newRun(req infer.Request, cfg Config, yield func(infer.Delta, error) bool) *run {
	n := max(req.Options.Suggestions, 1)
	r := &run{req: req, model: cfg.Model, maxTokens: or(req.Options.MaxTokens, cfg.MaxTokens), yield: yield, start: time.Now(),
		done: make([]bool, n), running: n, usage: make([]infer.Usage, n), finish: make([]infer.StopReason, n)}
	for i := range n {
		var f infer.Finisher = &infer.ReleaseAll{}
		if req.NewFinisher != nil {
			f = req.NewFinisher(i)
		}
		r.finishers = append(r.finishers, f)
	}
	return r
}

// take hands one chunk on. It reports whether every suggestion is over, so that the rest need not be read.
func (r *run) take(chunk openai.Completion) (over bool, err error) {
	if chunk.Usage.PromptTokens > 0 {
		for i := range r.usage {
			r.usage[i].PromptTokens = int(chunk.Usage.PromptTokens)
			r.usage[i].ReusedTokens = int(chunk.Usage.PromptTokensDetails.CachedTokens)
			r.usage[i].ComputedTokens = r.usage[i].PromptTokens - r.usage[i].ReusedTokens
		}
	}
	for _, c := range chunk.Choices {
		i := int(c.Index)
		if i < 0 || i >= len(r.done) || r.done[i] {
			continue // ended by its finisher here, while the upstream goes on
		}
		r.begun = true
		if c.Text != "" {
			if err := r.feed(i, piece(c)); err != nil {
				return false, err
			}
		}
		if c.FinishReason != "" {
			r.finish[i] = reason(c.FinishReason)
		}
	}
	return r.running == 0, nil
}

// piece is a chunk's text. A chunk without log-probabilities is one token, and certain.
func piece(c openai.CompletionChoice) infer.Piece {
	p := infer.Piece{Text: c.Text, Tokens: max(len(c.Logprobs.TokenLogprobs), 1)}
	for _, l := range c.Logprobs.TokenLogprobs {
		p.LogProb += min(l, 0)
	}
	return p
}

// reason is a finish reason in infer's words. "stop" may be the end or a stop string: upstreams do not say which.
func reason(r openai.CompletionChoiceFinishReason) infer.StopReason {
	if r == openai.CompletionChoiceFinishReasonLength {
		return infer.StopLength
	}
	return infer.StopEnd
}

func (r *run) feed(i int, p infer.Piece) error {
	if r.first.IsZero() {
		r.first = time.Now()
	}
	r.usage[i].CompletionTokens += p.Tokens
	v := r.finishers[i].Feed(p)
	return r.send(i, infer.Delta{Raw: p.Text, RawLogProb: p.LogProb, RawTokens: p.Tokens}, v)
}

func (r *run) flush(i int, reason infer.StopReason) error {
	v := r.finishers[i].Flush(reason)
	return r.send(i, infer.Delta{}, v)
}

// send yields a delta with what the finisher says.
func (r *run) send(i int, d infer.Delta, v infer.Verdict) error {
	d.Suggestion, d.Text, d.LogProb = i, v.Release, v.LogProb
	if v.Done {
		r.done[i] = true
		r.running--
		u := r.usage[i]
		u.TotalMs = milliseconds(time.Since(r.start))
		if !r.first.IsZero() {
			u.FirstTokenMs = milliseconds(r.first.Sub(r.start))
		}
		d.Stop, d.Why, d.Usage = v.Stop, v.Why, &u
	}
	if !r.yield(d, nil) {
		return errLeft
	}
	return nil
}

// end flushes what no finisher ended. Some upstreams end their stream without a reason.
func (r *run) end() error {
	for i, done := range r.done {
		if !done {
			if err := r.flush(i, or(r.finish[i], infer.StopEnd)); err != nil {
				return err
			}
		}
	}
	return nil
}

// usages returns what the suggestions cost.
func (r *run) usages() []infer.Usage { return r.usage }

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
