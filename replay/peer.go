package replay

import (
	"context"
	"time"
)

// Peer is a server under test.
type Peer interface {
	// Name is how reports call it.
	Name() string
	// Sit opens an editor at it, on a trace's text. Desks are used by one goroutine each.
	Sit(ctx context.Context, t *Trace) (Desk, error)
}

// Desk is one typist's editor.
type Desk interface {
	// Press applies a key and asks for a suggestion, as the peer's own editor plugin would. It returns when the
	// suggestion is whole or ctx ends, which is no error: the answer then holds what had arrived.
	Press(ctx context.Context, k Key) (Answer, error)
	// Close ends the editor.
	Close() error
}

// Answer is what came for one key. Times are from the key.
type Answer struct {
	Text       string        // the ghost text, as far as it had arrived
	First      time.Duration // until its first character; 0 when there was none
	Whole      time.Duration // until it was known to be whole, or empty; 0 when it was not by then
	Along      bool          // carried over from the last key's suggestion: nothing was computed
	Computed   int           // prompt tokens that were computed, where the peer says so
	Reused     int           // prompt tokens that were reused, likewise
	Decoded    int           // tokens decoded
	Server     Split         // where the time went, by the server's own clock, where it says so
	Why        string        // nothing was shown, in one word, where the server says so
	BytesSent  int           // on the wire, without HTTP headers and framing
	Overloaded bool          // the peer declined
}

// Split is a server's own account of one answer, in milliseconds from the request's arrival.
type Split struct {
	Queue      float64 `json:"queueMs"`      // until its prompt was begun
	Prefill    float64 `json:"prefillMs"`    // of its prompt
	FirstToken float64 `json:"firstTokenMs"` // until the model's first token, shown or not
	First      float64 `json:"firstMs"`      // until the first text that was released; 0: none
}
