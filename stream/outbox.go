package stream

import (
	"sync"

	"inkling/stream/wire"
)

// ending says how a connection ends.
type ending struct {
	code   int // a close code
	reason string
}

// outbox holds what is to be written to a client, up to a number of bytes. Putting something in never waits; what is
// too much ends the connection instead. After end, nothing can be put in, and what was is still written.
type outbox struct {
	wake     chan struct{} // holds one: something was put in, or the end was set
	maxBytes int

	mu     sync.Mutex // guards the fields below
	queue  [][]byte
	bytes  int // of queue, and of the message that is being written
	ending *ending
}

func newOutbox(maxBytes int) *outbox {
	return &outbox{wake: make(chan struct{}, 1), maxBytes: maxBytes}
}

// put adds a message and reports whether there was room. Where there was none, what waits is dropped and the
// connection ends with CloseSlow.
func (o *outbox) put(message []byte) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.ending != nil {
		return true
	}
	defer o.signal()
	if o.bytes+len(message) > o.maxBytes {
		o.ending = &ending{wire.CloseSlow, "the client does not read"}
		for _, m := range o.queue {
			o.bytes -= len(m)
		}
		o.queue = nil
		return false
	}
	o.queue = append(o.queue, message)
	o.bytes += len(message)
	return true
}

// end sets how the connection ends, unless that is set already.
func (o *outbox) end(code int, reason string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.ending == nil {
		o.ending = &ending{code, reason}
		o.signal()
	}
}

// ended returns how the connection ends; nil while it goes on.
func (o *outbox) ended() *ending {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.ending
}

// next takes out the next message; without one, it returns how the connection ends.
func (o *outbox) next() ([]byte, *ending) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.queue) == 0 {
		o.queue = nil // an idle session keeps no room
		return nil, o.ending
	}
	message := o.queue[0]
	o.queue = o.queue[1:]
	return message, nil
}

// written gives back the room of a message that next took out.
func (o *outbox) written(message []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.bytes -= len(message)
}

// waiting returns the bytes that wait.
func (o *outbox) waiting() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.bytes
}

// signal wakes the writer. It is called with the mutex held, and does not wait.
func (o *outbox) signal() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}
