package certs

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// pair makes a certificate that signs itself, and its key, in PEM.
func pair(t *testing.T, name string, notAfter time.Time) (cert, key []byte) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		DNSNames: []string{name}, NotBefore: notAfter.Add(-48 * time.Hour), NotAfter: notAfter}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw})
}

// folder is where a test's pair lies.
type folder struct {
	t         *testing.T
	cert, key string
}

func newFolder(t *testing.T) folder {
	dir := t.TempDir()
	return folder{t, filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")}
}

// write writes a file with a time of its own, as a later one would have.
func (f folder) write(path string, text []byte, at time.Time) {
	f.t.Helper()
	if err := errors.Join(os.WriteFile(path, text, 0o600), os.Chtimes(path, at, at)); err != nil {
		f.t.Fatal(err)
	}
}

// log collects what is logged.
func collect() (*zap.Logger, *bytes.Buffer) {
	var text bytes.Buffer
	return zap.New(zapcore.NewCore(zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig()), zapcore.AddSync(&text), zap.DebugLevel)), &text
}

// shake shakes hands with a server of a configuration, and returns the names of its certificate.
func shake(t *testing.T, server *tls.Config, client *tls.Config) ([]string, tls.ConnectionState, error) {
	t.Helper()
	here, there := net.Pipe()
	defer here.Close()
	defer there.Close()
	answered := make(chan error, 1)
	go func() { answered <- tls.Server(there, server).Handshake() }()
	client.InsecureSkipVerify = true // what is looked at is which certificate comes
	conn := tls.Client(here, client)
	if err := conn.Handshake(); err != nil {
		there.Close()
		<-answered
		return nil, tls.ConnectionState{}, err
	}
	if err := <-answered; err != nil {
		t.Fatal(err)
	}
	state := conn.ConnectionState()
	return state.PeerCertificates[0].DNSNames, state, nil
}

func TestAChangedPairIsTakenOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, start := newFolder(t), time.Now()
		log, text := collect()
		cert, key := pair(t, "old.test", start.Add(time.Hour))
		f.write(f.cert, cert, start)
		f.write(f.key, key, start)
		files, err := OpenFiles(f.cert, f.key, log)
		if err != nil {
			t.Fatal(err)
		}
		expect := func(name string) {
			t.Helper()
			time.Sleep(lookAgain) // the bubble's clock
			if names, _, err := shake(t, files.Config(), &tls.Config{}); err != nil || names[0] != name {
				t.Errorf("%v, %v, want %s", names, err, name)
			}
		}
		expect("old.test")
		cert, key = pair(t, "new.test", start.Add(2*time.Hour))
		f.write(f.cert, cert, start.Add(time.Minute))
		expect("old.test") // the key is still to come
		expect("old.test") // and that is no second failure
		f.write(f.key, key, start.Add(time.Minute))
		expect("new.test")
		f.write(f.cert, []byte("rubbish"), start.Add(2*time.Minute))
		expect("new.test")
		if err := os.Remove(f.key); err != nil {
			t.Fatal(err)
		}
		expect("new.test")
		if s := files.Stats(); s.Reloads != 1 || s.Failures != 3 || s.NotAfter.Unix() != start.Add(2*time.Hour).Unix() {
			t.Errorf("%+v", s)
		}
		if n := strings.Count(text.String(), "not taken over"); n != 3 || strings.Contains(text.String(), "PRIVATE") {
			t.Errorf("%d failures were logged: %s", n, text)
		}
	})
}

func TestWhatIsNoPairIsRefused(t *testing.T) {
	start := time.Now()
	cert, key := pair(t, "a.test", start.Add(time.Hour))
	_, other := pair(t, "b.test", start.Add(time.Hour))
	locked := bytes.ReplaceAll(key, []byte("PRIVATE KEY"), []byte("ENCRYPTED PRIVATE KEY"))
	for name, c := range map[string]struct {
		cert, key []byte
		want      error
		says      string
	}{
		"no certificate":  {nil, key, ErrCertificate, "cert.pem"},
		"no key":          {cert, nil, ErrKey, "key.pem"},
		"rubbish":         {[]byte("rubbish"), key, ErrCertificate, "no certificate in PEM"},
		"swapped":         {key, cert, ErrCertificate, "no certificate in PEM"},
		"rubbish for key": {cert, []byte("rubbish"), ErrKey, "no private key in PEM"},
		"another's key":   {cert, other, ErrPair, "does not belong"},
		"a passphrase":    {cert, locked, ErrKey, "passphrase"},
	} {
		f := newFolder(t)
		if c.cert != nil {
			f.write(f.cert, c.cert, start)
		}
		if c.key != nil {
			f.write(f.key, c.key, start)
		}
		if _, err := OpenFiles(f.cert, f.key, zap.NewNop()); !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOldVersionsAndWeakSuitesAreRefused(t *testing.T) {
	f, start := newFolder(t), time.Now()
	cert, key := pair(t, "a.test", start.Add(time.Hour))
	f.write(f.cert, cert, start)
	f.write(f.key, key, start)
	files, err := OpenFiles(f.cert, f.key, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]*tls.Config{
		"TLS 1.1":    {MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11},
		"CBC suites": {MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA}},
	} {
		if _, _, err := shake(t, files.Config(), c); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		_, state, err := shake(t, files.Config(), &tls.Config{MaxVersion: version, NextProtos: []string{"h2", "http/1.1"}})
		if err != nil || state.Version != version || state.NegotiatedProtocol != "h2" {
			t.Errorf("%s: %+v, %v", tls.VersionName(version), state.NegotiatedProtocol, err)
		}
	}
}

func TestACMETellsWhatItCannotServe(t *testing.T) {
	for name, c := range map[string]ACMEConfig{
		"no domain":   {Cache: t.TempDir()},
		"a wildcard":  {Domains: []string{"*.example.com"}, Cache: t.TempDir()},
		"an address":  {Domains: []string{"https://example.com"}, Cache: t.TempDir()},
		"no cache":    {Domains: []string{"example.com"}},
		"a file":      {Domains: []string{"example.com"}, Cache: os.Args[0]},
		"a number":    {Domains: []string{"10.0.0.1"}, Cache: t.TempDir()},
		"a bare name": {Domains: []string{"localhost"}, Cache: t.TempDir()},
	} {
		if _, err := NewACME(c); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}
