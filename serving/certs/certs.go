// Package certs makes the TLS configuration of a server, from files of a certificate that may be renewed at any time, or
// by ACME.
//
// Its nouns: [Files] are a certificate and its key, in PEM; they are read again when they have changed. [ACME] asks an
// authority for certificates, and renews them.
//
// Invariants:
//   - TLS 1.2 at the least, and in 1.2 only suites with forward secrecy and authenticated encryption.
//   - A pair that does not fit together never replaces one that does: files are often renewed one after the other.
//   - Nothing of a key is logged.
//
// The package starts no goroutine of its own: files are looked at when somebody connects or asks.
package certs

import (
	"crypto/tls"
)

// config is what both kinds have in common.
func config() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		CipherSuites: []uint16{ // of TLS 1.2; those of 1.3 are all good
			tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
			tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
			tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
		},
		NextProtos: []string{"h2", "http/1.1"}, // sessions upgrade from HTTP/1.1, which their clients ask for
	}
}
