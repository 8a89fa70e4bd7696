package chaos

import (
	"fmt"
	"io"
	"net"
	"time"
)

var (
	_ = register(Scenario{Name: "slow-writers", Short: true, Run: slowWriters,
		About: "6 clients whose bytes drip one to five at a time: their edits arrive whole, and others do not wait"})
	_ = register(Scenario{Name: "slow-network", Run: slowNetwork,
		About: "delays of up to 80 ms with jitter and 20 kB/s: answers that edits made old never come after what the edits bring about"})
	_ = register(Scenario{Name: "slow-loris", Run: slowLoris,
		About: "200 connections that never finish their first request: all are closed, and meanwhile typists are served"})
	_ = register(Scenario{Name: "half-frames", Short: true, Run: halfFrames,
		About: "60 clients end in the middle of a TCP handshake, an HTTP header, a WebSocket header or a message"})
)

func slowWriters(t *T) error {
	s, err := t.Based()
	if err != nil {
		return err
	}
	slow, err := t.Seat(s, 6, SitOptions{})
	if err != nil {
		return err
	}
	fast, err := t.Seat(s, 2, SitOptions{})
	if err != nil {
		return err
	}
	for _, p := range slow {
		p.Tap.Drip(1+t.Rand.IntN(5), time.Duration(100+t.Rand.IntN(900))*time.Microsecond)
	}
	sum, err := t.Type(append(slow, fast...), 6, 20*time.Millisecond)
	if err != nil {
		return err
	}
	t.Note("%v", sum)
	return t.Finish(s, append(slow, fast...)...)
}

func slowNetwork(t *T) error {
	s, err := t.Based()
	if err != nil {
		return err
	}
	proxy, err := t.Proxy(s.Addr)
	if err != nil {
		return err
	}
	for _, direction := range []string{toServer, toClient} {
		latency := map[string]int{"latency": 5 + t.Rand.IntN(40), "jitter": 40}
		if err := proxy.Add("latency", direction, latency); err != nil {
			return err
		}
		if err := proxy.Add("bandwidth", direction, map[string]int{"rate": 20}); err != nil {
			return err
		}
	}
	all, err := t.Seat(s, 6, SitOptions{URL: proxy.URL()})
	if err != nil {
		return err
	}
	sum, err := t.Type(all, 25, 60*time.Millisecond)
	if err != nil {
		return err
	}
	t.Note("%v", sum)
	return t.Finish(s, all...)
}

func slowLoris(t *T) error {
	s, err := t.Based()
	if err != nil {
		return err
	}
	started := time.Now()
	ended := make(chan error, 200)
	for i := range cap(ended) {
		conn, err := net.Dial("tcp", s.Addr)
		if err != nil {
			return err
		}
		t.Cleanup(func() { _ = conn.Close() }) // closed by the server
		head := "GET /api/v1/stream HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
		if _, err := io.WriteString(conn, head[:i%len(head)]); err != nil {
			return err
		}
		go func() {
			_ = conn.SetReadDeadline(time.Now().Add(patience)) // a connection that is open
			_, err := io.Copy(io.Discard, conn)
			ended <- err
		}()
	}
	all, err := t.Seat(s, 3, SitOptions{})
	if err != nil {
		return err
	}
	sum, err := t.Type(all, 10, 20*time.Millisecond)
	if err != nil {
		return err
	}
	for range cap(ended) {
		if err := <-ended; err != nil && isTimeout(err) {
			return fmt.Errorf("a connection without a request still stands after %v", time.Since(started))
		}
	}
	t.Note("all 200 were closed within %.1f s, meanwhile %v", time.Since(started).Seconds(), sum)
	return t.Finish(s, all...)
}

func isTimeout(err error) bool {
	timeout, ok := err.(net.Error)
	return ok && timeout.Timeout()
}

// upgrade is a complete request for a session.
const upgrade = "GET /api/v1/stream HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
	"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"

func halfFrames(t *T) error {
	s, err := t.Based()
	if err != nil {
		return err
	}
	const initialize = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"capabilities":{}}}`
	whole := upgrade + "\x81" + string([]byte{0x80 | byte(len(initialize)), 0, 0, 0, 0}) + initialize
	for i := range 60 {
		tap, err := dialTap(t.Ctx, s.Addr)
		if err != nil {
			return err
		}
		cut := t.Rand.IntN(len(whole))
		switch i % 4 {
		case 0:
			cut = 0
		case 1: // in the first frame
			cut = len(upgrade) + t.Rand.IntN(len(whole)-len(upgrade))
		}
		if _, err := io.WriteString(tap, whole[:cut]); err != nil {
			return err
		}
		if i%2 == 0 {
			tap.Break()
		} else if err := tap.Close(); err != nil {
			return err
		}
	}
	all, err := t.Seat(s, 2, SitOptions{})
	if err != nil {
		return err
	}
	if _, err := t.Type(all, 5, 0); err != nil {
		return err
	}
	return t.Finish(s, all...)
}
