package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"sync"

	"inkling/stream/wire"
)

// Step is what comes for a request: a delta, or at the end the list.
type Step struct {
	Delta *wire.Delta          // text to append; nil at the end
	List  *wire.CompletionList // the whole; nil before the end

	final *wire.Message // as it came
}

// maxUnread is how much of an answer waits for its caller, in bytes; stepBytes is what a step counts besides its text.
const (
	maxUnread = 16 << 20
	stepBytes = 128
)

// ErrUnread is returned for an answer of which more than 16 MiB came that its caller did not read. The request is cancelled.
var ErrUnread = errors.New("client: too much of the answer was not read")

// call is a request that is not answered yet. What came for it waits here, however slow its caller is.
type call struct {
	wake chan struct{} // holds one: something came

	mu     sync.Mutex // guards the fields below
	steps  []Step
	unread int  // bytes of the deltas among them
	failed bool // by [ErrUnread]
	ended  bool // nothing more will come
}

func newCall() *call { return &call{wake: make(chan struct{}, 1)} }

// bytes is what a step counts. The last one is one message, which has its limit.
func (s Step) bytes() int {
	if s.Delta == nil {
		return 0
	}
	return stepBytes + len(s.Delta.Text)
}

// put adds a step.
func (c *call) put(s Step) {
	c.mu.Lock()
	if c.unread += s.bytes(); c.unread > maxUnread {
		c.failed = true
	}
	if c.failed {
		c.steps = nil
	} else {
		c.steps = append(c.steps, s)
	}
	c.mu.Unlock()
	c.signal()
}

// end says that nothing more will come.
func (c *call) end() {
	c.mu.Lock()
	c.ended = true
	c.mu.Unlock()
	c.signal()
}

func (c *call) signal() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// next waits for a step. It reports false once nothing more will come.
func (c *call) next(ctx context.Context) (Step, bool, error) {
	for {
		c.mu.Lock()
		if c.failed {
			c.mu.Unlock()
			return Step{}, false, ErrUnread
		}
		if len(c.steps) > 0 {
			s := c.steps[0]
			c.steps = c.steps[1:]
			c.unread -= s.bytes()
			c.mu.Unlock()
			return s, true, nil
		}
		ended := c.ended
		c.mu.Unlock()
		if ended {
			return Step{}, false, nil
		}
		select {
		case <-c.wake:
		case <-ctx.Done():
			return Step{}, false, ctx.Err()
		}
	}
}

// begin sends a request and returns its id and the call that receives what comes for it.
func (c *Client) begin(ctx context.Context, method string, params func(id wire.ID) any) (int64, *call, error) {
	id, one := c.lastID.Add(1), newCall()
	c.mu.Lock()
	err := c.err
	if err == nil {
		c.waiting[id] = one
	}
	c.mu.Unlock()
	if err != nil {
		return 0, nil, err
	}
	if err := c.write(ctx, wire.Request(wire.IntID(id), method, params(wire.IntID(id)))); err != nil {
		c.forget(id)
		return 0, nil, err
	}
	return id, one, nil
}

// deliver adds a step to the call of an id or token; we use the same for both.
func (c *Client) deliver(id wire.ID, s Step) {
	number, ok := id.Int()
	c.mu.Lock()
	one := c.waiting[number]
	if !ok || one == nil {
		c.mu.Unlock()
		return
	}
	if s.final != nil {
		delete(c.waiting, number)
	}
	c.mu.Unlock()
	one.put(s)
}

// forget drops what will still come for a request.
func (c *Client) forget(id int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.waiting, id)
}

// Call makes a request and decodes its result, unless result is nil. A server's error is a *wire.Error.
func (c *Client) Call(ctx context.Context, method string, params, result any) error {
	id, one, err := c.begin(ctx, method, func(wire.ID) any { return params })
	if err != nil {
		return err
	}
	s, ok, err := one.next(ctx)
	switch {
	case err != nil:
		c.forget(id)
		return err
	case !ok:
		return c.Err()
	case s.final.Error != nil:
		return s.final.Error
	case result == nil:
		return nil
	}
	if err := json.Unmarshal(s.final.Result, result); err != nil {
		return fmt.Errorf("client: the answer to %s: %w", method, err)
	}
	return nil
}

// Complete asks for suggestions and yields them as they stream; the last step holds the list. A server's error is a
// *wire.Error. Leaving the loop, or ending ctx, cancels the request. Deltas are asked for by itself: p's StreamToken is
// not looked at. The request is sent when the loop begins.
func (c *Client) Complete(ctx context.Context, p wire.CompleteParams) iter.Seq2[Step, error] {
	return func(yield func(Step, error) bool) {
		id, one, err := c.begin(ctx, wire.MethodComplete, func(id wire.ID) any {
			p.Inkling.StreamToken = &id
			return p
		})
		if err != nil {
			yield(Step{}, err)
			return
		}
		for {
			s, ok, err := one.next(ctx)
			switch {
			case err != nil:
				c.giveUp(id)
				yield(Step{}, err)
				return
			case !ok:
				yield(Step{}, c.Err())
				return
			case s.final != nil:
				yield(last(s.final))
				return
			}
			if !yield(s, nil) {
				c.giveUp(id)
				return
			}
		}
	}
}

// last makes the last step of an answer.
func last(m *wire.Message) (Step, error) {
	if m.Error != nil {
		return Step{}, m.Error
	}
	list := &wire.CompletionList{}
	if err := json.Unmarshal(m.Result, list); err != nil {
		return Step{}, fmt.Errorf("client: the list of suggestions: %w", err)
	}
	return Step{List: list}, nil
}

// giveUp cancels a request that was not answered yet.
func (c *Client) giveUp(id int64) {
	c.mu.Lock()
	_, waits := c.waiting[id]
	delete(c.waiting, id)
	c.mu.Unlock()
	if waits {
		// An error ends the session, and with it the request.
		_ = c.Notify(context.Background(), wire.MethodCancel, wire.CancelParams{ID: wire.IntID(id)})
	}
}
