package cache

import (
	"context"
	"errors"

	"inkling/infer"
)

// party is one request that waits for a flight. The flight's mutex guards all but finishers' making.
type party struct {
	flight    *flight
	finishers []infer.Finisher
	done      []bool        // by suggestion: its finisher has ended it
	pending   []infer.Delta // by suggestion: what is not sent yet
	filled    []bool        // pending has something
	tokens    []int
	queue     []infer.Delta
	wake      chan struct{} // has room for one
	open      int           // suggestions whose end was not yielded yet; only the party's own goroutine
}

func newParty(f *flight, req infer.Request, n int) *party {
	p := &party{flight: f, done: make([]bool, n), pending: make([]infer.Delta, n), filled: make([]bool, n),
		tokens: make([]int, n), wake: make(chan struct{}, 1), open: n}
	for i := range n {
		p.finishers = append(p.finishers, finisherOf(req, i))
	}
	return p
}

// feed gives a piece to the party's finisher.
func (p *party) feed(i int, piece infer.Piece) infer.Verdict {
	d := &p.pending[i]
	d.Raw += piece.Text
	d.RawLogProb += piece.LogProb
	d.RawTokens += piece.Tokens
	p.tokens[i] += piece.Tokens
	return p.take(i, p.finishers[i].Feed(piece))
}

// flush tells the party's finisher that raw text has ended.
func (p *party) flush(i int, reason infer.StopReason) infer.Verdict {
	return p.take(i, p.finishers[i].Flush(reason))
}

func (p *party) take(i int, v infer.Verdict) infer.Verdict {
	d := &p.pending[i]
	d.Suggestion = i
	d.Text += v.Release
	d.LogProb = v.LogProb
	if p.filled[i] = true; v.Done {
		p.done[i] = true
		d.Stop, d.Why = v.Stop, v.Why
	}
	return v
}

// send queues what is pending of a suggestion. usage is the engine's; where the flight goes on for others, only what was
// decoded so far is known.
func (p *party) send(i int, usage *infer.Usage) {
	if !p.filled[i] {
		return
	}
	d := p.pending[i]
	if d.Stop != "" {
		if usage == nil {
			usage = &infer.Usage{CompletionTokens: p.tokens[i]}
		}
		copied := *usage
		d.Usage = &copied
	}
	p.pending[i], p.filled[i] = infer.Delta{}, false
	p.queue = append(p.queue, d)
	p.wakeUp()
}

func (p *party) wakeUp() {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// next returns what came since the last call, and whether it is all.
func (p *party) next() (deltas []infer.Delta, over, again bool, err error) {
	p.flight.mu.Lock()
	defer p.flight.mu.Unlock()
	deltas, p.queue = p.queue, nil
	return deltas, p.flight.over, p.flight.again, p.flight.err
}

// outcome says how a party's wait ended.
type outcome int

const (
	answered outcome = iota // or left, or failed: nothing more is to be done
	lookAgain
	askAlone // the flight ended for a reason that is another caller's
)

// wait yields what comes until the party's answer is whole.
func (p *party) wait(ctx context.Context, caller infer.Caller, yield func(infer.Delta, error) bool) outcome {
	defer p.flight.leave(p)
	for yielded := false; ; {
		if ctx.Err() != nil {
			yield(infer.Delta{}, ctx.Err())
			return answered
		}
		deltas, over, again, err := p.next()
		for _, d := range deltas {
			yielded = true
			if d.Stop != "" {
				p.open--
			}
			if !yield(d, nil) {
				return answered
			}
		}
		switch {
		case p.open == 0:
			return answered
		case over && again:
			return lookAgain
		case over && errors.Is(err, infer.ErrQuota) && !yielded && caller != p.flight.req.Caller:
			return askAlone
		case over:
			if err != nil {
				yield(infer.Delta{}, err)
			}
			return answered
		}
		select {
		case <-p.wake:
		case <-ctx.Done():
		}
	}
}
