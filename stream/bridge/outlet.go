package bridge

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"inkling/stream/wire"
)

// maxUnread bounds what waits for an editor that does not read: far more than a session ever says at once.
const maxUnread = 16 << 20

// flushTime is for what waits when the session ends.
const flushTime = time.Second

// errUnread is returned when an editor does not read.
var errUnread = errors.New("bridge: the editor does not read")

// outlet writes to the editor in its own goroutine, so that an editor which writes before it reads stops nobody.
type outlet struct {
	to   *wire.Writer
	wake chan struct{} // holds one
	done chan struct{} // closed when nothing will be written any more

	mu     sync.Mutex // guards the fields below
	queue  [][]byte
	bytes  int
	ending bool
	err    error
}

func newOutlet(to *wire.Writer) *outlet {
	o := &outlet{to: to, wake: make(chan struct{}, 1), done: make(chan struct{})}
	go o.run() // ends with close
	return o
}

// put queues a message. It does not wait. Its error, an earlier one of writing, ends the session.
func (o *outlet) put(message []byte) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case o.err != nil:
		return fmt.Errorf("%w: %w", ErrEditor, o.err)
	case o.bytes+len(message) > maxUnread:
		return fmt.Errorf("%w: %d bytes wait", errUnread, o.bytes)
	}
	o.queue = append(o.queue, message)
	o.bytes += len(message)
	o.signal()
	return nil
}

func (o *outlet) signal() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// next waits for a message; nil when there will be none.
func (o *outlet) next() []byte {
	for {
		o.mu.Lock()
		if len(o.queue) > 0 {
			message := o.queue[0]
			o.queue = o.queue[1:]
			o.bytes -= len(message)
			o.mu.Unlock()
			return message
		}
		ending := o.ending
		o.mu.Unlock()
		if ending {
			return nil
		}
		<-o.wake
	}
}

// run writes until the end, or until writing fails.
func (o *outlet) run() {
	defer close(o.done)
	for message := o.next(); message != nil; message = o.next() {
		if err := o.to.Write(message); err != nil {
			o.mu.Lock()
			o.err = err
			o.mu.Unlock()
			return
		}
	}
}

// flush writes what waits, as far as the editor reads it in time. Nothing may be put in afterwards.
func (o *outlet) flush() {
	o.mu.Lock()
	o.ending = true
	o.signal()
	o.mu.Unlock()
	timer := time.NewTimer(flushTime)
	defer timer.Stop()
	select {
	case <-o.done:
	case <-timer.C:
	}
}
