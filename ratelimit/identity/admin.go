package identity

import (
	"errors"
	"net/http"
	"strings"
)

// RequireAdmin lets only administrators' keys through to next: as a bearer token, or as X-API-Key.
func (i *Identity) RequireAdmin(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, err := i.Admin(r.Context(), tokenOf(r))
		if err == nil {
			next.ServeHTTP(w, r)
			return
		}
		status, code := http.StatusServiceUnavailable, "unavailable"
		switch {
		case errors.Is(err, ErrUnauthorized):
			status, code = http.StatusUnauthorized, "unauthorized"
			w.Header().Set("WWW-Authenticate", `Bearer realm="inkling"`)
		case errors.Is(err, ErrForbidden):
			status, code = http.StatusForbidden, "forbidden"
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		write(w, map[string]any{"status": "error", "error": map[string]any{"code": code, "message": "an administrator's key is needed"}})
	})
}

// tokenOf returns the token of a request, "" where there is none.
func tokenOf(r *http.Request) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if token = strings.TrimSpace(token); strings.EqualFold(scheme, "Bearer") && token != "" {
		return token
	}
	return strings.TrimSpace(r.Header.Get("X-API-Key"))
}
