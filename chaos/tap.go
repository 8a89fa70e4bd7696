package chaos

import (
	"context"
	"net"
	"net/http"
	"sync"
	"time"
)

// Tap is a client's end of a TCP connection, which can be made to misbehave.
type Tap struct {
	*net.TCPConn

	mu    sync.Mutex    // guards the fields below
	stall chan struct{} // not nil: nothing is read until it is closed
	chunk int           // bytes of one write; 0: all at once
	pause time.Duration // after each chunk
	gone  chan struct{} // closed by Close
	once  sync.Once
}

// dialTap connects. A small receive buffer lets a reader that stalls be felt at the other end soon.
func dialTap(ctx context.Context, address string) (*Tap, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	return &Tap{TCPConn: conn.(*net.TCPConn), gone: make(chan struct{})}, nil
}

// client returns an HTTP client whose one connection is a tap, and where to find it.
func tapped() (*http.Client, func() *Tap) {
	var mu sync.Mutex
	var last *Tap
	transport := &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, address string) (net.Conn, error) {
		tap, err := dialTap(ctx, address)
		if err != nil {
			return nil, err
		}
		mu.Lock()
		defer mu.Unlock()
		last = tap
		return tap, nil
	}}
	return &http.Client{Transport: transport}, func() *Tap {
		mu.Lock()
		defer mu.Unlock()
		return last
	}
}

// Read waits while the tap is stalled.
func (t *Tap) Read(p []byte) (int, error) {
	t.mu.Lock()
	stall := t.stall
	t.mu.Unlock()
	if stall != nil {
		select {
		case <-stall:
		case <-t.gone:
			return 0, net.ErrClosed
		}
	}
	return t.TCPConn.Read(p)
}

// Write drips where the tap was told to.
func (t *Tap) Write(p []byte) (int, error) {
	t.mu.Lock()
	chunk, pause := t.chunk, t.pause
	t.mu.Unlock()
	if chunk == 0 {
		return t.TCPConn.Write(p)
	}
	written := 0
	for written < len(p) {
		n, err := t.TCPConn.Write(p[written:min(written+chunk, len(p))])
		written += n
		if err != nil {
			return written, err
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-t.gone:
			timer.Stop()
			return written, net.ErrClosed
		}
	}
	return written, nil
}

// Close ends the connection in good order.
func (t *Tap) Close() error {
	t.once.Do(func() { close(t.gone) })
	return t.TCPConn.Close()
}

// Stall stops reading, as an editor that hangs does. Flow lets it go on.
func (t *Tap) Stall() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.stall == nil {
		t.stall = make(chan struct{})
	}
}

// Flow ends Stall.
func (t *Tap) Flow() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.stall != nil {
		close(t.stall)
		t.stall = nil
	}
}

// Drip writes a few bytes at a time from now on.
func (t *Tap) Drip(chunk int, pause time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.chunk, t.pause = chunk, pause
}

// Break ends the connection with a reset, without a word.
func (t *Tap) Break() {
	_ = t.SetLinger(0) // what is left to send is thrown away, and the other end gets a reset
	_ = t.Close()      // that it is broken is what is wanted
}
