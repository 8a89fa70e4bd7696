package bridge

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"

	"inkling/stream/wire"
)

func TestAnEditorThatDoesNotReadEndsTheSession(t *testing.T) {
	here, there := net.Pipe()
	o := newOutlet(wire.NewWriter(there))
	message := make([]byte, maxUnread/16)
	var err error
	n := 0
	for ; err == nil && n < 20; n++ {
		err = o.put(message)
	}
	if !errors.Is(err, errUnread) || n != 17 && n != 18 { // the first may be written already, as far as the pipe goes
		t.Errorf("message %d: %v", n, err)
	}
	_ = here.Close()
	o.flush()
}

func TestALongMessageOfTheEditorIsLeftOut(t *testing.T) {
	s := start(t, "", nil)
	for size, leftOut := range map[int]bool{defaultFrameBytes: false, defaultFrameBytes + 1: true} {
		e := attach(t, options(s.address))
		e.initialize()
		const begin, end = `{"jsonrpc":"2.0","method":"$/x","params":["`, `"]}`
		e.send(begin + strings.Repeat("x", size-len(begin)-len(end)) + end)
		e.send(openA)
		e.send(askA)
		s.serve("é = ")
		m := e.next()
		if got := strings.Contains(string(m.Params), "a message is left out: "); got != leftOut {
			t.Errorf("%d bytes: %s", size, m.Params)
		}
		if leftOut {
			m = e.next()
		}
		if m.Result == nil { // the session goes on
			t.Errorf("%d bytes: no list: %+v", size, m)
		}
	}
}

// stuck is a connection that takes nothing.
type stuck struct{}

func (stuck) Write(ctx context.Context, _ []byte) error {
	<-ctx.Done()
	return ctx.Err()
}
func (stuck) Read(ctx context.Context) ([]byte, error) { <-ctx.Done(); return nil, ctx.Err() }
func (stuck) Close() error                             { return nil }

func TestAServerThatTakesNothingHoldsNobodyForLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		l := &link{bridge: &bridge{ctx: t.Context(), log: zap.NewNop()}, conn: stuck{}}
		l.send([]byte("{}"))
		if after := time.Since(start); after != writeTimeout {
			t.Errorf("it held for %v, want %v", after, writeTimeout)
		}
	})
}

func TestWhatWaitsWhenASessionEndsIsSaidForAWhile(t *testing.T) {
	for after, said := range map[time.Duration]bool{flushTime - 1: true, flushTime + 1: false} {
		synctest.Test(t, func(t *testing.T) {
			here, there := net.Pipe()
			o := newOutlet(wire.NewWriter(there))
			if err := o.put([]byte("{}")); err != nil {
				t.Fatal(err)
			}
			go func() {
				time.Sleep(after) // of the bubble
				_, _ = io.Copy(io.Discard, here)
			}()
			start := time.Now()
			o.flush()
			ended := false
			select {
			case <-o.done:
				ended = true
			default:
			}
			if held := time.Since(start); ended != said || held != min(after, flushTime) {
				t.Errorf("read after %v: it held for %v, all said: %v", after, held, ended)
			}
			<-o.done
			_ = there.Close()
		})
	}
}
