package stream

import (
	"encoding/json"
	"time"

	"inkling/stream/wire"
)

// Quota is how many suggestions a caller's sessions may still be shown.
type Quota struct {
	Limit     int           // in a window
	Remaining int           // that could be shown at once now
	Reset     time.Duration // until all of them are there again
}

// quota answers with what the caller has left. It charges nothing. It reads the limiter's store, so it may wait as long as a
// look there may take; meanwhile the session takes no other message, so a client holds up only itself.
func (s *session) quota(id wire.ID, _ json.RawMessage) error {
	if s.server.cfg.Quota == nil {
		return wire.Errorf(wire.CodeMethodNotFound, "method: %s is not known: this server has no limits", wire.MethodQuota)
	}
	q := s.server.cfg.Quota(s.ctx, s.caller)
	s.reply(id, wire.Quota{Limit: q.Limit, Remaining: q.Remaining, ResetMs: q.Reset.Milliseconds()})
	return nil
}
