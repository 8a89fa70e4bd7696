package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"path/filepath"

	"go.uber.org/zap"

	"inkling/serving/certs"
)

// secure is how the server speaks TLS; the zero value is that it does not.
type secure struct {
	config *tls.Config
	files  *certs.Files // nil without files
}

// openTLS reads the certificate, or makes the folder for those of ACME.
func (p *program) openTLS(c servingConfig, log *zap.Logger) (secure, error) {
	switch {
	case c.TLSCert != "":
		files, err := certs.OpenFiles(c.TLSCert, c.TLSKey, log)
		if err != nil {
			return secure{}, fmt.Errorf("%s: %w", certVariable(err), err)
		}
		return secure{files.Config(), files}, nil
	case len(c.ACMEDomains) > 0:
		folder := c.ACMECache
		if folder == "" {
			folder = filepath.Join(p.home(), "acme")
		}
		acme, err := certs.NewACME(certs.ACMEConfig{Domains: c.ACMEDomains, Email: c.ACMEEmail, Cache: folder, Directory: c.ACMEDirectory})
		if err != nil {
			return secure{}, fmt.Errorf("ACME_DOMAINS, ACME_CACHE: %w", err)
		}
		return secure{config: acme.Config()}, nil
	}
	return secure{}, nil
}

// certVariable names the variable that an error is about.
func certVariable(err error) string {
	if errors.Is(err, certs.ErrCertificate) {
		return "TLS_CERT"
	}
	return "TLS_KEY"
}

// scheme is that of the server's addresses.
func (s secure) scheme() string {
	if s.config == nil {
		return "http"
	}
	return "https"
}
