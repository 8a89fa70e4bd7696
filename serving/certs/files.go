package certs

import (
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"go.uber.org/zap"
)

// Errors of [OpenFiles].
var (
	ErrCertificate = errors.New("certs: the certificate cannot be read")
	ErrKey         = errors.New("certs: the key cannot be read")
	ErrPair        = errors.New("certs: the key does not belong to the certificate")
)

// lookAgain is how often the files are looked at, at the most.
const lookAgain = time.Second

// Files are a certificate, with its chain, and its key.
type Files struct {
	certPath, keyPath string
	log               *zap.Logger

	mu       sync.Mutex // guards the fields below
	pair     *tls.Certificate
	stamp    stamp // of the files as they were last read, whether they made a pair or not
	looked   time.Time
	reloads  uint64
	failures uint64
}

// stamp tells one state of the files from another.
type stamp struct {
	certTime, keyTime time.Time
	certSize, keySize int64
}

// Stats says what became of the files.
type Stats struct {
	NotAfter time.Time // when the certificate in use expires
	Reloads  uint64    // times that changed files were taken over
	Failures uint64    // and that they could not be
}

// OpenFiles reads a pair. An error wraps one of ErrCertificate, ErrKey and ErrPair.
func OpenFiles(certPath, keyPath string, log *zap.Logger) (*Files, error) {
	f := &Files{certPath: certPath, keyPath: keyPath, log: log}
	f.stamp, f.looked = f.stampNow(), time.Now()
	pair, err := f.read()
	if err != nil {
		return nil, err
	}
	f.pair = pair
	if now := time.Now(); now.After(pair.Leaf.NotAfter) || now.Before(pair.Leaf.NotBefore) {
		log.Warn("the certificate is not valid now", zap.Time("notBefore", pair.Leaf.NotBefore), zap.Time("notAfter", pair.Leaf.NotAfter))
	}
	return f, nil
}

// Config is the TLS configuration of a server.
func (f *Files) Config() *tls.Config {
	c := config()
	c.GetCertificate = func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return f.current(), nil }
	return c
}

// Stats looks at the files and says what became of them.
func (f *Files) Stats() Stats {
	pair := f.current()
	f.mu.Lock()
	defer f.mu.Unlock()
	return Stats{NotAfter: pair.Leaf.NotAfter, Reloads: f.reloads, Failures: f.failures}
}

// current is the pair in use, after a look at the files.
func (f *Files) current() *tls.Certificate {
	f.mu.Lock()
	defer f.mu.Unlock()
	if time.Since(f.looked) < lookAgain {
		return f.pair
	}
	f.looked = time.Now()
	now := f.stampNow()
	if now == f.stamp {
		return f.pair
	}
	f.stamp = now
	pair, err := f.read()
	if err != nil {
		f.failures++
		f.log.Error("the changed certificate is not taken over; the one before stays", zap.Error(err))
		return f.pair
	}
	f.pair = pair
	f.reloads++
	f.log.Info("a changed certificate is in use", zap.Time("notAfter", pair.Leaf.NotAfter), zap.Strings("names", pair.Leaf.DNSNames))
	return f.pair
}

// stampNow is the state of the files; a file that is not there has none.
func (f *Files) stampNow() (s stamp) {
	if info, err := os.Stat(f.certPath); err == nil {
		s.certTime, s.certSize = info.ModTime(), info.Size()
	}
	if info, err := os.Stat(f.keyPath); err == nil {
		s.keyTime, s.keySize = info.ModTime(), info.Size()
	}
	return s
}

// read reads the files.
func (f *Files) read() (*tls.Certificate, error) {
	cert, err := os.ReadFile(f.certPath)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCertificate, err)
	}
	key, err := os.ReadFile(f.keyPath)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	if _, err := leafOf(cert); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrCertificate, f.certPath, err)
	}
	if err := checkKey(key); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrKey, f.keyPath, err)
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return nil, fmt.Errorf("%w: %s, %s: %w", ErrPair, f.certPath, f.keyPath, err)
	}
	return &pair, nil
}
