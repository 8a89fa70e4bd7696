package rest

import (
	"net"
	"net/http"
	"slices"
	"strings"
)

// checkHost refuses requests whose Host is neither loopback's, nor an address, nor in the list. A page of a foreign
// site that rebinds its name to 127.0.0.1 still sends its own name as Host, and so reads nothing here. Addresses are
// let through: a name is what rebinding needs.
func (s *server) checkHost(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !hostAllowed(r.Host, s.cfg.AllowedHosts) {
			s.refuse(w, r, shapeOf(r.URL.Path), fail(http.StatusForbidden, "host",
				"the host name %q is not one of this server's; add it to the allowed hosts", clip(r.Host)))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// hostAllowed reports whether a Host header's value may be served. An absent one (HTTP/1.0) may.
func hostAllowed(host string, allowed []string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	name = strings.ToLower(strings.TrimSuffix(strings.Trim(name, "[]"), "."))
	switch {
	case name == "" || name == "localhost" || strings.HasSuffix(name, ".localhost"):
		return true
	case net.ParseIP(name) != nil:
		return true
	}
	return slices.ContainsFunc(allowed, func(a string) bool { return a == "*" || strings.EqualFold(a, name) })
}

// clip shortens what a client sent before it is sent back.
func clip(s string) string {
	const most = 64 // long enough for any name that a person chose
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "..."
	}
	return s
}
