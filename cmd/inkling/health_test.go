package main

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

func TestHealthSaysWhetherTheServerServes(t *testing.T) {
	for _, secure := range []bool{false, true} {
		status, path := http.StatusOK, ""
		server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			path = r.URL.Path
			w.WriteHeader(status)
			_, _ = w.Write([]byte(`{"status":"loading"}`))
		}))
		if secure {
			server.StartTLS()
		} else {
			server.Start()
		}
		defer server.Close()
		u, err := url.Parse(server.URL)
		if err != nil {
			t.Fatal(err)
		}
		clean(t)
		args := []string{"health", "--host", "0.0.0.0", "--port", u.Port()}
		if secure {
			args = append(args, "--tls")
		}
		p, err := parse(t, args...)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Health.Run(); err != nil || path != "/health/ready" {
			t.Errorf("tls %v: %v, asked %q", secure, err, path)
		}
		p.Health.Live = true
		if err := p.Health.Run(); err != nil || path != "/health/live" {
			t.Errorf("tls %v: %v, asked %q", secure, err, path)
		}
		status = http.StatusServiceUnavailable
		if err := p.Health.Run(); err == nil || !strings.Contains(err.Error(), "503") || !strings.Contains(err.Error(), "loading") {
			t.Errorf("tls %v: a server that loads: %v", secure, err)
		}
		server.Close()
		if p.Health.Run() == nil {
			t.Errorf("tls %v: nobody there, and no error", secure)
		}
	}
}

func TestHealthAsksWhereTheServerListens(t *testing.T) {
	clean(t)
	for args, want := range map[string]string{
		"":                            "http://127.0.0.1:8000/health/ready",
		"--tls-cert cert.pem":         "https://127.0.0.1:8000/health/ready",
		"--acme-domains a.example":    "https://127.0.0.1:8000/health/ready",
		"--host :: --port 9":          "http://[::1]:9/health/ready",
		"--host 10.1.2.3 --live":      "http://10.1.2.3:8000/health/live",
		"http://example.test/health":  "http://example.test/health",
		"--host localhost --port 443": "http://localhost:443/health/ready",
	} {
		p, err := parse(t, append([]string{"health"}, strings.Fields(args)...)...)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Health.address(); got != want {
			t.Errorf("%q asks %s, want %s", args, got, want)
		}
	}
	for args, want := range map[string]string{"--port 70000": "PORT: 70000", "ftp://x/": "URL", "--timeout 2h": "--timeout: 2h"} {
		if _, err := parse(t, append([]string{"health"}, strings.Fields(args)...)...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", args, err, want)
		}
	}
}
