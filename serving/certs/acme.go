package certs

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"
)

// ACMEConfig says for which names certificates are asked for. Domains and Cache are required.
type ACMEConfig struct {
	Domains   []string // host names, without wildcards
	Email     string   // told to the authority, for its warnings; may be empty
	Cache     string   // folder for certificates and the account's key; made when it is not there
	Directory string   // URL of the authority; "" is Let's Encrypt
}

// ACME gets certificates by the challenge tls-alpn-01: the authority connects to port 443 of each name, which must
// lead to this server. Running it means to agree to the authority's terms.
type ACME struct{ manager *autocert.Manager }

// NewACME checks names and folder; the authority is first asked when somebody connects.
func NewACME(c ACMEConfig) (*ACME, error) {
	if len(c.Domains) == 0 {
		return nil, errors.New("certs: no domain")
	}
	for _, d := range c.Domains {
		if !strings.Contains(d, ".") || strings.ContainsAny(d, "*:/ ") || net.ParseIP(d) != nil {
			return nil, fmt.Errorf("certs: %q is not a host name that an authority certifies", d)
		}
	}
	if err := os.MkdirAll(c.Cache, 0o700); err != nil {
		return nil, fmt.Errorf("certs: the folder for certificates: %w", err)
	}
	probe, err := os.CreateTemp(c.Cache, ".writable-*")
	if err != nil {
		return nil, fmt.Errorf("certs: the folder for certificates: %w", err)
	}
	if err := errors.Join(probe.Close(), os.Remove(probe.Name())); err != nil {
		return nil, fmt.Errorf("certs: the folder for certificates: %w", err)
	}
	m := &autocert.Manager{Prompt: autocert.AcceptTOS, Cache: autocert.DirCache(c.Cache), Email: c.Email,
		HostPolicy: autocert.HostWhitelist(c.Domains...)}
	if c.Directory != "" {
		m.Client = &acme.Client{DirectoryURL: c.Directory}
	}
	return &ACME{m}, nil
}

// Config is the TLS configuration of a server.
func (a *ACME) Config() *tls.Config {
	c := config()
	c.GetCertificate = a.manager.GetCertificate
	c.NextProtos = append(c.NextProtos, acme.ALPNProto)
	return c
}
