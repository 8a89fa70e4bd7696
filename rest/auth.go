package rest

import (
	"context"
	"net/http"
	"strings"

	"inkling/infer"
	"inkling/rest/metrics"
)

type callerKey struct{}

// authenticate lets a request through with its caller in the context, or answers in the door's shape. While keys are
// off, Authorization is not looked at: several clients send one that is empty or made up.
func (s *server) authenticate(as shape) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			caller := infer.Caller{}
			if s.cfg.Auth != nil {
				c, err := s.cfg.Auth.Authenticate(r.Context(), keyOf(r))
				if err != nil {
					s.refuseError(w, r, as, err)
					return
				}
				caller = c
			}
			caller.Door = infer.DoorREST
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), callerKey{}, caller)))
		})
	}
}

// CallerFrom returns who a request is from, for handlers that are mounted behind this package's authentication: tickets and
// administration. It is the local user while keys are off.
func CallerFrom(ctx context.Context) infer.Caller {
	caller, _ := ctx.Value(callerKey{}).(infer.Caller)
	return caller
}

// keyOf returns the key of a request: a bearer token, else X-API-Key, else "".
func keyOf(r *http.Request) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if token = strings.TrimSpace(token); strings.EqualFold(scheme, "Bearer") && token != "" {
		return token
	}
	return strings.TrimSpace(r.Header.Get("X-API-Key"))
}

// callerOf returns who asks. userID is what the request says of itself, believed only while keys are off.
func (s *server) callerOf(ctx context.Context, userID string) infer.Caller {
	caller := CallerFrom(ctx)
	if s.cfg.Auth == nil && userID != "" {
		caller.User = userID
	}
	return caller
}

// through names a compatible door for the metrics.
func through(name string) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(w, r.WithContext(metrics.Through(r.Context(), name)))
		})
	}
}
