package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/pprof"
	"strconv"

	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"
)

// profiles are the paths of Go's profiler. They are served to this machine alone, and never beside the API: a profile
// tells what the program does and costs time.
func profiles() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	return mux
}

// listenDebug opens the profiler's port on loopback: that of DEBUG_PORT, or with DEBUG alone a free one; nil where neither
// is set.
func (s *serveCommand) listenDebug() (net.Listener, error) {
	if s.DebugPort == 0 && !s.Debug {
		return nil, nil
	}
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(s.DebugPort)))
	if err != nil {
		return nil, fmt.Errorf("DEBUG_PORT: %w", err)
	}
	return listener, nil
}

// serveDebug serves profiles until ctx ends, and breaks off what then runs.
func serveDebug(ctx context.Context, group *errgroup.Group, listener net.Listener, log *zap.Logger) {
	if listener == nil {
		return
	}
	server := &http.Server{Handler: profiles(), ReadHeaderTimeout: readHeaderTimeout}
	log.Info("profiling", zap.String("address", "http://"+listener.Addr().String()+"/debug/pprof/"))
	group.Go(func() error { return accept(server, listener) })
	group.Go(func() error {
		<-ctx.Done()
		if err := server.Close(); !errors.Is(err, net.ErrClosed) {
			return err
		}
		return nil
	})
}
