package bridge

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"go.uber.org/zap"

	"inkling/stream/client"
	"inkling/stream/wire"
)

// link is the connection to the server, and what becomes of it. The bridge's goroutine alone uses it.
type link struct {
	bridge   *bridge
	conn     client.Conn // nil while there is none
	stop     context.CancelFunc
	number   int       // counts connections, so that what comes from an old one is known
	ready    bool      // the server has answered initialize
	since    time.Time // then
	tries    int       // that failed, or led to a session that ended soon, in a row
	dialling bool
	idle     bool        // the server closed because nothing was said: it is dialled when there is something
	final    bool        // the server wants no more of us, or is none that we understand
	foreign  string      // why, in words, where the close code's are not enough
	away     bool        // the editor was told that the server is away
	retry    *time.Timer // until the next try
	deadline *time.Timer // until the server must have answered initialize
}

// steadyTime is how long a session must have stood for the next to be tried at once: what ended it may end that too.
const steadyTime = 5 * time.Second

// dialResult is what came of a try to connect.
type dialResult struct {
	conn client.Conn
	err  error
}

// dial begins a try to connect.
func (l *link) dial() {
	b := l.bridge
	if l.conn != nil || l.dialling || l.final || b.initialize == nil {
		return
	}
	l.dialling, l.idle = true, false
	b.wg.Go(func() {
		ctx, cancel := context.WithTimeout(b.ctx, b.options.AnswerWait)
		defer cancel()
		conn, err := client.DialConn(ctx, b.options.URL, b.options.Dial)
		select {
		case b.dialled <- dialResult{conn, err}:
		case <-b.quit:
			if conn != nil {
				_ = conn.Close() // nobody is there to be told
			}
		}
	})
}

// connected takes over a new connection and introduces the editor to it.
func (l *link) connected(r dialResult) {
	b := l.bridge
	l.dialling = false
	if r.err != nil {
		l.lost(r.err)
		return
	}
	l.number++
	l.conn = r.conn
	var ctx context.Context
	ctx, l.stop = context.WithCancel(b.ctx)
	number, conn := l.number, l.conn
	b.wg.Go(func() { b.readServer(ctx, conn, number) })
	l.deadline.Reset(b.options.AnswerWait)
	l.send(wire.Request(l.introduction(), wire.MethodInitialize, b.introduce()))
}

// introduction is the id of our own initialize on the present connection.
func (l *link) introduction() wire.ID { return wire.TextID(fmt.Sprintf("inkling-bridge-%d", l.number)) }

// readServer hands over a connection's messages. It runs in its own goroutine.
func (b *bridge) readServer(ctx context.Context, conn client.Conn, number int) {
	for {
		data, err := conn.Read(ctx)
		select {
		case b.fromServer <- incoming{number: number, data: data, err: err}:
		case <-b.quit:
			if err == nil {
				continue // the end of the connection is still to be read
			}
		}
		if err != nil {
			return
		}
	}
}

// send writes to the server. Where that fails the connection's reader notices.
func (l *link) send(message []byte) {
	if l.conn == nil {
		return
	}
	ctx, cancel := context.WithTimeout(l.bridge.ctx, writeTimeout)
	defer cancel()
	if err := l.conn.Write(ctx, message); err != nil {
		l.bridge.log.Debug("writing to the server", zap.Error(err))
	}
}

// drop gives up a connection that is of no use.
func (l *link) drop(why string) {
	l.bridge.log.Warn("dropping the connection", zap.String("why", why))
	l.stop() // the reader ends, and says so
}

// refuse gives up a server for good, and says why.
func (l *link) refuse(why string) {
	l.final, l.foreign = true, why
	l.stop() // the reader ends, and says so
}

// ended takes note that the connection is over, and plans the next.
func (l *link) ended(err error) {
	l.stop()
	_ = l.conn.Close() // over already
	code := client.CloseCode(err)
	if l.ready && (code == wire.CloseRestarting || time.Since(l.since) >= steadyTime) {
		l.tries = 0
	}
	introduced := !l.ready // and not answered
	l.conn, l.ready = nil, false
	l.deadline.Stop()
	switch {
	case code == wire.CloseUnauthenticated:
		l.final, l.foreign = true, client.CloseReason(err)+": put the server's key into INKLING_TOKEN, or into a file that INKLING_TOKEN_FILE names, and start the editor again"
	case wire.Final(code):
		l.final = true
	case code == wire.CloseTooBig && introduced:
		l.final, l.foreign = true, "what this editor says of itself in initialize is more than the server takes"
	case code == wire.CloseIdle:
		l.idle = true
		return
	}
	l.lost(err)
}

// lost plans the next try to connect, and tells the editor once.
func (l *link) lost(err error) {
	b := l.bridge
	b.log.Info("no connection to the server", zap.Error(err), zap.Int("tries", l.tries))
	if !l.final {
		l.retry.Reset(l.backoff())
		l.tries++
	}
	if l.away && !l.final {
		return
	}
	l.away = true
	kind, message := messageInfo, "the server is away; suggestions come back when it does"
	switch {
	case l.foreign != "":
		kind, message = messageError, l.foreign
	case l.final:
		kind, message = messageError, "the server ended the session: "+client.CloseReason(err)
	case errors.Is(err, client.ErrRefused):
		kind, message = messageError, strings.TrimPrefix(err.Error(), "client: ")+"; it is no Inkling server, or one from before sessions, or does not serve this host name"
	}
	if err := b.say(kind, message); err != nil {
		b.log.Debug("telling the editor", zap.Error(err)) // its reader notices
	}
}

// backoff returns the time to wait before the next try: at once for the first, then doubling, with as much chance as
// keeps the clients of one server apart.
func (l *link) backoff() time.Duration {
	o := l.bridge.options
	wait := o.MaxBackoff
	if l.tries < 16 { // 2^16 times the least is more than any longest
		wait = min(o.MinBackoff<<l.tries, o.MaxBackoff)
	}
	if l.tries == 0 {
		return time.Duration(rand.Int64N(int64(wait) + 1))
	}
	return wait/2 + time.Duration(rand.Int64N(int64(wait)/2+1))
}

// wake dials where the server closed because nothing was said.
func (l *link) wake() {
	if l.idle {
		l.dial()
	}
}

// leave ends the connection in good order.
func (l *link) leave() {
	l.retry.Stop()
	l.deadline.Stop()
	if l.conn != nil {
		if err := l.conn.Close(); err != nil {
			l.bridge.log.Debug("leaving the server", zap.Error(err))
		}
		l.stop()
	}
}
