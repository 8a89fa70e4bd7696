package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"syscall"

	"inkling/serving/systemd"
)

// place is where the server listens: a socket that is open already, or an address that is opened once the model is
// there. A server that is not there yet is refused by the kernel, and so a proxy asks the next one, for requests too
// that it would not send twice.
type place struct {
	early   net.Listener // nil: later
	address string
}

// listen opens the server's address, or takes over the socket that systemd opened.
func (s *serveCommand) listen() (place, error) {
	listener, err := systemd.Listener()
	if err != nil {
		return place{}, fmt.Errorf("LISTEN_FDS: %w", err)
	}
	if listener != nil {
		tcp := listener.Addr().(*net.TCPAddr) // which the package sees to
		s.Host, s.Port = tcp.IP.String(), tcp.Port
		if err := s.hostError(); err != nil {
			return place{}, errors.Join(err, listener.Close())
		}
		return place{early: listener}, nil
	}
	p := place{address: s.address()}
	if listener, err = p.open(); err != nil {
		return place{}, err
	}
	if s.ListenWhenReady {
		return p, listener.Close() // it could be opened, which is better known at once
	}
	return place{early: listener}, nil
}

// open returns the socket, or opens it.
func (p place) open() (net.Listener, error) {
	if p.early != nil {
		return p.early, nil
	}
	listener, err := net.Listen("tcp", p.address)
	if err != nil {
		return nil, fmt.Errorf("PORT, HOST: listening on %s: %w", p.address, portError(err))
	}
	return listener, nil
}

// close closes a socket that is open already, where nobody serves it.
func (p place) close() error {
	if p.early == nil {
		return nil
	}
	return p.early.Close()
}

// portError says in plain words what is wrong with a port.
func portError(err error) error {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return errors.New("another program uses this port: stop it, or set PORT")
	case errors.Is(err, syscall.EACCES):
		return errors.New("this port needs more rights: set PORT to 1024 or above")
	}
	return err
}

// awaitModel waits, where the configuration says so, until the model is there; it reports false where ctx ended first.
func (s *serveCommand) awaitModel(ctx context.Context, app *application) bool {
	if !s.ListenWhenReady {
		return true
	}
	select {
	case <-app.loaded:
		return true
	case <-ctx.Done():
		return false
	}
}
