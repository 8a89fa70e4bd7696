package main

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"inkling/stream/client"
)

// pemPair writes httptest's own certificate, and returns the files and a client that trusts it.
func pemPair(t *testing.T) (cert, key string, trusting *http.Client) {
	t.Helper()
	s := httptest.NewUnstartedServer(nil)
	s.EnableHTTP2 = true
	s.StartTLS()
	defer s.Close()
	pair := s.TLS.Certificates[0]
	raw, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(t.TempDir(), "cert.pem"), filepath.Join(t.TempDir(), "key.pem")
	err = errors.Join(os.WriteFile(cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: pair.Certificate[0]}), 0o600),
		os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw}), 0o600))
	if err != nil {
		t.Fatal(err)
	}
	return cert, key, s.Client()
}

func TestBothDoorsSpeakTLS(t *testing.T) {
	cert, key, trusting := pemPair(t)
	i := begin(t, trusting, "https", "--tls-cert", cert, "--tls-key", key)
	if status, proto := i.get(t, "/health/ready"); status != http.StatusOK || proto != "HTTP/2.0" {
		t.Errorf("REST: %d by %s", status, proto)
	}
	found := false
	for step, err := range i.session(t).Complete(t.Context(), fibonacci) {
		if err != nil {
			t.Fatal(err)
		}
		found = step.List != nil && len(step.List.Items) > 0
	}
	if !found {
		t.Error("no suggestion over a WebSocket with TLS")
	}
	response, err := http.Get("http://" + i.addr + "/health")
	if err != nil || response.StatusCode != http.StatusBadRequest {
		t.Fatalf("plain HTTP: %v, %v", response, err)
	}
	response.Body.Close()
	if response, err = i.client.Get("https://" + i.addr + "/metrics"); err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	told, err := io.ReadAll(response.Body)
	if err != nil || !strings.Contains(string(told), "inkling_tls_certificate_not_after_timestamp_seconds") {
		t.Errorf("%v: the metrics say nothing of the certificate", err)
	}
	if c, err := client.Dial(t.Context(), "https://"+i.addr+"/api/v1/stream", client.Options{}); err == nil {
		t.Errorf("who does not trust the certificate is connected: %v", c.Close())
	}
}

func TestServingSettingsAreRefusedByName(t *testing.T) {
	clean(t)
	cert, key, _ := pemPair(t)
	for _, c := range []struct {
		want string
		args []string
	}{
		{"TLS_KEY: it is empty", []string{"--tls-cert", cert}},
		{"TLS_CERT: it is empty", []string{"--tls-key", key}},
		{"ACME_DOMAINS: it is set, and TLS_CERT too", []string{"--tls-cert", cert, "--tls-key", key, "--acme-domains", "a.example"}},
		{"ACME_DOMAINS: it is empty", []string{"--acme-email", "a@example.com"}},
		{"ACME_DIRECTORY: http://x", []string{"--acme-domains", "a.example", "--acme-directory", "http://x"}},
		{"REDIS_REQUIRED: it is set, and neither", []string{"--redis-required"}},
		{"REDIS_HOST: it is set, and REDIS_URL too", []string{"--redis-host", "a", "--redis-url", "redis://b"}},
		{"REDIS_TLS: it is set", []string{"--redis-tls", "--redis-url", "redis://b"}},
		{"DEVICE: it is cuda, and MODEL_URL is set", []string{"--device", "cuda", "--model-url", "http://a/v1", "--model-name", "m"}},
		{"DEBUG_PORT: 8000 is PORT too", []string{"--debug-port", "8000"}},
		{"DEBUG_PORT: 70000 is outside", []string{"--debug-port", "70000"}},
		{"LOG_SAMPLE: -1 is outside", []string{"--log-sample=-1"}},
		{"DRAIN_TIMEOUT: -1s is outside", []string{"--drain-timeout=-1s"}},
		{"DRAIN_DELAY: 2h0m0s is outside", []string{"--drain-delay", "2h"}},
		{"REDIS_PASSWORD: it is set, and neither", []string{"--redis-password", "x"}},
		{"REDIS_DB: it is set, and REDIS_URL too", []string{"--redis-db", "3", "--redis-url", "redis://b"}},
		{"USER_TIERS: it is set, and REQUIRE_KEYS too", []string{"--user-tiers", "ann=premium", "--require-keys"}},
		{"WARM_ROOT: it is set, and CACHE_TTL is 0", []string{"--warm-root", "/srv", "--cache-ttl", "0"}},
		{"ALLOWED_HOSTS: http://a.example is no host name", []string{"--allowed-hosts", "b.example,http://a.example"}},
		{"ALLOWED_ORIGINS: a.example is no origin", []string{"--allowed-origins", "https://b.example,a.example"}},
		{"MODEL_NAME: it is set, and MODEL_URL is empty", []string{"--model-name", "m"}},
		{"MODEL_KEY: it is set, and MODEL_URL is empty", []string{"--model-key", "k"}},
		{"MODEL_NO_SUFFIX: it is set, and MODEL_URL is empty", []string{"--model-no-suffix"}},
		{"MODEL_URL: remote: ", []string{"--model-url", "localhost", "--model-name", "m"}},
	} {
		_, err := parse(t, append([]string{"serve"}, c.args...)...)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v: %v", c.args, err)
		}
	}
}

func TestARefusalIsOneLineThatNamesTheVariable(t *testing.T) {
	clean(t)
	for _, c := range []struct {
		want string
		args []string
	}{
		{"PORT: 70000 is outside 0 to 65535", []string{"serve", "--port", "70000"}},
		{"PORT: 70000 is outside 0 to 65535; REDIS_DB: 99 is outside 0 to 15", []string{"serve", "--port", "70000", "--redis-db", "99"}},
		{`DEVICE: --device must be one of "cpu","cuda" but got "tpu"`, []string{"serve", "--device", "tpu"}},
		{`PORT: --port: expected a valid 64 bit int but got "x"`, []string{"serve", "--port", "x"}},
		{`CACHE_TTL: --cache-ttl: "x" is neither seconds nor a duration such as 90m`, []string{"serve", "--cache-ttl=x"}},
		{"", []string{"serve", "--no-such-flag"}},
		{"", []string{}},
	} {
		_, err := parse(t, c.args...)
		if err == nil || refusal(err) != c.want {
			t.Errorf("%v: %q, %v", c.args, refusal(err), err)
		}
	}
}

func TestCertificatesThatCannotBeUsedAreRefusedByName(t *testing.T) {
	clean(t)
	cert, key, _ := pemPair(t)
	for want, files := range map[string][2]string{
		"TLS_CERT: ": {filepath.Join(t.TempDir(), "none.pem"), key}, "TLS_KEY: ": {cert, cert},
	} {
		p, err := parse(t, "serve", "--port", "0", "--tls-cert", files[0], "--tls-key", files[1])
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Serve.Run(p); err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", want, err)
		}
	}
}
