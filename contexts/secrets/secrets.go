// Package secrets finds text that looks like a credential, so that it never enters a prompt, and names the files that
// hold nothing else.
//
// Text is looked at in chunks, which end at blank lines, and what was found is kept by a chunk's hash: a keystroke
// costs its own chunk. The rules are those of gitleaks, without what only costs; private keys, which go over many lines, are found besides,
// finished or not.
//
//   - Masking keeps every byte's place: a mask is as long as what it hides, and line ends stay.
//   - A Scanner is safe for concurrent use, holds hashes and masked text only, and is bounded.
package secrets

import (
	"fmt"
	"hash/maphash"
	"strings"
	"sync"
	"unicode/utf8"
)

const (
	chunkBytes   = 1 << 10 // a chunk ends at the next line's end after so many
	longestChunk = 4 << 10 // of one line; a credential across such a cut is found in its halves only by chance
	maxKept      = 4096    // chunks in each of two generations
	mask         = '*'
)

// Scanner finds credentials.
type Scanner struct {
	rules *rules
	seed  maphash.Seed

	mu         sync.Mutex
	young, old map[uint64]string // by hash of a chunk: the chunk masked; "" where nothing is to be masked
}

// New makes a scanner; compiling the rules takes some 0.1 s.
func New() (*Scanner, error) {
	r, err := newRules()
	if err != nil {
		return nil, fmt.Errorf("secrets: rules: %w", err)
	}
	return &Scanner{rules: r, seed: maphash.MakeSeed(), young: map[uint64]string{}}, nil
}

var shared = sync.OnceValues(New)

// Shared returns the process's scanner, made by the first call.
func Shared() (*Scanner, error) { return shared() }

// Mask returns text with every credential masked.
func (s *Scanner) Mask(text string) string {
	text = maskKeys(text)
	var out strings.Builder
	for rest := text; rest != ""; {
		n := chunk(rest)
		if masked := s.look(rest[:n]); masked != "" || out.Len() > 0 {
			if out.Len() == 0 {
				out.WriteString(text[:len(text)-len(rest)])
			}
			if masked == "" {
				masked = rest[:n]
			}
			out.WriteString(masked)
		}
		rest = rest[n:]
	}
	if out.Len() == 0 {
		return text
	}
	return out.String()
}

// Has reports whether text holds what looks like a credential.
func (s *Scanner) Has(text string) bool { return s.Mask(text) != text }

// chunk returns how long the first chunk of text is.
func chunk(text string) int {
	n := 0
	for n < len(text) {
		at := strings.IndexByte(text[n:], '\n')
		if at < 0 {
			at = len(text) - n - 1
		}
		if at >= longestChunk {
			if n > 0 {
				return n
			}
			n = longestChunk
			for !utf8.RuneStart(text[n]) {
				n--
			}
			return n
		}
		blank := strings.TrimSpace(text[n:n+at]) == ""
		n += at + 1
		if blank || n >= chunkBytes {
			break
		}
	}
	return n
}

// look returns a chunk masked, "" where there is nothing to mask.
func (s *Scanner) look(text string) string {
	key := maphash.String(s.seed, text)
	s.mu.Lock()
	masked, known := s.young[key]
	if !known {
		if masked, known = s.old[key]; known {
			s.keep(key, masked)
		}
	}
	s.mu.Unlock()
	if known {
		return masked
	}
	masked = s.detect(text)
	s.mu.Lock()
	s.keep(key, masked)
	s.mu.Unlock()
	return masked
}

// keep remembers a chunk; the caller holds s.mu.
func (s *Scanner) keep(key uint64, masked string) {
	if len(s.young) >= maxKept {
		s.old, s.young = s.young, map[uint64]string{}
	}
	s.young[key] = masked
}

func (s *Scanner) detect(text string) string {
	masked := text
	for _, secret := range s.rules.find(text) {
		masked = strings.ReplaceAll(masked, secret, hide(secret))
	}
	if masked == text {
		return ""
	}
	return masked
}

// hide returns a mask as long as text, its line ends kept.
func hide(text string) string {
	out := []byte(text)
	for i, c := range out {
		if c != '\n' && c != '\r' {
			out[i] = mask
		}
	}
	return string(out)
}

// maskKeys masks private keys in PEM, whether their end is there or not.
func maskKeys(text string) string {
	const begin, end = "-----BEGIN ", "-----END "
	for from := 0; ; {
		at := strings.Index(text[from:], begin)
		if at < 0 {
			return text
		}
		at += from
		line := text[at:]
		if stop := strings.IndexByte(line, '\n'); stop >= 0 {
			line = line[:stop]
		}
		from = at + len(line)
		if !strings.Contains(line, "PRIVATE KEY") {
			continue
		}
		stop := len(text)
		if e := strings.Index(text[from:], end); e >= 0 {
			stop = from + e
		}
		text = text[:from] + hide(text[from:stop]) + text[stop:]
		from = stop
	}
}
