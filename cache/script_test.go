package cache

import (
	"context"
	"hash/fnv"
	"iter"
	"strings"
	"sync/atomic"

	"inkling/infer"
)

// script is a model that is made of nothing but arithmetic: the next character hangs on the last three, where a token ends
// hangs on its last three, and what a token is worth on its text. So what it says after a longer head is the rest of what
// it says after a shorter one, as with a real model whose last token is healed.
type script struct {
	asked   atomic.Int64
	running atomic.Int64
	step    func(ctx context.Context, n int) error // before each token; nil: at once
}

const alphabet = "abcdx()= "

func window(text string) string { return text[max(0, len(text)-3):] }

func number(parts ...string) uint64 {
	h := fnv.New64a()
	for _, p := range parts {
		_, _ = h.Write([]byte(p + "\x00"))
	}
	return h.Sum64() >> 7
}

// boundary says whether a token ends at the end of text.
func boundary(text string) bool { return text == "" || number("b", window(text))%3 == 0 }

// nextChar returns the next character, 0 for the end. alt other than 0 asks for another one.
func nextChar(text string, alt int) byte {
	n := number("n", window(text))
	switch {
	case alt == 0 && n%37 == 0:
		return 0
	case alt == 0 && n%19 == 0:
		return '\n'
	}
	return alphabet[(n+uint64(alt))%uint64(len(alphabet))]
}

// nextToken returns the rest of the token at the end of text, and what the whole token is worth.
func nextToken(text string, alt int) (rest string, logProb float64, ok bool) {
	start := len(text)
	for !boundary(text[:start]) {
		start--
	}
	at := text
	for {
		c := nextChar(at, alt)
		if c == 0 {
			break
		}
		alt = 0
		if at += string(c); boundary(at) {
			break
		}
	}
	return strings.Clone(at[len(text):]), -float64(number("p", at[start:])%1000) / 500, at != text
}

// Generate implements infer.Generator.
func (s *script) Generate(ctx context.Context, req infer.Request) iter.Seq2[infer.Delta, error] {
	return func(yield func(infer.Delta, error) bool) {
		s.asked.Add(1)
		s.running.Add(1)
		defer s.running.Add(-1)
		for i := range max(req.Options.Suggestions, 1) {
			if !s.suggest(ctx, req, i, yield) {
				return
			}
		}
	}
}

func (s *script) suggest(ctx context.Context, req infer.Request, i int, yield func(infer.Delta, error) bool) bool {
	var f infer.Finisher = &infer.ReleaseAll{}
	if req.NewFinisher != nil {
		f = req.NewFinisher(i)
	}
	text, reason, alt := req.Prompt.Prefix, infer.StopLength, i
	send := func(p infer.Piece, v infer.Verdict) (more, stay bool) {
		d := infer.Delta{Suggestion: i, Raw: p.Text, RawLogProb: p.LogProb, RawTokens: p.Tokens, Text: v.Release, LogProb: v.LogProb}
		if v.Done {
			d.Stop, d.Why, d.Usage = v.Stop, v.Why, &infer.Usage{PromptTokens: len(req.Prompt.Prefix)}
		}
		return !v.Done, yield(d, nil)
	}
	for n := range req.Options.MaxTokens {
		if s.step != nil {
			if err := s.step(ctx, n); err != nil {
				return yield(infer.Delta{}, err) && false
			}
		}
		if ctx.Err() != nil {
			return yield(infer.Delta{}, ctx.Err()) && false
		}
		rest, logProb, ok := nextToken(text, alt)
		alt = 0
		if !ok {
			reason = infer.StopEnd
			break
		}
		text += rest
		if len(req.Options.Stop) > 0 {
			if at := strings.Index(rest, req.Options.Stop[0]); at >= 0 { // stop strings of one character
				if rest = rest[:at]; rest != "" {
					p := infer.Piece{Text: rest, LogProb: logProb, Tokens: 1}
					if more, stay := send(p, f.Feed(p)); !more || !stay {
						return stay
					}
				}
				reason = infer.StopString
				break
			}
		}
		p := infer.Piece{Text: rest, LogProb: logProb, Tokens: 1}
		if more, stay := send(p, f.Feed(p)); !more || !stay {
			return stay
		}
	}
	_, stay := send(infer.Piece{}, f.Flush(reason))
	return stay
}

// cutter is a finisher: it holds back a number of bytes, ends at a line end or after a number of bytes, and says nothing
// at all where the first token is worth too little.
type cutter struct {
	hold, most int
	lines      bool
	least      float64 // 0: no gate
	raw        string
	sent       int
	logProb    float64
}

func (c *cutter) Feed(p infer.Piece) infer.Verdict {
	if c.raw == "" && c.least < 0 && p.LogProb < c.least {
		return infer.Verdict{Done: true, Stop: infer.StopFinished, Why: infer.WhyFiltered}
	}
	c.raw += p.Text
	c.logProb += p.LogProb
	if at := strings.IndexByte(c.raw, '\n'); c.lines && at >= 0 {
		c.raw = c.raw[:at]
		return c.end(infer.StopFinished)
	}
	if len(c.raw) >= c.most {
		c.raw = c.raw[:c.most]
		return c.end(infer.StopFinished)
	}
	release := c.raw[min(c.sent, len(c.raw)):max(min(c.sent, len(c.raw)), len(c.raw)-c.hold)]
	c.sent += len(release)
	return infer.Verdict{Release: release, LogProb: c.logProb}
}

func (c *cutter) Flush(reason infer.StopReason) infer.Verdict { return c.end(reason) }

func (c *cutter) end(reason infer.StopReason) infer.Verdict {
	v := infer.Verdict{Release: c.raw[min(c.sent, len(c.raw)):], LogProb: c.logProb, Done: true, Stop: reason}
	if c.raw == "" {
		v.Why = infer.WhyEmpty
	}
	return v
}

// told is all that came of one suggestion.
type told struct {
	raw, text         string
	rawLogProb, prob  float64
	rawTokens         int
	stop              infer.StopReason
	why               infer.Why
	cached, afterStop bool
}

// collect runs a request to its end.
func collect(ctx context.Context, g infer.Generator, req infer.Request) ([]told, error) {
	out := make([]told, max(req.Options.Suggestions, 1))
	for d, err := range g.Generate(ctx, req) {
		if err != nil {
			return out, err
		}
		t := &out[d.Suggestion]
		t.afterStop = t.afterStop || t.stop != ""
		t.raw, t.text = t.raw+d.Raw, t.text+d.Text
		t.rawLogProb += d.RawLogProb
		t.rawTokens += d.RawTokens
		t.prob, t.stop, t.why, t.cached = d.LogProb, d.Stop, d.Why, d.Cached
	}
	return out, nil
}
