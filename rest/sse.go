package rest

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// events writes a streamed answer. Its headers leave with the first event, so that an error before it can still have
// a status of its own. It is used by one goroutine.
type events struct {
	w           http.ResponseWriter
	rc          *http.ResponseController
	timeout     time.Duration // for one write
	contentType string
	begun       bool
}

// newEvents returns a writer of server-sent events.
func (s *server) newEvents(w http.ResponseWriter) *events {
	return &events{w: w, rc: http.NewResponseController(w), timeout: s.limits.WriteTimeout, contentType: "text/event-stream"}
}

// begin sends the headers, once.
func (e *events) begin() error {
	if e.begun {
		return nil
	}
	e.begun = true
	h := e.w.Header()
	h.Set("Content-Type", e.contentType)
	h.Set("Cache-Control", "no-cache")
	h.Set("X-Accel-Buffering", "no") // nginx would otherwise hold the stream back
	e.w.WriteHeader(http.StatusOK)
	return e.flush()
}

// send writes one event; an empty name leaves the event's type out.
func (e *events) send(name string, v any) error {
	body, err := marshal(v)
	if err != nil {
		return fmt.Errorf("rest: encode event: %w", err)
	}
	if name != "" {
		return e.line("event: " + name + "\ndata: " + string(body) + "\n\n")
	}
	return e.line("data: " + string(body) + "\n\n")
}

// sendLine writes one line of JSON.
func (e *events) sendLine(v any) error {
	body, err := marshal(v)
	if err != nil {
		return fmt.Errorf("rest: encode line: %w", err)
	}
	return e.line(string(body) + "\n")
}

// line writes text as it is, and sees to it that it leaves at once.
func (e *events) line(text string) error {
	if err := e.begin(); err != nil {
		return err
	}
	// A recorder in a test has no deadline to set; a real connection always has.
	if err := e.rc.SetWriteDeadline(time.Now().Add(e.timeout)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	// #nosec G705 -- an event stream, never sniffed
	if _, err := io.WriteString(e.w, text); err != nil {
		return err
	}
	return e.flush()
}

func (e *events) flush() error {
	if err := e.rc.Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	return nil
}

// accepts reports whether the request names a media type in Accept; wildcards do not count.
func accepts(r *http.Request, mediaType string) bool {
	for part := range strings.SplitSeq(strings.Join(r.Header.Values("Accept"), ","), ",") {
		name, _, _ := strings.Cut(part, ";")
		if strings.EqualFold(strings.TrimSpace(name), mediaType) {
			return true
		}
	}
	return false
}
