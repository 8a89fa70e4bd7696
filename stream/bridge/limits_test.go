package bridge

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
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

func TestALongMessageOfTheEditorIsRefused(t *testing.T) {
	for size, refused := range map[int]bool{defaultFrameBytes: false, defaultFrameBytes + 1: true} {
		e := attach(t, Options{URL: "ws://127.0.0.1:1"})
		if _, err := fmt.Fprintf(e.conn, "Content-Length: %d\r\n\r\n", size); err != nil {
			t.Fatal(err)
		}
		go func() { _, _ = io.Copy(io.Discard, e.conn) }() // remarks for the log
		if _, err := e.conn.Write([]byte("{")); (err != nil) != refused {
			t.Errorf("%d bytes: the first of them: %v", size, err)
		}
		_ = e.conn.Close() // in the middle of it
		if err := <-e.done; errors.Is(err, wire.ErrFrameTooBig) != refused {
			t.Errorf("%d bytes: %v", size, err)
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
