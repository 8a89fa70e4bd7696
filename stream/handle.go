package stream

import (
	"encoding/json"
	"errors"
	"strings"
	"time"

	"inkling/jsoncount"
	"inkling/stream/wire"
)

// requestHandlers answer a request, now or later. An error is answered by handle.
var requestHandlers = map[string]func(*session, wire.ID, json.RawMessage) error{
	wire.MethodShutdown: (*session).shutdown,
	wire.MethodComplete: (*session).complete,
	wire.MethodMenu:     (*session).completeMenu,
	wire.MethodExecute:  (*session).execute,
	wire.MethodDigest:   (*session).digest,
	wire.MethodQuota:    (*session).quota,
}

// notificationHandlers take a notification. An error is told by window/logMessage.
var notificationHandlers = map[string]func(*session, json.RawMessage) error{
	wire.MethodOpen:              (*session).didOpen,
	wire.MethodChange:            (*session).didChange,
	wire.MethodClose:             (*session).didClose,
	wire.MethodCancel:            (*session).cancelRequest,
	wire.MethodShown:             (*session).didShow,
	wire.MethodPartiallyAccepted: (*session).didPartiallyAccept,
}

// handle takes one message and reports whether it was the session's last.
func (s *session) handle(data []byte) (last bool) {
	s.lock()
	s.last, s.handling = time.Now(), true
	s.unlock()
	last = s.take(data)
	s.lock()
	defer s.unlock()
	s.handling = false
	s.drained()
	return last
}

// take does what one message says.
func (s *session) take(data []byte) (last bool) {
	m, err := wire.Parse(data)
	switch {
	case err != nil:
		s.refuse(m.ID, err)
	case m.IsResponse(): // nothing is asked of clients, so nothing waits for it
	case m.IsRequest():
		if err := s.request(m); err != nil {
			s.refuse(m.ID, err)
		}
	case m.Method == wire.MethodExit:
		return true
	case s.state == stateReady:
		handler, ok := notificationHandlers[m.Method]
		if !ok {
			return false
		}
		if err := handler(s, m.Params); err != nil {
			s.warn(m.Method + ": " + messageOf(err))
		}
	}
	return false
}

// request hands a request to its handler. Its error is to be answered.
func (s *session) request(m *wire.Message) error {
	handler, known := requestHandlers[m.Method]
	switch {
	case s.busy(*m.ID):
		id := m.ID.String()
		m.ID = nil // or the error would be taken for the running request's answer
		return wire.Errorf(wire.CodeInvalidRequest, "id: %s is in use by a request that is not answered yet", id)
	case m.Method == wire.MethodInitialize:
		return s.initialize(*m.ID, m.Params)
	case s.state == stateNew:
		return wire.Errorf(wire.CodeServerNotInitialized, "initialize must come first")
	case s.state == stateShutdown:
		return wire.Errorf(wire.CodeInvalidRequest, "nothing but exit may follow shutdown")
	case !known || m.Method == wire.MethodMenu && !s.menus:
		return wire.Errorf(wire.CodeMethodNotFound, "method: %s is not known", clip(m.Method))
	}
	return handler(s, *m.ID, m.Params)
}

// busy reports whether an id belongs to a request that is not answered yet.
func (s *session) busy(id wire.ID) bool {
	s.lock()
	defer s.unlock()
	return s.requests[id] != nil
}

// decode reads a message's parameters, unless they are more values than [Limits.Values]: those take a hundred times what they are while
// they are read. As many as are allowed, in a message of 4 MB, take 55 MB with its copies at both ends, and 29 where they are refused. Its
// error is a [wire.Error].
func (s *session) decode(params json.RawMessage, v any) error {
	// Each value that is counted has a comma or a bracket: what is as short as the limit is not looked through.
	if most := s.limits.Values; len(params) > most {
		if n := jsoncount.Values(params); n > most {
			return wire.Errorf(wire.CodeInvalidParams, "params: %d values, at most %d", n, most)
		}
	}
	return wire.Decode(params, v)
}

// refuse answers with an error.
func (s *session) refuse(id *wire.ID, err error) {
	s.lock()
	defer s.unlock()
	s.note(Refused, nil)
	s.send(wire.ErrorResponse(id, errorOf(err)))
}

// reply answers with a result.
func (s *session) reply(id wire.ID, result any) {
	s.notify(wire.Response(id, result))
}

// warn tells the client what was wrong with a notification, which cannot be answered.
func (s *session) warn(message string) {
	const warning = 2 // MessageType of LSP
	s.notify(wire.Notification(wire.MethodLog, wire.LogParams{Type: warning, Message: message}))
}

// messageOf returns an error's text without its code.
func messageOf(err error) string {
	if e, ok := errors.AsType[*wire.Error](err); ok {
		return e.Message
	}
	return err.Error()
}

// clip shortens what a client sent before it is sent back.
func clip(s string) string {
	const most = 64 // long enough for any name that a person chose
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "..."
	}
	return strings.ToValidUTF8(s, "")
}
