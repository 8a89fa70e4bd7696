package main

import (
	"context"
	"errors"
	"net"

	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"inkling/serving/logs"
	"inkling/serving/memory"
	"inkling/serving/systemd"
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
	server := newServer(app.handler, secure.config, log)
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
