package ratelimit

import (
	"net"
	"slices"
	"strings"
)

// HostAllowed reports whether a request with this Host header may be served: loopback's names, any address, an absent one
// (HTTP/1.0), and the names in allowed ("*" is every name). A page of a foreign site that rebinds its name to 127.0.0.1
// still sends its own name as Host, and so reads nothing here; addresses are let through, since a name is what rebinding
// needs.
func HostAllowed(host string, allowed []string) bool {
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
