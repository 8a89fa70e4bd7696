package rest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// headerRequestID carries a request's id in both directions.
const headerRequestID = "X-Request-Id"

// maxRequestID is the longest id that is taken over from a client, in bytes.
const maxRequestID = 64

type requestIDKey struct{}

// requestID returns the id of the request that ctx belongs to.
func requestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}

// withRequestID takes over a client's id where it is short and plain, and draws one otherwise.
func withRequestID(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get(headerRequestID)
		if !plainID(id) {
			id = newID()
		}
		w.Header().Set(headerRequestID, id)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), requestIDKey{}, id)))
	})
}

// harden sets what keeps a browser from taking an answer for something else than it is. Pages set more of their own.
func harden(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		next.ServeHTTP(w, r)
	})
}

// plainID reports whether an id can stand in a log line as it is.
func plainID(id string) bool {
	return id != "" && len(id) <= maxRequestID && !strings.ContainsFunc(id, func(c rune) bool {
		return !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.')
	})
}

// newID returns 96 random bits.
func newID() string {
	var b [12]byte
	_, _ = rand.Read(b[:]) // never fails: it ends the program instead
	return hex.EncodeToString(b[:])
}

// observe recovers from panics, and counts and logs each request once it is over, without its body.
func (s *server) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		ww := middleware.NewWrapResponseWriter(w, r.ProtoMajor)
		defer func() {
			if v := recover(); v != nil {
				s.recovered(ww, r, v)
			}
			s.account(ww, r, time.Since(start))
		}()
		next.ServeHTTP(ww, r)
	})
}

// recovered answers a request whose handler panicked. The stack goes to the log alone.
func (s *server) recovered(w middleware.WrapResponseWriter, r *http.Request, v any) {
	if v == http.ErrAbortHandler {
		panic(v) // net/http's own way to end a connection
	}
	s.log.Error("panic", zap.String("requestId", requestID(r.Context())), zap.String("path", r.URL.Path),
		zap.String("panic", fmt.Sprintf("%T", v)), zap.ByteString("stack", debug.Stack()))
	if w.Status() == 0 {
		s.refuse(w, r, shapeOf(r.URL.Path), failureOf(fmt.Errorf("panic")))
	}
}

// account counts and logs one request.
func (s *server) account(w middleware.WrapResponseWriter, r *http.Request, took time.Duration) {
	status := w.Status()
	switch {
	case status == 0 && r.Context().Err() != nil:
		status = statusClientGone
	case status == 0:
		status = http.StatusOK
	}
	route := "other"
	if rctx := chi.RouteContext(r.Context()); rctx != nil && rctx.RoutePattern() != "" {
		route = rctx.RoutePattern()
	}
	s.metrics.HTTP(route, r.Method, status, took)
	level := s.cfg.AccessLevel
	if strings.HasPrefix(route, "/health") || route == "/metrics" {
		level = zapcore.DebugLevel // supervisors ask every few seconds
	}
	s.access.Log(level, "request", zap.String("requestId", requestID(r.Context())), zap.String("method", r.Method),
		zap.String("route", route), zap.Int("status", status), zap.Int("bytes", w.BytesWritten()),
		zap.Float64("ms", float64(took.Microseconds())/1000))
}

// refuse answers with a failure in a door's shape. Internal errors are logged whole by whoever met them.
func (s *server) refuse(w http.ResponseWriter, r *http.Request, as shape, f *failure) {
	f.writeHeaders(w.Header())
	as(w, r, f)
}

// refuseError is refuse for an error that is still to be looked up.
func (s *server) refuseError(w http.ResponseWriter, r *http.Request, as shape, err error) {
	f := failureOf(err)
	if f.Status == http.StatusInternalServerError || f.Code == "runtime" {
		s.log.Error("request failed", zap.String("requestId", requestID(r.Context())), zap.Error(err))
	}
	s.refuse(w, r, as, f)
}
