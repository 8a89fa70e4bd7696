package infer

import (
	"errors"
	"fmt"
	"time"
)

// Errors of admission: returned before anything was computed.
var (
	// ErrLoading is returned while the model is being loaded.
	ErrLoading = errors.New("infer: the model is still loading")
	// ErrClosed is returned after the generator was closed.
	ErrClosed = errors.New("infer: the generator is closed")
	// ErrOverloaded is returned, wrapped in [RetryError], when the queue is full.
	ErrOverloaded = errors.New("infer: too many requests")
	// ErrQuota is returned, wrapped in [RetryError], when the caller's limit is used up.
	ErrQuota = errors.New("infer: the quota is used up")
	// ErrOption is returned, wrapped with field, value and limit, when an option is out of its range.
	ErrOption = errors.New("infer: option out of range")
)

// Errors while generating.
var (
	// ErrRuntime is returned, wrapped, when the model's runtime fails; the request may be tried again.
	ErrRuntime = errors.New("infer: the runtime failed")
)

// RetryError wraps an error of admission with the time after which a new try may succeed.
type RetryError struct {
	Err   error
	After time.Duration
	// Limit, Remaining and Reset describe the limit that was hit, for ErrQuota; zero otherwise.
	Limit, Remaining int
	Reset            time.Duration
}

// Error implements error.
func (e *RetryError) Error() string { return fmt.Sprintf("%v; retry after %v", e.Err, e.After) }

// Unwrap returns the wrapped error.
func (e *RetryError) Unwrap() error { return e.Err }
