package deploytest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// certified is the name that certificates are asked for. Only the test's own DNS server knows it.
const certified = "code.inkling.example"

// authority is Let's Encrypt's own test server, on loopback: it makes orders, challenges and certificates like the real
// one, but forgets all when it ends.
type authority struct {
	process   *process
	directory string // its address
	trust     string // file of the certificate of its own door
	roots     *x509.CertPool
}

// tool builds a tool of this module.
func tool(t *testing.T, path string) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), filepath.Base(path))
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, path).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return program
}

// newAuthority starts one that looks for the server at tlsPort, as the real one does at 443.
func newAuthority(t *testing.T, tlsPort int) *authority {
	t.Helper()
	folder, port, management, dns := t.TempDir(), freePort(t), freePort(t), freePort(t)
	must(t, nil, filepath.Join(root, "deploy/nginx/certificate.sh"), folder, "localhost")
	a := &authority{directory: fmt.Sprintf("https://localhost:%d/dir", port), trust: filepath.Join(folder, "fullchain.pem")}
	config, err := json.Marshal(map[string]any{"pebble": map[string]any{
		"listenAddress": fmt.Sprintf("127.0.0.1:%d", port), "managementListenAddress": fmt.Sprintf("127.0.0.1:%d", management),
		"certificate": a.trust, "privateKey": filepath.Join(folder, "privkey.pem"), "tlsPort": tlsPort}})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "authority.json"), config, 0o600); err != nil {
		t.Fatal(err)
	}
	const module = "github.com/letsencrypt/pebble/v2/cmd/"
	start(t, nil, tool(t, module+"pebble-challtestsrv"), "-dnsserver", fmt.Sprintf("127.0.0.1:%d", dns), "-defaultIPv4", "127.0.0.1", "-defaultIPv6", "",
		"-http01", "", "-https01", "", "-tlsalpn01", "", "-doh", "", "-management", fmt.Sprintf("127.0.0.1:%d", freePort(t)))
	a.process = start(t, []string{"PEBBLE_VA_NOSLEEP=1"}, tool(t, module+"pebble"), "-config", filepath.Join(folder, "authority.json"),
		"-dnsserver", fmt.Sprintf("127.0.0.1:%d", dns))
	trusted := x509.NewCertPool()
	pem, err := os.ReadFile(a.trust)
	if err != nil || !trusted.AppendCertsFromPEM(pem) {
		t.Fatalf("%s: %v", a.trust, err)
	}
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trusted}}}
	defer client.CloseIdleConnections()
	until(t, "the authority", answers(a.directory, client, http.StatusOK))
	response, err := client.Get(fmt.Sprintf("https://localhost:%d/roots/0", management))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	pem, err = io.ReadAll(response.Body)
	if a.roots = x509.NewCertPool(); err != nil || !a.roots.AppendCertsFromPEM(pem) {
		t.Fatalf("the authority's root: %v", err)
	}
	return a
}

// visitor trusts what the authority signs and nothing else, and finds every name at the given port of this machine.
func (a *authority) visitor(port int) *http.Client {
	return &http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: a.roots}, ForceAttemptHTTP2: true,
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, fmt.Sprintf("127.0.0.1:%d", port))
		}}}
}

// A server with ACME_DOMAINS gets a certificate by itself when somebody first comes, and has it after a restart without
// the authority.
func TestACertificateIsIssuedByACME(t *testing.T) {
	if testing.Short() {
		t.Skip("short: an authority and a server are started")
	}
	port, cache := freePort(t), t.TempDir()
	a := newAuthority(t, port)
	env := []string{"HOST=127.0.0.1", fmt.Sprintf("PORT=%d", port), "ACME_DOMAINS=" + certified, "ACME_DIRECTORY=" + a.directory, "ACME_EMAIL=ops@inkling.example",
		"ACME_CACHE=" + cache, "SSL_CERT_FILE=" + a.trust, "ALLOWED_HOSTS=" + certified}
	if home := os.Getenv("INKLING_HOME"); home != "" {
		env = append(env, "INKLING_HOME="+home)
	}
	server := start(t, env, inklingProgram(t), "serve")
	visit := func(name string) (*http.Response, error) {
		client := a.visitor(port)
		defer client.CloseIdleConnections()
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+name+"/health/ready", nil)
		if err != nil {
			return nil, err
		}
		response, err := client.Do(request)
		if err == nil {
			response.Body.Close()
		}
		return response, err
	}
	serves := func() (serial string) {
		until(t, "the server, under a certificate of the authority's", func(context.Context) error {
			response, err := visit(certified)
			if err != nil {
				return err
			}
			if response.StatusCode != http.StatusOK || response.ProtoMajor != 2 {
				return fmt.Errorf("%s by %s", response.Status, response.Proto)
			}
			leaf := response.TLS.PeerCertificates[0]
			if !slices.Equal(leaf.DNSNames, []string{certified}) {
				t.Errorf("the certificate is for %v", leaf.DNSNames)
			}
			serial = leaf.SerialNumber.String()
			return nil
		})
		return serial
	}
	first := serves()
	if response, err := visit("other.inkling.example"); err == nil {
		t.Errorf("a name that was not set is served: %s", response.Status)
	}
	must(t, env, inklingProgram(t), "health") // by the name, without which there is no certificate
	server.stop(t)
	a.process.stop(t)
	start(t, env, inklingProgram(t), "serve")
	if again := serves(); again != first {
		t.Errorf("after a restart the certificate is %s, was %s", again, first)
	}
}
