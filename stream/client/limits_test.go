package client_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"

	"inkling/stream/client"
)

func TestAMessageOfTheServerHasALimit(t *testing.T) {
	for size, taken := range map[int]bool{16 << 20: true, 16<<20 + 1: false} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			conn, err := websocket.Accept(w, r, nil)
			if err != nil {
				t.Error(err)
				return
			}
			_ = conn.Write(r.Context(), websocket.MessageText, []byte(strings.Repeat("x", size))) // the client may be gone
			_, _, _ = conn.Read(r.Context())
			_ = conn.CloseNow()
		}))
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		conn, err := client.DialConn(ctx, server.URL, client.DialOptions{})
		if err != nil {
			t.Fatal(err)
		}
		message, err := conn.Read(ctx)
		if taken && (err != nil || len(message) != size) || !taken && !errors.Is(err, websocket.ErrMessageTooBig) {
			t.Errorf("%d bytes: %d are read, %v", size, len(message), err)
		}
		_ = conn.Close()
		cancel()
		server.Close()
	}
}

// stuck is a connection that takes a message after a while.
type stuck struct{ takes time.Duration }

func (s stuck) Write(ctx context.Context, _ []byte) error {
	select {
	case <-time.After(s.takes):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
func (stuck) Read(ctx context.Context) ([]byte, error) { <-ctx.Done(); return nil, ctx.Err() }
func (stuck) Close() error                             { return nil }

func TestAServerThatTakesNothingIsGivenUp(t *testing.T) {
	for takes, taken := range map[time.Duration]bool{10*time.Second - 1: true, 10*time.Second + 1: false} {
		synctest.Test(t, func(t *testing.T) {
			c := client.New(stuck{takes}, client.Options{})
			started := time.Now()
			err := c.Notify(t.Context(), "x", nil)
			if took := time.Since(started); took != min(takes, 10*time.Second) || (err == nil) != taken || err != nil && !errors.Is(err, client.ErrClosed) {
				t.Errorf("a message that takes %v: %v after %v", takes, err, took)
			}
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}
