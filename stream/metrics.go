package stream

import "sync/atomic"

// Event is something that happened to a session or a suggestion.
type Event int

// Events.
const (
	SessionOpened     Event = iota // a connection was accepted
	SessionClosed                  // and has ended
	BytesReceived                  // of messages, without framing
	BytesSent                      // likewise
	Requested                      // a suggestion was asked for
	Answered                       // with a list, empty ones included
	Refused                        // with an error that is neither of the next two
	Cancelled                      // by the client
	Superseded                     // by a newer edit or request
	TypedAlong                     // served from a kept generation: nothing was computed
	Shown                          // a suggestion reached the client, counted once however it is typed along
	Accepted                       // whole
	PartiallyAccepted              // by more than one character at once
	Dismissed                      // by hand, or by typing something else
	Resynced                       // a client was told to open a document again
	Retained30s                    // an accepted suggestion still stands 30 s later
	Retained2m                     // likewise
	Retained5m                     // likewise
	SlowClosed                     // a client was closed because it did not read
	Faulted                        // something of a session panicked, which ended it
	eventCount
)

// eventNames are the names of events in snapshots, logs and metrics.
var eventNames = [eventCount]string{"sessions_opened", "sessions_closed", "bytes_received", "bytes_sent", "requested",
	"answered", "refused", "cancelled", "superseded", "typed_along", "shown", "accepted", "partially_accepted",
	"dismissed", "resynced", "retained_30s", "retained_2m", "retained_5m", "slow_closed", "faulted"}

// String returns the event's name.
func (e Event) String() string {
	if e < 0 || e >= eventCount {
		return "unknown"
	}
	return eventNames[e]
}

// Metrics is told what happens. Its method is called with no lock of a caller's and from any goroutine; it must not
// block.
type Metrics interface {
	// Count adds n to an event. Suggestion is nil where the event is about none.
	Count(e Event, n int64, about *Suggestion)
}

// Suggestion is what is known of a suggestion that an event is about.
type Suggestion struct {
	Language string // LSP language id, as the client says it
	Cached   bool
}

// counts are the events of a server since it was made.
type counts struct {
	all  [eventCount]atomic.Int64
	hook Metrics
}

// add counts an event.
func (c *counts) add(e Event, n int64, about *Suggestion) {
	c.all[e].Add(n)
	if c.hook != nil {
		c.hook.Count(e, n, about)
	}
}

// Stats is a snapshot of a server.
type Stats struct {
	Sessions    int              // open now
	Documents   int              // open now
	Generations int              // running or kept now
	QueuedBytes int64            // waiting for clients to read
	Events      map[string]int64 // by [Event]'s name, since the server was made
}

// snapshot returns the events by name.
func (c *counts) snapshot() map[string]int64 {
	events := make(map[string]int64, eventCount)
	for e := range eventCount {
		events[e.String()] = c.all[e].Load()
	}
	return events
}
