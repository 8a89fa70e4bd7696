package rest

import (
	"net/http"

	"inkling/ratelimit"
)

// checkHost refuses requests whose Host is neither loopback's, nor an address, nor in the list. A page of a foreign
// site that rebinds its name to 127.0.0.1 still sends its own name as Host, and so reads nothing here. Addresses are
// let through: a name is what rebinding needs.
func (s *server) checkHost(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !ratelimit.HostAllowed(r.Host, s.cfg.AllowedHosts) {
			s.refuse(w, r, shapeOf(r.URL.Path), fail(http.StatusForbidden, "host",
				"the host name %q is not one of this server's; add it to the allowed hosts", clip(r.Host)))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// clip shortens what a client sent before it is sent back.
func clip(s string) string {
	const most = 64 // long enough for any name that a person chose
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "..."
	}
	return s
}
