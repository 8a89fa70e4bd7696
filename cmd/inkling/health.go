package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// maxHealthBytes bounds what is shown of an answer.
const maxHealthBytes = 512

// healthCommand asks a server whether it serves: for health checks of containers and supervisors, where no other
// program is at hand.
type healthCommand struct {
	URL     string        `arg:"" optional:"" help:"What to ask. Default: /health/ready of the server that HOST and PORT name."`
	Host    string        `env:"HOST" default:"127.0.0.1" help:"Address of the server; where it listens on all of them, loopback is asked."`
	Port    int           `env:"PORT" default:"8000" help:"Its port."`
	Live    bool          `help:"Ask whether the process runs, not whether it takes requests."`
	TLS     bool          `help:"Ask by HTTPS, as is done anyway where TLS_CERT or ACME_DOMAINS is set. The certificate is not looked at: it names the server, not loopback."`
	Cert    string        `name:"tls-cert" env:"TLS_CERT" hidden:"" help:"The server's certificate."`
	Domains []string      `name:"acme-domains" env:"ACME_DOMAINS" hidden:"" help:"The server's names: with ACME it has a certificate for nobody who names none."`
	Timeout time.Duration `default:"3s" help:"How long the answer may take."`
}

// Validate implements kong's validation.
func (c *healthCommand) Validate() error {
	if c.Timeout <= 0 || c.Timeout > time.Minute {
		return fmt.Errorf("--timeout: %v is outside 1ns to 1m", c.Timeout)
	}
	if c.URL == "" {
		return inRange("PORT", c.Port, 1, 65535)
	}
	u, err := url.Parse(c.URL)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return fmt.Errorf("URL: %q is not an http or https URL", c.URL)
	}
	return nil
}

// Run succeeds where the server answers with a status below 300.
func (c *healthCommand) Run() error {
	ctx, cancel := context.WithTimeout(context.Background(), c.Timeout)
	defer cancel()
	return c.ask(ctx)
}

func (c *healthCommand) ask(ctx context.Context) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.address(), nil)
	if err != nil {
		return err
	}
	transport := &http.Transport{DisableKeepAlives: true}
	if c.URL == "" {
		// #nosec G402 -- loopback, and nothing is sent
		transport.TLSClientConfig = &tls.Config{InsecureSkipVerify: true, ServerName: c.name()}
	}
	response, err := (&http.Client{Transport: transport}).Do(request)
	if err != nil {
		return fmt.Errorf("health: %w", err)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxHealthBytes))
	err = errors.Join(err, response.Body.Close())
	if response.StatusCode >= http.StatusMultipleChoices {
		return fmt.Errorf("health: %s: %s", response.Status, strings.TrimSpace(string(body)))
	}
	return err
}

// address is what is asked.
func (c *healthCommand) address() string {
	if c.URL != "" {
		return c.URL
	}
	host := c.Host
	if address, err := netip.ParseAddr(host); host == "" || (err == nil && address.IsUnspecified()) {
		host = "127.0.0.1"
		if address.Is6() {
			host = "::1"
		}
	}
	u := url.URL{Scheme: "http", Host: net.JoinHostPort(host, strconv.Itoa(c.Port)), Path: "/health/ready"}
	if c.TLS || c.Cert != "" || len(c.Domains) > 0 {
		u.Scheme = "https"
	}
	if c.Live {
		u.Path = "/health/live"
	}
	return u.String()
}

// name is the one that the server is asked under in TLS; "" where it does not matter.
func (c *healthCommand) name() string {
	if len(c.Domains) == 0 {
		return ""
	}
	return c.Domains[0]
}
