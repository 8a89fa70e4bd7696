package replay

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
)

// Limits of a run.
const (
	maxTypists  = 1_000
	maxDuration = time.Hour
	keyTimeout  = 30 * time.Second // a closed loop's wait for one answer
)

// Options say how to drive a peer.
type Options struct {
	Typists  int           // at once; 0 means 1
	Open     bool          // press keys when a person would, instead of when answers come
	Accept   bool          // take suggestions that are right, instead of typing everything
	Duration time.Duration // at most; 0 means until all is typed, an hour at most
	MaxKeys  int           // a typist, at most; 0 means no limit
}

// Validate names field, value and limit.
func (o Options) Validate() error {
	switch {
	case o.Typists < 0 || o.Typists > maxTypists:
		return fmt.Errorf("replay: typists: %d is outside 0 to %d", o.Typists, maxTypists)
	case o.Duration < 0 || o.Duration > maxDuration:
		return fmt.Errorf("replay: duration: %v is outside 0 to %v", o.Duration, maxDuration)
	case o.MaxKeys < 0:
		return fmt.Errorf("replay: keys: %d is below 0", o.MaxKeys)
	}
	return nil
}

// Run drives a peer over the traces: typist i fills trace i, i+Typists, and so on.
func Run(ctx context.Context, peer Peer, traces []Trace, o Options) (*Report, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	o.Typists = max(o.Typists, 1)
	if o.Duration == 0 {
		o.Duration = maxDuration
	}
	started := time.Now()
	until := started.Add(o.Duration)
	presses := make([][]press, o.Typists)
	group, ctx := errgroup.WithContext(ctx)
	for i := range o.Typists {
		group.Go(func() error {
			for n := i; n < max(len(traces), o.Typists) && time.Now().Before(until) && !enough(presses[i], o); n += o.Typists {
				done, err := fill(ctx, peer, &traces[n%len(traces)], o, until, o.MaxKeys-len(presses[i]))
				for k := range done {
					done[k].typist = i
				}
				presses[i] = append(presses[i], done...)
				if err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, fmt.Errorf("replay: %s: %w", peer.Name(), err)
	}
	var all []press
	for _, p := range presses {
		all = append(all, p...)
	}
	return newReport(peer.Name(), o, all, time.Since(started)), nil
}

func enough(done []press, o Options) bool { return o.MaxKeys > 0 && len(done) >= o.MaxKeys }

// press is one key with its answer and what should have followed.
type press struct {
	key      Key
	answer   Answer
	typist   int
	path     string // of the file
	rest     string
	accepted bool
}

// right says whether what really followed begins with the suggestion.
func (p press) right() bool {
	return p.answer.Text != "" && !p.key.Typo && strings.HasPrefix(p.rest, p.answer.Text)
}

// fill types one trace.
func fill(ctx context.Context, peer Peer, t *Trace, o Options, until time.Time, left int) (done []press, err error) {
	desk, err := peer.Sit(ctx, t)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, desk.Close()) }()
	ty := newTypist(t)
	key, more := ty.next()
	for more && time.Now().Before(until) && (o.MaxKeys == 0 || len(done) < left) {
		rest := ty.rest()
		nextKey, nextMore := key, more
		if !o.Accept {
			nextKey, nextMore = ty.next()
		}
		answer, err := ask(ctx, desk, key, nextKey.Pause, o)
		if err != nil {
			return done, err
		}
		p := press{key: key, answer: answer, path: t.Path, rest: rest}
		if o.Accept {
			p.accepted = !key.Typo && answer.Whole > 0 && ty.acceptable(answer.Text)
			if p.accepted {
				nextKey, nextMore = ty.accept(answer.Text), true
			} else {
				nextKey, nextMore = ty.next()
			}
		}
		done = append(done, p)
		key, more = nextKey, nextMore
	}
	return done, nil
}

// ask presses a key; in an open loop it gives the answer as long as the typist pauses before the next one.
func ask(ctx context.Context, desk Desk, key Key, pause time.Duration, o Options) (Answer, error) {
	if !o.Open {
		ctx, cancel := context.WithTimeout(ctx, keyTimeout)
		defer cancel()
		return desk.Press(ctx, key)
	}
	next := time.NewTimer(pause)
	defer next.Stop()
	waiting, cancel := context.WithTimeout(ctx, pause)
	defer cancel()
	answer, err := desk.Press(waiting, key)
	if err != nil {
		return answer, err
	}
	select {
	case <-next.C:
	case <-ctx.Done():
		return answer, ctx.Err()
	}
	return answer, nil
}
