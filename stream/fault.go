package stream

import (
	"fmt"
	"runtime/debug"

	"go.uber.org/zap"
)

// contain is deferred by whatever runs of a session's own: a panic there costs this session alone, which ends by
// CloseInternal. The log has its type and the stack, and no word of a message or suggestion. The mutex must be free by then:
// what holds it while it may panic defers unlock.
func (s *session) contain() {
	v := recover()
	if v == nil {
		return
	}
	s.server.log.Error("panic", zap.String("session", s.id), zap.String("panic", fmt.Sprintf("%T", v)),
		zap.ByteString("stack", debug.Stack()))
	s.out.end(errInternal.code, errInternal.reason)
	s.server.counts.add(Faulted, 1, nil)
}
