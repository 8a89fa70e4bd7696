package wire

import "fmt"

// Error codes of JSON-RPC and LSP.
const (
	CodeParseError           = -32700 // the frame is not JSON
	CodeInvalidRequest       = -32600 // JSON, but no request that may come now
	CodeMethodNotFound       = -32601 // a request that this server does not know
	CodeInvalidParams        = -32602 // a parameter is missing, of the wrong type or out of its range
	CodeInternalError        = -32603 // the server's own fault
	CodeServerNotInitialized = -32002 // a request before initialize
	CodeRequestFailed        = -32803 // well-formed, but it could not be done
	CodeServerCancelled      = -32802 // too much to do, or shutting down; data.retryAfterMs says when to try again
	CodeContentModified      = -32801 // a newer edit, or a newer request for the document
	CodeRequestCancelled     = -32800 // $/cancelRequest
)

// Close codes of the WebSocket. The client may come back after those below 4100 and must not, unchanged, after others.
const (
	CloseNormal          = 1000 // after exit
	CloseUnsupported     = 1003 // a binary frame
	CloseInvalidText     = 1007 // a text frame that is not UTF-8
	CloseTooBig          = 1009 // a frame over the limit
	CloseInternal        = 1011 // the server's own fault
	CloseRestarting      = 1012 // the server restarts: come back at once
	CloseSlow            = 4000 // the client does not read
	CloseIdle            = 4001 // nothing was said for long: come back when there is something to say
	CloseLate            = 4002 // no initialize in time
	CloseUnauthenticated = 4100 // no token, or a wrong or revoked one
	CloseTooManySessions = 4101 // the user has as many sessions as are allowed
	CloseEnded           = 4102 // an administrator ended the session
)

// Final reports whether a client must not come back by itself after a close code.
func Final(code int) bool { return code >= 4100 && code < 5000 }

// Error is the error of an answer.
type Error struct {
	Code    int        `json:"code"`
	Message string     `json:"message"`
	Data    *ErrorData `json:"data,omitempty"`
}

// ErrorData says more about an error, in terms that a program can act on.
type ErrorData struct {
	Reason       string `json:"reason,omitempty"`       // one word, see docs/protocol.md
	RetryAfterMs int64  `json:"retryAfterMs,omitempty"` // try again after so long; absent: do not
}

// Error implements error.
func (e *Error) Error() string { return fmt.Sprintf("%s (%d)", e.Message, e.Code) }

// Errorf returns an error with a code.
func Errorf(code int, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Because sets data.reason and returns e.
func (e *Error) Because(reason string) *Error {
	if e.Data == nil {
		e.Data = &ErrorData{}
	}
	e.Data.Reason = reason
	return e
}
