package secrets

import (
	"fmt"
	"strings"
	"testing"
)

// The credentials are put together here, so that no scanner takes this file for one that leaks.
var (
	token = "ghp" + "_" + "x7Kq2mZ9pL4vT8wR1cY6nB3jH5sD0fGaQeUi"
	key   = "AKIA" + "Q7ZX3MWPLK2VJ5TB"
	pem   = "-----BEGIN RSA " + "PRIVATE KEY-----\nMIIEow\nIBAAKC\n-----END RSA " + "PRIVATE KEY-----\n"
)

func scanner(t testing.TB) *Scanner {
	s, err := New()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestCredentialsAreMaskedInPlace(t *testing.T) {
	s := scanner(t)
	tests := []struct{ name, text, secret string }{
		{"a token", "x = 1\n\ntoken = \"" + token + "\"\n", token},
		{"an access key", "aws_access_key_id = " + key + "\n", key},
		{"a key of no known kind", "service_key = \"q7Zx2Kp9LmT4vR8w\"\n", "q7Zx2Kp9LmT4vR8w"},
		{"a private key", "text\n" + pem + "more\n", "MIIEow"},
		{"a private key without its end", pem[:40], "MIIE"},
		{"the same once more", "x = 1\n\ntoken = \"" + token + "\"\n", token},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := s.Mask(test.text)
			if strings.Contains(got, test.secret) {
				t.Errorf("shown: %q", got)
			}
			if len(got) != len(test.text) || strings.Count(got, "\n") != strings.Count(test.text, "\n") {
				t.Errorf("moved: %q", got)
			}
			if !s.Has(test.text) {
				t.Error("not found")
			}
		})
	}
}

func TestCodeIsNotMasked(t *testing.T) {
	s := scanner(t)
	for _, text := range []string{
		"", "\n\n", "api_key = os.environ['API_KEY']\n", "password = input()\n", "-----BEGIN CERTIFICATE-----\nMIIE\n",
		"foreign_key = \"q7Zx2Kp9LmT4vR8w\"\n", // an exception that names what stands before the rule's own word
		strings.Repeat("x", 3*longestChunk), strings.Repeat("é", 2*longestChunk) + "\n",
	} {
		if got := s.Mask(text); got != text {
			t.Errorf("%.60q became %.60q", text, got)
		}
	}
}

func TestALongLineIsLookedAtInPieces(t *testing.T) {
	s := scanner(t)
	for end, found := range map[int]bool{4 << 10: true, 4<<10 + 1: false} {
		line := strings.Repeat("a, ", end/3)[:end-len(token)-1] + "'" + token
		if got := s.Mask("\n" + line + "'\n"); strings.Contains(got, "*") != found {
			t.Errorf("a credential that ends %d bytes into its line: %q", end, got[len(got)-60:])
		}
	}
}

func TestOnlySoManyChunksAreRemembered(t *testing.T) {
	s := &Scanner{young: map[uint64]string{}}
	for i, want := range map[int][2]int{4_096: {4_096, 0}, 4_097: {1, 4_096}, 8_192: {4_096, 4_096}, 8_193: {1, 4_096}} {
		s.young, s.old = map[uint64]string{}, nil
		for key := range i {
			s.keep(uint64(key), "")
		}
		if len(s.young) != want[0] || len(s.old) != want[1] {
			t.Errorf("of %d chunks: %d young, %d old", i, len(s.young), len(s.old))
		}
	}
}

func TestFilesByName(t *testing.T) {
	for file, want := range map[string]bool{
		"file:///w/.env": true, "/w/.env.local": true, "/w/.env.example": false, "a/server.PEM": true, `c:\w\id_rsa`: true, "id_rsa.pub": false,
		"main.go": false, "": false, "environment.py": false, "prod.tfvars": true,
	} {
		if got := Excluded(file, Files); got != want {
			t.Errorf("%s: %v", file, got)
		}
	}
	if !Excluded("file:///w/private/a.py", []string{"private/*.py", "["}) || Excluded("file:///w/public/a.py", []string{"private/*.py", "["}) {
		t.Error("globs with folders")
	}
}

// BenchmarkKeystroke masks a window of 4 kB in which one chunk changes.
func BenchmarkKeystroke(b *testing.B) {
	s := scanner(b)
	var window strings.Builder
	for i := range 40 {
		fmt.Fprintf(&window, "def deposit%d(self, amount, key):\n    total = self.balance + amount\n    self.token = key\n\n", i)
	}
	text := window.String()
	n := 0
	for b.Loop() {
		n++
		s.Mask(fmt.Sprintf("%s    total%d", text, n))
	}
}
