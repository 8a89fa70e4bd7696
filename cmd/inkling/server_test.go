package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"

	"inkling/stream/pipetest"
)

// inBubble serves an empty answer to everybody who dials, in a bubble, with the server's own limits.
func inBubble(t *testing.T, play func(t *testing.T, dial func() net.Conn)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		server := newServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}), nil, zap.NewNop())
		listener := pipetest.New()
		served := make(chan error, 1)
		go func() { served <- accept(server, listener) }()
		play(t, func() net.Conn {
			conn, err := listener.Dial(t.Context(), "", "")
			if err != nil {
				t.Fatal(err)
			}
			return conn
		})
		time.Sleep(time.Second) // of the bubble: net/http ends a connection that it refused after half of it
		if err := errors.Join(server.Close(), <-served); err != nil {
			t.Error(err)
		}
	})
}

// lasts reads until the connection ends and returns what was read, and after how long.
func lasts(t *testing.T, conn net.Conn) (string, time.Duration) {
	t.Helper()
	start := time.Now()
	said, err := io.ReadAll(conn)
	if err != nil {
		t.Error(err)
	}
	return string(said), time.Since(start)
}

// Headers that come byte by byte end their connection when their time is over, however many come.
func TestSlowHeadersEndTheirConnection(t *testing.T) {
	inBubble(t, func(t *testing.T, dial func() net.Conn) {
		conn := dial()
		done := make(chan struct{})
		go func() { // ends with the connection
			defer close(done)
			_, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: a\r\n")
			for err == nil {
				time.Sleep(time.Second) // of the bubble
				_, err = io.WriteString(conn, "A: b\r\n")
			}
		}()
		if said, after := lasts(t, conn); after != readHeaderTimeout || said != "" {
			t.Errorf("it ended after %v with %q, want %v", after, said, readHeaderTimeout)
		}
		<-done
	})
}

func TestAnIdleConnectionEnds(t *testing.T) {
	inBubble(t, func(t *testing.T, dial func() net.Conn) {
		conn := dial()
		if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		if said, after := lasts(t, conn); after != idleTimeout || !strings.HasPrefix(said, "HTTP/1.1 200 ") {
			t.Errorf("it ended after %v with %q, want %v", after, said, idleTimeout)
		}
	})
}

// net/http reads up to 4 KiB more than it is told before it refuses.
func TestLongHeadersAreRefused(t *testing.T) {
	inBubble(t, func(t *testing.T, dial func() net.Conn) {
		for size, want := range map[int]int{maxHeaderBytes: http.StatusOK, maxHeaderBytes + 4<<10 + 1: http.StatusRequestHeaderFieldsTooLarge} {
			conn := dial()
			request := "GET / HTTP/1.1\r\nHost: a\r\nA: "
			request = fmt.Sprintf("%s%s\r\n\r\n", request, strings.Repeat("a", size-len(request)-4))
			go func() { _, _ = io.WriteString(conn, request) }() // a refusal comes before all is read
			response, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil || response.StatusCode != want {
				t.Fatalf("%d bytes: %v, %v, want %d", size, response, err, want)
			}
			_ = response.Body.Close()
			_ = conn.Close() // what is still written ends too
		}
	})
}
