package main

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"

	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"inkling/serving/logs"
	"inkling/serving/memory"
	"inkling/serving/systemd"
)

// Times of the HTTP server. Streams live longer, and have times of their own.
const (
	readHeaderTimeout = 10 * time.Second
	idleTimeout       = 2 * time.Minute
	maxHeaderBytes    = 64 << 10
)

type serveCommand struct {
	serverConfig `embed:""`

	lines *logs.Counts // of the log; nil before there is one
}

// Run serves until it is interrupted.
func (s *serveCommand) Run(p *program) error {
	spareMemory()
	log, err := s.newLogger()
	if err != nil {
		return err
	}
	defer func() { _ = log.Sync() }() // standard error cannot be synced on some systems
	signals := watchInterrupts()
	defer signals.Close()
	where, err := s.listen()
	if err != nil {
		return err
	}
	return s.serveUntil(signals.first, signals.second, p, where, log)
}

// serve runs the server until ctx ends, and then until what runs has ended too.
func (s *serveCommand) serve(ctx context.Context, p *program, listener net.Listener, log *zap.Logger) error {
	return s.serveUntil(ctx, context.Background(), p, place{early: listener}, log)
}

// serveUntil is serve with a context whose end breaks off what runs.
func (s *serveCommand) serveUntil(ctx, hurry context.Context, p *program, where place, log *zap.Logger) error {
	if err := s.preflight(ctx, p, memory.Find()); err != nil {
		return errors.Join(err, where.close())
	}
	secure, err := p.openTLS(s.servingConfig, log)
	if err != nil {
		return errors.Join(err, where.close())
	}
	debug, err := s.listenDebug()
	if err != nil {
		return errors.Join(err, where.close())
	}
	app, err := newApplication(p, s.serverConfig, secure, s.lines, log)
	if err != nil {
		return errors.Join(err, where.close())
	}
	server := &http.Server{
		Handler: endUnclear(app.handler), DisableGeneralOptionsHandler: true, // it would answer before that handler
		ReadHeaderTimeout: readHeaderTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeaderBytes,
		ErrorLog: zap.NewStdLog(log), TLSConfig: secure.config,
	}
	group, ctx := errgroup.WithContext(ctx)
	serveDebug(ctx, group, debug, log)
	group.Go(func() error {
		if !s.awaitModel(ctx, app) {
			return where.close()
		}
		listener, err := where.open()
		if err != nil {
			return err
		}
		log.Info("listening", zap.String("address", secure.scheme()+"://"+listener.Addr().String()))
		return accept(server, listener)
	})
	group.Go(func() error {
		err := app.load(ctx, p, s.modelConfig)
		if err == nil {
			tellSystemd(systemd.Ready, log)
		}
		return err
	})
	group.Go(func() error { return app.warm(ctx) })
	group.Go(func() error { return app.endRevoked(ctx) })
	group.Go(func() error {
		<-ctx.Done()
		return s.drain(hurry, app, server, log)
	})
	return errors.Join(group.Wait(), app.close())
}

// endUnclear lets no request follow, on its connection, one that a proxy before us may have cut elsewhere: RFC 9112 (6.1, 6.3) has the
// connection end after a request of both a length and a coding, and after one of HTTP/1.0 with a coding. net/http keeps it, and drops the
// field that tells, so every chunked request and every one of HTTP/1.0 is the last.
func endUnclear(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.TransferEncoding) > 0 || !r.ProtoAtLeast(1, 1) {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}

// accept serves until the server is shut down.
func accept(server *http.Server, listener net.Listener) (err error) {
	if server.TLSConfig != nil {
		err = server.ServeTLS(listener, "", "") // certificates are the configuration's
	} else {
		err = server.Serve(listener)
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}
