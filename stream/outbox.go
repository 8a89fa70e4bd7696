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
//
// There is a writer only while there is something to write: what is put in, and the end, start one where there is none,
// and it leaves when next says so. After the end was written none is started any more.
type outbox struct {
	maxBytes int
	start    func() // starts a writer; called with the mutex held

	mu      sync.Mutex // guards the fields below
	queue   [][]byte
	bytes   int // of queue, and of the message that is being written
	writing bool
	ending  *ending
}

func newOutbox(maxBytes int, start func()) *outbox {
	return &outbox{maxBytes: maxBytes, start: start}
}

// put adds a message and reports whether there was room. Where there was none, what waits is dropped and the
// connection ends with CloseSlow.
func (o *outbox) put(message []byte) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.ending != nil {
		return true
	}
	defer o.rouse()
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
		o.rouse()
	}
}

// unlessEnded calls f where the end is not set yet: what f starts has begun before end returns. f must not wait.
func (o *outbox) unlessEnded(f func()) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.ending == nil {
		f()
	}
}

// ended returns how the connection ends; nil while it goes on.
func (o *outbox) ended() *ending {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.ending
}

// next takes out the next message for the writer; without one, it returns how the connection ends. Where there is neither,
// the writer must leave.
func (o *outbox) next() ([]byte, *ending) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.queue) == 0 {
		o.queue = nil // an idle session keeps no room
		o.writing = o.ending != nil
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

// rouse starts a writer where there is none. It is called with the mutex held.
func (o *outbox) rouse() {
	if !o.writing {
		o.writing = true
		o.start()
	}
}
