// Package pipetest is a listener of connections in memory, for tests of servers: in a bubble of testing/synctest time stands
// still while they are idle, which it does not for connections of the system.
package pipetest

import (
	"context"
	"net"
)

// Listener accepts what Dial opens. It is closed once.
type Listener struct {
	conns  chan net.Conn
	closed chan struct{}
}

// New returns a listener, made in the bubble that uses it.
func New() *Listener { return &Listener{make(chan net.Conn), make(chan struct{})} }

// Accept implements net.Listener.
func (l *Listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (l *Listener) Close() error { close(l.closed); return nil }

// Addr implements net.Listener.
func (l *Listener) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8000} }

// Dial opens a connection, whatever the address; it is an http.Transport's DialContext. Its error is that of ctx, or
// net.ErrClosed.
func (l *Listener) Dial(ctx context.Context, _, _ string) (net.Conn, error) {
	here, there := net.Pipe()
	select {
	case l.conns <- there:
		return here, nil
	case <-l.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
