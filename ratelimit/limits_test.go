package ratelimit

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"
)

func TestCountsOfTheConfigurationHaveLimits(t *testing.T) {
	tiers := make(map[string]Tier)
	for i := range maxTiers + 1 {
		tiers[fmt.Sprintf("t%d", i)] = Tier{1, 0}
	}
	tiers["default"] = Tier{1, 0}
	for want, c := range map[string]Config{
		fmt.Sprintf("tiers: %d, at most %d", maxTiers+2, maxTiers): {Tiers: tiers},
		"requests: 1073741825 is outside":                          {Tiers: map[string]Tier{"default": {maxRequests + 1, 0}}},
		"window: 720h0m1s is outside":                              {Tiers: map[string]Tier{"default": {1, maxWindow + time.Second}}},
		"a name has 1 to 64":                                       {Tiers: map[string]Tier{"default": {1, 0}, strings.Repeat("a", maxNameBytes+1): {1, 0}}},
		"deadline: 2s":                                             {Deadline: 2 * time.Second},
	} {
		if err := c.Validate(); !errors.Is(err, ErrConfig) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	var users strings.Builder
	for i := range maxUsers + 1 {
		fmt.Fprintf(&users, "u%d=premium,", i)
	}
	if _, err := ParseUserTiers(users.String()); !errors.Is(err, ErrConfig) || !strings.Contains(err.Error(), "more than 100000 users") {
		t.Error(err)
	}
}

// A forwarded header that is longer than is looked at says nothing: the last hop looked at stands for the client.
func TestOnlySoManyForwardedAddressesAreLookedAt(t *testing.T) {
	l, err := NewAddressLimit(AddressConfig{Proxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}})
	if err != nil {
		t.Fatal(err)
	}
	for hops, want := range map[int]string{maxForwarded - 1: "203.0.113.9", maxForwarded: "10.0.0.1"} {
		r, err := http.NewRequest("GET", "/", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.RemoteAddr = "10.0.0.1:1"
		r.Header.Set("X-Forwarded-For", "203.0.113.9"+strings.Repeat(", 10.0.0.1", hops))
		if got := l.Client(r).String(); got != want {
			t.Errorf("%d proxies: %s, want %s", hops, got, want)
		}
	}
}
