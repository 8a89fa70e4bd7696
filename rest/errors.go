package rest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"

	"inkling/infer"
)

// Errors of identity: wrapped by what an [Authenticator] returns.
var (
	// ErrUnauthorized is returned when no key, or an unknown, expired or revoked one, was given.
	ErrUnauthorized = errors.New("rest: a valid key is needed")
	// ErrTicket is returned when a ticket, which only opens sessions, was given for a key.
	ErrTicket = errors.New("rest: a ticket only opens a session; send the API key")
	// ErrForbidden is returned when the key is known but may not do this.
	ErrForbidden = errors.New("rest: the key does not allow this")
)

// failure is an error as a client is told it. Every door writes it in its own shape.
type failure struct {
	Status     int
	Code       string
	Message    string
	Field      string        // of the request, where one is to blame
	RetryAfter time.Duration // 0: do not try again
	Limit      *infer.RetryError
}

// Error implements error, so that a failure can travel as one.
func (f *failure) Error() string { return f.Message }

// fail returns a failure without a field.
func fail(status int, code, format string, args ...any) *failure {
	return &failure{Status: status, Code: code, Message: fmt.Sprintf(format, args...)}
}

// statusClientGone is what the log and the metrics say of a request whose client went away (nginx's number).
const statusClientGone = 499

// table maps errors to what a client is told; the first that matches counts. Whatever matches nothing is "internal",
// and only the log sees what it was.
var table = []struct {
	err     error
	status  int
	code    string
	message string // "": the error's own text, which names field, value and limit
	retry   time.Duration
}{
	{ErrUnauthorized, http.StatusUnauthorized, "unauthorized", "a valid API key is needed", 0},
	{ErrTicket, http.StatusUnauthorized, "unauthorized", "a ticket only opens a session; send the API key", 0},
	{ErrForbidden, http.StatusForbidden, "forbidden", "this key does not allow that", 0},
	{ErrWarming, http.StatusConflict, "running", "", 0},
	{ErrFolder, http.StatusUnprocessableEntity, "folder", ErrFolder.Error(), 0},
	{infer.ErrOption, http.StatusUnprocessableEntity, "out_of_range", "", 0},
	{infer.ErrQuota, http.StatusTooManyRequests, "quota", "the limit of requests is used up", time.Second},
	{infer.ErrOverloaded, http.StatusServiceUnavailable, "overloaded", "too many requests are waiting", time.Second},
	{infer.ErrLoading, http.StatusServiceUnavailable, "loading", "the model is still loading", 2 * time.Second},
	{infer.ErrClosed, http.StatusServiceUnavailable, "closing", "the server is shutting down", time.Second},
	{infer.ErrRuntime, http.StatusServiceUnavailable, "runtime", "the model's runtime failed; try again", time.Second},
	{context.DeadlineExceeded, http.StatusServiceUnavailable, "timeout", "no answer within the time limit", time.Second},
	{context.Canceled, statusClientGone, "cancelled", "the client went away", 0},
}

// failureOf looks an error up in the table.
func failureOf(err error) *failure {
	if f, ok := errors.AsType[*failure](err); ok {
		return f
	}
	for _, row := range table {
		if !errors.Is(err, row.err) {
			continue
		}
		f := &failure{Status: row.status, Code: row.code, Message: row.message, RetryAfter: row.retry}
		if f.Message == "" {
			f.Message = err.Error()
		}
		if r, ok := errors.AsType[*infer.RetryError](err); ok {
			f.Limit = r
			f.RetryAfter = max(r.After, time.Millisecond)
		}
		return f
	}
	return &failure{Status: http.StatusInternalServerError, Code: "internal", Message: "internal error"}
}

// writeHeaders sets what every shape shares: Retry-After, and the fields of the IETF draft RateLimit headers.
func (f *failure) writeHeaders(h http.Header) {
	if f.RetryAfter > 0 {
		h.Set("Retry-After", strconv.FormatInt(wholeSeconds(f.RetryAfter), 10))
	}
	if f.Limit != nil && f.Limit.Limit > 0 {
		h.Set("RateLimit-Limit", strconv.Itoa(f.Limit.Limit))
		h.Set("RateLimit-Remaining", strconv.Itoa(f.Limit.Remaining))
		h.Set("RateLimit-Reset", strconv.FormatInt(wholeSeconds(f.Limit.Reset), 10))
	}
	if f.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Bearer realm="inkling"`)
	}
}

// wholeSeconds rounds up, so that a client that waits as told is not refused again.
func wholeSeconds(d time.Duration) int64 { return int64(math.Ceil(d.Seconds())) }
