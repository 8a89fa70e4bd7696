package stream

import (
	"context"
	"errors"
	"time"

	"inkling/infer"
	"inkling/stream/wire"
)

// Errors of a server.
var (
	// ErrUnauthorized is wrapped by what an [Authenticator] returns for a missing, unknown, expired or revoked token.
	ErrUnauthorized = errors.New("stream: a valid token is needed")
	// ErrClosed is returned by [Server.ServeConn] after Close.
	ErrClosed = errors.New("stream: the server is closed")
	// ErrSessions is returned by [Server.ServeConn] when there are as many sessions as are allowed.
	ErrSessions = errors.New("stream: too many sessions")
)

// table maps a generator's errors to what a client is told; the first that matches counts. Whatever matches nothing
// is an internal error, and only the log sees what it was. ErrQuota is not here: it is an empty list, see quotaAnswer.
var table = []struct {
	err     error
	code    int
	reason  string
	message string // "": the error's own text, which names field, value and limit
	retry   time.Duration
}{
	{infer.ErrOption, wire.CodeInvalidParams, "option", "", 0},
	{infer.ErrOverloaded, wire.CodeServerCancelled, "overloaded", "too many requests are waiting", time.Second},
	{infer.ErrLoading, wire.CodeServerCancelled, "loading", "the model is still loading", 2 * time.Second},
	{infer.ErrClosed, wire.CodeServerCancelled, "closing", "the server is shutting down", time.Second},
	{infer.ErrRuntime, wire.CodeRequestFailed, "runtime", "the model's runtime failed; try again", time.Second},
	{context.DeadlineExceeded, wire.CodeServerCancelled, "timeout", "no suggestion within the time limit", time.Second},
	{context.Canceled, wire.CodeServerCancelled, "closing", "the server is shutting down", time.Second},
}

// errorOf looks an error up in the table.
func errorOf(err error) *wire.Error {
	if e, ok := errors.AsType[*wire.Error](err); ok {
		return e
	}
	for _, row := range table {
		if !errors.Is(err, row.err) {
			continue
		}
		e := wire.Errorf(row.code, "%s", or(row.message, err.Error())).Because(row.reason)
		e.Data.RetryAfterMs = row.retry.Milliseconds()
		if r, ok := errors.AsType[*infer.RetryError](err); ok {
			e.Data.RetryAfterMs = max(r.After.Milliseconds(), 1)
		}
		return e
	}
	return wire.Errorf(wire.CodeInternalError, "internal error").Because("internal")
}

// Errors by which a request ends before its answer.
func errModified() *wire.Error {
	return wire.Errorf(wire.CodeContentModified, "the document has a newer version").Because("modified")
}

func errSuperseded() *wire.Error {
	return wire.Errorf(wire.CodeContentModified, "a newer request asks for this document").Because("superseded")
}

func errCancelled() *wire.Error {
	return wire.Errorf(wire.CodeRequestCancelled, "cancelled by the client").Because("cancelled")
}

func errClosedDocument() *wire.Error {
	return wire.Errorf(wire.CodeContentModified, "the document was closed").Because("closed")
}
