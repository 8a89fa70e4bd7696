package main

import (
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"time"

	"go.uber.org/zap"
)

// Limits of the HTTP server. Streams live longer, and have times of their own.
const (
	readHeaderTimeout = 10 * time.Second
	idleTimeout       = 2 * time.Minute
	maxHeaderBytes    = 64 << 10
)

// newServer returns the HTTP server; config is nil without TLS.
func newServer(handler http.Handler, config *tls.Config, log *zap.Logger) *http.Server {
	return &http.Server{
		Handler: endUnclear(handler), DisableGeneralOptionsHandler: true, // it would answer before that handler
		ReadHeaderTimeout: readHeaderTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeaderBytes,
		ErrorLog: zap.NewStdLog(log), TLSConfig: config,
	}
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
