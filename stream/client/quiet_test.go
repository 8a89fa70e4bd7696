package client

import (
	"bufio"
	"context"
	"crypto/sha1" //nolint:gosec // the handshake's
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// silent takes a WebSocket at one end of a pipe, sends what it is given, and then nothing. It runs until the other end is closed.
func silent(conn net.Conn, frames []byte) error {
	request, err := http.ReadRequest(bufio.NewReader(conn))
	if err != nil {
		return err
	}
	sum := sha1.Sum([]byte(request.Header.Get("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")) //nolint:gosec // likewise
	_, err = fmt.Fprintf(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n"+
		"Sec-WebSocket-Protocol: %s\r\n\r\n%s", base64.StdEncoding.EncodeToString(sum[:]), subprotocol, frames)
	if err == nil {
		_, err = io.Copy(io.Discard, conn)
	}
	return err
}

func TestAServerThatPingedAndIsSilentIsGivenUp(t *testing.T) {
	ping := []byte{0x89, 0}
	for _, c := range []struct {
		name   string
		frames []byte
		after  time.Duration
	}{{"after a ping", ping, 50 * time.Second}, {"without one", nil, 10 * time.Minute}} {
		synctest.Test(t, func(t *testing.T) {
			here, there := net.Pipe()
			ended := make(chan error, 1)
			go func() { ended <- silent(there, c.frames) }()
			transport := &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) { return here, nil }}
			conn, err := DialConn(t.Context(), "ws://inkling.test", DialOptions{HTTPClient: &http.Client{Transport: transport}})
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
			defer cancel()
			start := time.Now()
			if _, err := conn.Read(ctx); err == nil || time.Since(start) != c.after {
				t.Errorf("%s: %v after %v, want it after %v", c.name, err, time.Since(start), c.after)
			}
			_ = there.Close()
			<-ended
			_ = conn.Close() // it is over
		})
	}
}

func TestAnErrorDoesNotSayTheAddressesPassword(t *testing.T) {
	door := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) }))
	host := strings.TrimPrefix(door.URL, "http://")
	for range 2 {
		_, err := DialConn(t.Context(), "ws://me:hunter2@"+host+"/", DialOptions{})
		if err == nil || strings.Contains(err.Error(), "hunter2") || !strings.Contains(err.Error(), host) {
			t.Errorf("said: %v", err)
		}
		door.Close() // refused, then nobody there
	}
}
