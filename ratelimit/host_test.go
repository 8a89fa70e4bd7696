package ratelimit

import "testing"

func TestForeignNamesAreNoHostsOfThisServer(t *testing.T) {
	for _, c := range []struct {
		host    string
		allowed []string
		want    bool
	}{
		{host: "", want: true},
		{host: "localhost:8000", want: true},
		{host: "LOCALHOST.", want: true},
		{host: "app.localhost:8000", want: true},
		{host: "127.0.0.1:8000", want: true},
		{host: "[::1]:8000", want: true},
		{host: "[::1]", want: true},
		{host: "192.0.2.7", want: true},
		{host: "code.example.org", want: false},
		{host: "localhost.example.org", want: false},
		{host: "evillocalhost", want: false},
		{host: "127.0.0.1.example.org", want: false},
		{host: "Code.Example.org:443", allowed: []string{"code.example.org"}, want: true},
		{host: "other.example.org", allowed: []string{"code.example.org"}, want: false},
		{host: "other.example.org", allowed: []string{"*"}, want: true},
	} {
		if got := HostAllowed(c.host, c.allowed); got != c.want {
			t.Errorf("HostAllowed(%q, %q) = %v, want %v", c.host, c.allowed, got, c.want)
		}
	}
}
