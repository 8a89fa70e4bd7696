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

	LogLevel  string `env:"LOG_LEVEL" enum:"debug,info,warn,error" default:"info" help:"What is logged, from this level on. DEBUG logs all."`
	LogSample int    `env:"LOG_SAMPLE" default:"100" help:"Lines of one message a second; of those beyond, every hundredth is logged. 0: all."`
	AccessLog string `env:"ACCESS_LOG" enum:"off,debug,info" default:"info" help:"Level of the line of each HTTP request; those of health and metrics are debug."`
	DebugPort int    `env:"DEBUG_PORT" default:"0" help:"Port of Go's profiler, on 127.0.0.1 alone. 0: off, or with DEBUG a free one, which the log names."`

	TraceEndpoint string `name:"otlp-endpoint" env:"OTEL_EXPORTER_OTLP_ENDPOINT" placeholder:"URL" help:"OpenTelemetry collector that takes traces by OTLP over HTTP, such as http://localhost:4318. Default: none."`
	TraceService  string `name:"otel-service-name" env:"OTEL_SERVICE_NAME" default:"inkling" placeholder:"NAME" help:"Name of the service in traces."`
}

func (c *servingConfig) validate() error {
	return errors.Join(
		drainError("DRAIN_TIMEOUT", c.DrainTimeout),
		drainError("DRAIN_DELAY", c.DrainDelay),
		inRange("DEBUG_PORT", c.DebugPort, 0, 65535),
		inRange("LOG_SAMPLE", c.LogSample, 0, 1<<20),
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
