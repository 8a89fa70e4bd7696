package certs

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"strings"
)

// leafOf parses the first certificate of a PEM text.
func leafOf(text []byte) (*x509.Certificate, error) {
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if block.Type == "CERTIFICATE" {
			return x509.ParseCertificate(block.Bytes)
		}
	}
	return nil, errors.New("no certificate in PEM is in it")
}

// checkKey says what is wrong with a key in PEM, without a word of it.
func checkKey(text []byte) error {
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		switch {
		case block.Type == "ENCRYPTED PRIVATE KEY", block.Headers["DEK-Info"] != "":
			return errors.New("it is encrypted with a passphrase: store it without one")
		case strings.HasSuffix(block.Type, "PRIVATE KEY"):
			return nil
		}
	}
	return errors.New("no private key in PEM is in it")
}
