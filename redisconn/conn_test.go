package redisconn_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"inkling/redisconn"
	"inkling/redisconn/redistest"
)

func ping(client redis.UniversalClient) error {
	return client.Set(context.Background(), "inkling:test", "1", time.Minute).Err()
}

func TestARedisThatCannotBeIsNamedWithoutItsPassword(t *testing.T) {
	for _, c := range []struct {
		cfg  redisconn.Config
		want string
	}{
		{redisconn.Config{}, "neither URL nor host"},
		{redisconn.Config{Host: "h", Port: 70000}, "port: 70000 is outside 1 to 65535"},
		{redisconn.Config{Host: "h", DB: 16}, "database: 16 is outside 0 to 15"},
		{redisconn.Config{URL: "http://user:hidden@h"}, `scheme "http"`},
		{redisconn.Config{URL: "redis://user:hidden@h:port"}, "cannot be read"},
		{redisconn.Config{URL: "redis://user:hidden@h/x"}, "database"},
		{redisconn.Config{URL: "redis+cluster://user:hidden@h?what=1"}, "what"},
		{redisconn.Config{URL: "redis://user:hidden@h?master_name=m&what=1"}, "what"},
		{redisconn.Config{URL: "redis://user:hidden@h\x7f"}, "cannot be read"},
	} {
		_, err := redisconn.Open(c.cfg)
		if !errors.Is(err, redisconn.ErrConfig) || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "hidden") {
			t.Errorf("%v, want %q", err, c.want)
		}
	}
	for _, c := range []redisconn.Config{{Host: "h", DB: 15}, {Host: "h", Port: 65535}} {
		client, err := redisconn.Open(c)
		if err != nil {
			t.Fatalf("at the limits: %v", err)
		}
		_ = client.Close()
	}
}

func TestASingleServerIsFoundByURLAndByParts(t *testing.T) {
	s := redistest.Start(t, "--requirepass", "secret")
	host, portText, _ := net.SplitHostPort(s.Addr)
	port, err := strconv.Atoi(portText)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []redisconn.Config{
		{URL: "redis://:secret@" + s.Addr + "/3"},
		{URL: "redis://" + s.Addr, Password: "secret"},
		{Host: host, Port: port, Password: "secret", DB: 2},
		{Host: host, Port: port, User: "default", Password: "secret"},
	} {
		if err := ping(redistest.Open(t, c)); err != nil {
			t.Errorf("%v", err)
		}
	}
	for _, c := range []redisconn.Config{{URL: "redis://:wrong@" + s.Addr}, {Host: host, Port: port}} {
		err := ping(redistest.Open(t, c))
		if kind := redisconn.Kind(err); !strings.Contains(kind, "password") {
			t.Errorf("%v is %q", err, kind)
		}
	}
}

func TestTLS(t *testing.T) {
	certificate, key := selfSigned(t)
	port := strconv.Itoa(freePort(t))
	redistest.Start(t, "--tls-port", port, "--tls-cert-file", certificate, "--tls-key-file", key, "--tls-ca-cert-file", certificate, "--tls-auth-clients", "no")
	if err := ping(redistest.Open(t, redisconn.Config{URL: "rediss://127.0.0.1:" + port + "?skip_verify=true"})); err != nil {
		t.Error(err)
	}
	if err := ping(redistest.Open(t, redisconn.Config{URL: "rediss://127.0.0.1:" + port})); err == nil {
		t.Error("a certificate that nobody vouches for is believed")
	}
}

func TestSentinelFindsTheNewMaster(t *testing.T) {
	if testing.Short() {
		t.Skip("a failover takes seconds")
	}
	master := redistest.Start(t)
	host, port, _ := net.SplitHostPort(master.Addr)
	replica := redistest.Start(t, "--replicaof", host, port)
	watch := replica.Client(t, "")
	redistest.Until(t, "the replica follows", func(ctx context.Context) bool {
		return strings.Contains(watch.Info(ctx, "replication").Val(), "master_link_status:up")
	})
	sentinel := redistest.StartSentinel(t, master, 1)
	asked := sentinel.Client(t, "")
	redistest.Until(t, "the Sentinel knows the replica", func(ctx context.Context) bool {
		return strings.Contains(asked.Info(ctx, "sentinel").Val(), "slaves=1")
	})
	client := redistest.Open(t, redisconn.Config{URL: "redis://" + sentinel.Addr + "?master_name=inkling"})
	if err := ping(client); err != nil {
		t.Fatal(err)
	}
	killed := time.Now()
	master.Stop()
	redistest.Until(t, "the replica is written to", func(context.Context) bool { return ping(client) == nil })
	t.Logf("written again %v after the master was killed", time.Since(killed).Round(10*time.Millisecond))
	if !strings.Contains(watch.Info(context.Background(), "replication").Val(), "role:master") {
		t.Error("what was written to is no master")
	}
}

func TestKindsOfFailure(t *testing.T) {
	master := redistest.Start(t)
	host, port, _ := net.SplitHostPort(master.Addr)
	replica := redistest.Start(t, "--replicaof", host, port)
	watch := replica.Client(t, "")
	redistest.Until(t, "the replica follows", func(ctx context.Context) bool {
		return strings.Contains(watch.Info(ctx, "replication").Val(), "master_link_status:up")
	})
	full := redistest.Start(t, "--maxmemory", "1", "--maxmemory-policy", "noeviction")
	gone := redistest.Start(t)
	gone.Stop()
	for addr, want := range map[string]string{replica.Addr: "a read-only replica", full.Addr: "its memory is full", gone.Addr: "it cannot be reached"} {
		if err := ping(redistest.Open(t, redisconn.Config{URL: "redis://" + addr})); redisconn.Kind(err) != want {
			t.Errorf("%v is %q, want %q", err, redisconn.Kind(err), want)
		}
	}
	sentinel := redistest.StartSentinel(t, master, 1)
	if err := ping(redistest.Open(t, redisconn.Config{URL: "redis://" + sentinel.Addr})); redisconn.Kind(err) != "not a server of data" {
		t.Errorf("a Sentinel: %v is %q", err, redisconn.Kind(err))
	}
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port
}

// selfSigned writes a certificate of 127.0.0.1 and its key.
func selfSigned(t *testing.T) (certificate, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	bytes, err := x509.MarshalECPrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	certificate, key = filepath.Join(t.TempDir(), "cert.pem"), filepath.Join(t.TempDir(), "key.pem")
	for path, block := range map[string]*pem.Block{certificate: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "EC PRIVATE KEY", Bytes: bytes}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return certificate, key
}
