package metrics

import "time"

// ServerStats is what the program says of itself.
type ServerStats struct {
	Version             string
	Model               string    // "" while loading
	Draining            bool      // it ends: no new sessions
	CertificateNotAfter time.Time // of the certificate in use; zero without files of one
	CertificateReloads  uint64    // times that changed files were taken over
	CertificateFailures uint64    // and that they could not be
	LogLines            map[LogLine]uint64
}

// LogLine is a kind of log line.
type LogLine struct {
	Level   string
	Dropped bool // left out by sampling
}
