package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"
)

// Times of the HTTP server. Streams live longer, and have times of their own.
const (
	readHeaderTimeout = 10 * time.Second
	idleTimeout       = 2 * time.Minute
	drainTimeout      = 20 * time.Second
	maxHeaderBytes    = 64 << 10
)

type serveCommand struct {
	serverConfig `embed:""`
}

// Run serves until it is interrupted.
func (s *serveCommand) Run(p *program) error {
	log, err := newLogger(s.Debug)
	if err != nil {
		return err
	}
	defer func() { _ = log.Sync() }() // standard error cannot be synced on some systems
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	listener, err := net.Listen("tcp", s.address())
	if err != nil {
		return fmt.Errorf("listening on %s: %w", s.address(), portError(err))
	}
	return s.serve(ctx, p, listener, log)
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

// serve runs the server until ctx ends, and then until what runs has ended too.
func (s *serveCommand) serve(ctx context.Context, p *program, listener net.Listener, log *zap.Logger) (err error) {
	app, err := newApplication(p, s.serverConfig, log)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	server := &http.Server{
		Handler: app.handler, ReadHeaderTimeout: readHeaderTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeaderBytes,
		ErrorLog: zap.NewStdLog(log),
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	group.Go(func() error { return app.load(ctx, p, s.modelConfig) })
	group.Go(func() error { return app.warm(ctx) })
	group.Go(func() error { return app.endRevoked(ctx) })
	group.Go(func() error {
		<-ctx.Done()
		log.Info("stopping")
		drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
		defer cancel()
		return errors.Join(app.drain(drain), server.Shutdown(drain))
	})
	log.Info("listening", zap.String("address", "http://"+listener.Addr().String()))
	return errors.Join(group.Wait(), app.close())
}

// newLogger writes for people when debugging, and one JSON object a line otherwise.
func newLogger(debug bool) (*zap.Logger, error) {
	if debug {
		return zap.NewDevelopment()
	}
	c := zap.NewProductionConfig()
	c.EncoderConfig.EncodeTime = zapISO
	return c.Build()
}
