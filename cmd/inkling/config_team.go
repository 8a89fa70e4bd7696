package main

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"inkling/ratelimit"
)

// Limits of what a team sets.
const (
	minCacheMiB      = 1
	maxCacheMiB      = 1 << 20
	maxAddressMinute = 1 << 20
)

// teamConfig is what a server for several people is told besides: tiers, addresses, the cache's size and what may be warmed.
type teamConfig struct {
	Tiers                string `env:"TIERS" placeholder:"TIER=N,..." help:"Requests of tiers in a window. Default: default=100,premium=1000,enterprise=10000."`
	UserTiers            string `env:"USER_TIERS" placeholder:"USER=TIER,..." help:"Tiers of users, where no keys are used."`
	RateLimitRequests    int    `env:"RATE_LIMIT_REQUESTS" placeholder:"N" help:"Requests of the default tier in a window. Default: 100, and the local user of a loopback server has the enterprise tier."`
	RateLimitWindow      int    `env:"RATE_LIMIT_WINDOW" default:"3600" help:"Length of a window, in seconds."`
	AddressLimit         int    `env:"ADDRESS_LIMIT" default:"3000" help:"Requests a minute from one address, before anybody knows who asks; this machine is excepted. 0: no limit."`
	TrustedProxies       string `env:"TRUSTED_PROXIES" placeholder:"NETWORK,..." help:"Proxies whose X-Forwarded-For is believed, such as 10.0.0.0/8."`
	CacheMiB             int    `name:"cache-mib" env:"CACHE_MIB" default:"64" help:"Memory of the cache, in MiB."`
	CacheSeparateTenants bool   `env:"CACHE_SEPARATE_TENANTS" help:"Never answer one tenant from what was computed for another."`
	WarmRoot             string `env:"WARM_ROOT" placeholder:"DIR" help:"Administrators may warm the cache with folders below this one. Default: your home on a loopback server without keys, otherwise none."`
}

// tiers are the configured tiers; all have one window.
func (c *teamConfig) tiers() (map[string]ratelimit.Tier, error) {
	window := time.Duration(c.RateLimitWindow) * time.Second
	tiers, err := ratelimit.ParseTiers(c.Tiers, window)
	if err != nil {
		return nil, fmt.Errorf("TIERS: %w", err)
	}
	if c.RateLimitRequests > 0 {
		tiers[ratelimit.TierDefault] = ratelimit.Tier{Requests: c.RateLimitRequests, Window: window}
	}
	return tiers, nil
}

// userTiers are the tiers of users, each of which must be there.
func (c *teamConfig) userTiers() (map[string]string, error) {
	users, err := ratelimit.ParseUserTiers(c.UserTiers)
	if err != nil {
		return nil, fmt.Errorf("USER_TIERS: %w", err)
	}
	tiers, err := c.tiers()
	if err != nil {
		return nil, nil // which is refused by its own name
	}
	for user, tier := range users {
		if _, known := tiers[tier]; !known {
			return nil, fmt.Errorf("USER_TIERS: %s: there is no tier %q, only %s", user, tier, strings.Join(slices.Sorted(maps.Keys(tiers)), ", "))
		}
	}
	return users, nil
}

func (c *teamConfig) proxies() ([]netip.Prefix, error) {
	prefixes, err := ratelimit.ParseProxies(c.TrustedProxies)
	if err != nil {
		return nil, fmt.Errorf("TRUSTED_PROXIES: %w", err)
	}
	return prefixes, nil
}

func (c *teamConfig) validate() error {
	_, tiersErr := c.tiers()
	_, proxiesErr := c.proxies()
	_, usersErr := c.userTiers()
	return errors.Join(
		inRange("RATE_LIMIT_REQUESTS", c.RateLimitRequests, 0, 1<<30),
		inRange("RATE_LIMIT_WINDOW", c.RateLimitWindow, 1, 30*24*3600),
		inRange("ADDRESS_LIMIT", c.AddressLimit, 0, maxAddressMinute),
		inRange("CACHE_MIB", c.CacheMiB, minCacheMiB, maxCacheMiB),
		tiersErr, proxiesErr, usersErr, c.warmError(),
	)
}

func (c *teamConfig) warmError() error {
	if c.WarmRoot != "" && !filepath.IsAbs(c.WarmRoot) {
		return fmt.Errorf("WARM_ROOT: %s is not an absolute path", c.WarmRoot)
	}
	return nil
}
