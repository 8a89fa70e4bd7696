package ratelimit

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"inkling/infer"
)

// Defaults and limits of addresses.
const (
	defaultAddressRequests = 3000 // a minute: fifty a second, which is several fast typists behind one address
	defaultAddressWindow   = time.Minute
	maxForwarded           = 32 // addresses of a forwarded header that are looked at
	networkBits            = 64 // of an IPv6 address: what one customer is usually given
)

// AddressConfig is what [NewAddressLimit] needs. Its zero value lets 3000 requests a minute pass.
type AddressConfig struct {
	Requests int            // of one address in a window; 0 means 3000
	Window   time.Duration  // 0 means a minute
	Proxies  []netip.Prefix // proxies whose X-Forwarded-For is believed; empty: nobody's
	Loopback bool           // loopback addresses are limited too. They are not by default: it is the local user

	// Refuse answers who is refused; nil answers JSON. The headers are set already.
	Refuse func(w http.ResponseWriter, r *http.Request, why *infer.RetryError)
	Now    func() time.Time // nil means time.Now
}

// AddressLimit holds back addresses before anybody knows who they are, so that keys cannot be guessed and the rest of the
// server is not flooded. It counts on its own instance alone, in bounded memory.
type AddressLimit struct {
	cfg     AddressConfig
	rate    rate
	counts  *local
	refused atomic.Uint64
}

// NewAddressLimit checks the configuration. Errors wrap [ErrConfig].
func NewAddressLimit(c AddressConfig) (*AddressLimit, error) {
	c.Requests, c.Window = or(c.Requests, defaultAddressRequests), or(c.Window, defaultAddressWindow)
	if c.Requests < 1 || c.Requests > maxRequests {
		return nil, fmt.Errorf("%w: addresses: requests: %d is outside 1 to %d", ErrConfig, c.Requests, maxRequests)
	}
	if c.Window < time.Second || c.Window > maxWindow {
		return nil, fmt.Errorf("%w: addresses: window: %v is outside 1s to %v", ErrConfig, c.Window, maxWindow)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Refuse == nil {
		c.Refuse = refuseJSON
	}
	return &AddressLimit{cfg: c, rate: rate{c.Requests, c.Window}, counts: newLocal(c.Now)}, nil
}

// ParseProxies reads a comma-separated list of networks and addresses. Errors wrap [ErrConfig].
func ParseProxies(text string) ([]netip.Prefix, error) {
	var prefixes []netip.Prefix
	for _, part := range strings.Split(text, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		prefix, err := netip.ParsePrefix(part)
		if address, single := netip.ParseAddr(part); err != nil && single == nil {
			prefix, err = address.Prefix(address.BitLen())
		}
		if err != nil {
			return nil, fmt.Errorf("%w: proxies: %q is neither a network such as 10.0.0.0/8 nor an address", ErrConfig, part)
		}
		prefixes = append(prefixes, prefix.Masked())
	}
	return prefixes, nil
}

// Refused is how many requests were refused.
func (l *AddressLimit) Refused() uint64 { return l.refused.Load() }

// Middleware limits a handler.
func (l *AddressLimit) Middleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		address := l.Client(r)
		if address.IsLoopback() && !l.cfg.Loopback {
			next.ServeHTTP(w, r)
			return
		}
		d := l.counts.take(addressKey(address), l.rate, 1)
		if d.Allowed {
			next.ServeHTTP(w, r)
			return
		}
		l.refused.Add(1)
		why := &infer.RetryError{Err: infer.ErrQuota, After: d.After, Limit: d.Limit, Reset: d.Reset}
		h := w.Header()
		h.Set("Retry-After", wholeSeconds(d.After))
		h.Set("RateLimit-Limit", strconv.Itoa(d.Limit))
		h.Set("RateLimit-Remaining", "0")
		h.Set("RateLimit-Reset", wholeSeconds(d.Reset))
		l.cfg.Refuse(w, r, why)
	})
}

// Client returns the address that a request comes from: that of the connection, or, where a configured proxy made it, the
// last of X-Forwarded-For that is no such proxy. It is invalid where the connection has none, such as on a Unix socket.
func (l *AddressLimit) Client(r *http.Request) netip.Addr {
	port, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	address := port.Addr().Unmap()
	if !l.trusted(address) {
		return address
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && i >= len(hops)-maxForwarded; i-- {
		hop, err := parseHop(hops[i])
		if err != nil {
			return address // what stands further left came through something that is not understood
		}
		if address = hop; !l.trusted(address) {
			return address
		}
	}
	return address
}

// parseHop reads an address, with or without a port.
func parseHop(text string) (netip.Addr, error) {
	text = strings.TrimSpace(text)
	if port, err := netip.ParseAddrPort(text); err == nil {
		return port.Addr().Unmap(), nil
	}
	address, err := netip.ParseAddr(strings.Trim(text, "[]"))
	return address.Unmap().WithZone(""), err
}

func (l *AddressLimit) trusted(address netip.Addr) bool {
	for _, p := range l.cfg.Proxies {
		if p.Contains(address) {
			return true
		}
	}
	return false
}

// addressKey is what is counted: an IPv4 address, or the network of an IPv6 one.
func addressKey(address netip.Addr) string {
	if address.Is6() {
		if network, err := address.WithZone("").Prefix(networkBits); err == nil {
			return network.String()
		}
	}
	return address.String()
}

func wholeSeconds(d time.Duration) string {
	return strconv.FormatInt(int64(math.Ceil(d.Seconds())), 10)
}

// refuseJSON answers in the shape of the REST API's errors.
func refuseJSON(w http.ResponseWriter, _ *http.Request, why *infer.RetryError) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusTooManyRequests)
	body := map[string]any{"status": "error", "error": map[string]any{
		"code": "quota", "message": "too many requests from this address", "retryAfterMs": max(why.After.Milliseconds(), 1)}}
	_ = json.NewEncoder(w).Encode(body) // a client that has gone is told nothing
}
