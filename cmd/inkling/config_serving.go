package main

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Limits of how the program ends.
const maxDrain = time.Hour

// servingConfig is how the server is reached, and how it ends.
type servingConfig struct {
	TLSCert       string   `name:"tls-cert" env:"TLS_CERT" placeholder:"FILE" help:"Certificate in PEM, with its chain; the server then speaks HTTPS alone. It is read again when it changes."`
	TLSKey        string   `name:"tls-key" env:"TLS_KEY" placeholder:"FILE" help:"The certificate's key, in PEM and without a passphrase."`
	ACMEDomains   []string `name:"acme-domains" env:"ACME_DOMAINS" placeholder:"NAME" help:"Host names to get certificates for by ACME; port 443 of each must lead here. It means to agree to the authority's terms."`
	ACMEEmail     string   `name:"acme-email" env:"ACME_EMAIL" placeholder:"ADDRESS" help:"Told to the authority, for its warnings."`
	ACMECache     string   `name:"acme-cache" env:"ACME_CACHE" placeholder:"DIR" help:"Where certificates are kept. Default: acme in the data folder."`
	ACMEDirectory string   `name:"acme-directory" env:"ACME_DIRECTORY" placeholder:"URL" help:"The authority. Default: Let's Encrypt."`

	ListenWhenReady bool `env:"LISTEN_WHEN_READY" help:"Listen once the model is there, and not before: for servers behind a proxy, which then asks another one meanwhile."`

	DrainTimeout seconds `env:"DRAIN_TIMEOUT" default:"5s" help:"How long running generations may take to finish when the server ends."`
	DrainDelay   seconds `env:"DRAIN_DELAY" default:"0s" help:"How long the server goes on as before, but for readiness, when it ends: time for load balancers that poll to notice."`
}

func (c *servingConfig) validate() error {
	return errors.Join(
		drainError("DRAIN_TIMEOUT", c.DrainTimeout),
		drainError("DRAIN_DELAY", c.DrainDelay),
		c.tlsError(),
	)
}

func drainError(name string, value seconds) error {
	if d := time.Duration(value); d < 0 || d > maxDrain {
		return fmt.Errorf("%s: %v is outside 0 to %v", name, d, maxDrain)
	}
	return nil
}

func (c *servingConfig) tlsError() error {
	acme := len(c.ACMEDomains) > 0
	switch {
	case c.TLSCert != "" && c.TLSKey == "":
		return errors.New("TLS_KEY: it is empty, and TLS_CERT needs its key")
	case c.TLSCert == "" && c.TLSKey != "":
		return errors.New("TLS_CERT: it is empty, and TLS_KEY is the key of one")
	case acme && c.TLSCert != "":
		return errors.New("ACME_DOMAINS: it is set, and TLS_CERT too: only one can be")
	case !acme && c.ACMEEmail+c.ACMECache+c.ACMEDirectory != "":
		return errors.New("ACME_DOMAINS: it is empty, and ACME_EMAIL, ACME_CACHE or ACME_DIRECTORY is of no use without it")
	case c.ACMEDirectory != "" && !strings.HasPrefix(c.ACMEDirectory, "https://"):
		return fmt.Errorf("ACME_DIRECTORY: %s is no https:// address", c.ACMEDirectory)
	}
	return nil
}
