package ratelimit

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"go.uber.org/zap"

	"inkling/infer"
)

// Names of the tiers that [DefaultTiers] holds.
const (
	TierDefault    = "default"
	TierPremium    = "premium"
	TierEnterprise = "enterprise"
)

// Limits of the configuration, and defaults.
const (
	maxRequests     = 1 << 30
	maxWindow       = 30 * 24 * time.Hour
	maxTiers        = 64
	maxNameBytes    = 64
	maxUsers        = 100_000
	defaultFactor   = 10  // sessions may show so many times the tier's figure
	defaultWaste    = 100 // and throw away so many times: a fast typist throws away several a second
	defaultDeadline = 20 * time.Millisecond
)

// ErrConfig is returned, wrapped with field, value and limit, for limits that cannot be.
var ErrConfig = errors.New("ratelimit: not a limit")

// Tier is how much a caller of it may have.
type Tier struct {
	Requests int           // in a window, over REST and the compatible doors; 1 to 2^30
	Window   time.Duration // 1 s to 30 days; 0 means an hour
}

// DefaultTiers returns default 100, premium 1000 and enterprise 10000 an hour.
func DefaultTiers() map[string]Tier {
	return map[string]Tier{TierDefault: {100, time.Hour}, TierPremium: {1000, time.Hour}, TierEnterprise: {10_000, time.Hour}}
}

// Config is what [New] needs. The zero value limits by [DefaultTiers], embedded.
type Config struct {
	Tiers         map[string]Tier   // by name; nil means DefaultTiers
	DefaultTier   string            // of callers that carry none, and have none in UserTiers; "" means "default"
	UserTiers     map[string]string // tier of a user that carries none
	SessionFactor int               // sessions may be shown this many times a tier's figure; 0 means 10
	WasteFactor   int               // and have this many times thrown away, on each instance; 0 means 100

	Redis    redis.UniversalClient // counts for all instances; nil: this one counts alone. The caller closes it
	Deadline time.Duration         // for one call to Redis; 0 means 20 ms
	Logger   *zap.Logger           // nil: silent
	Now      func() time.Time      // of the embedded rule; nil means time.Now
}

// withDefaults returns c with defaults in place of zeros.
func (c Config) withDefaults() Config {
	if c.Tiers == nil {
		c.Tiers = DefaultTiers()
	}
	c.Tiers = maps.Clone(c.Tiers)
	for name, t := range c.Tiers {
		t.Window = or(t.Window, time.Hour)
		c.Tiers[name] = t
	}
	c.DefaultTier = or(c.DefaultTier, TierDefault)
	c.SessionFactor, c.WasteFactor = or(c.SessionFactor, defaultFactor), or(c.WasteFactor, defaultWaste)
	c.Deadline = or(c.Deadline, defaultDeadline)
	if c.Logger == nil {
		c.Logger = zap.NewNop()
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return c
}

// Validate names field, value and limit of everything that is wrong. Errors wrap [ErrConfig].
func (c Config) Validate() error {
	c = c.withDefaults()
	var errs []error
	bad := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("%w: "+format, append([]any{ErrConfig}, args...)...))
	}
	if len(c.Tiers) > maxTiers {
		bad("tiers: %d, at most %d", len(c.Tiers), maxTiers)
	}
	for _, name := range slices.Sorted(maps.Keys(c.Tiers)) {
		t := c.Tiers[name]
		if !plainName(name) {
			bad("tier %q: a name has 1 to %d letters, digits, - and _", name, maxNameBytes)
		}
		if t.Requests < 1 || t.Requests > maxRequests {
			bad("tier %s: requests: %d is outside 1 to %d", name, t.Requests, maxRequests)
		}
		if t.Window < time.Second || t.Window > maxWindow {
			bad("tier %s: window: %v is outside 1s to %v", name, t.Window, maxWindow)
		}
	}
	if err := c.known(c.DefaultTier); err != nil {
		bad("default tier: %v", err)
	}
	for user, tier := range c.UserTiers {
		if err := c.known(tier); err != nil {
			bad("user %q: %v", user, err)
		}
	}
	for name, factor := range map[string]int{"session factor": c.SessionFactor, "waste factor": c.WasteFactor} {
		if factor < 1 || factor > 1_000_000 {
			bad("%s: %d is outside 1 to 1000000", name, factor)
		}
	}
	if c.Deadline < time.Millisecond || c.Deadline > time.Second {
		bad("deadline: %v is outside 1ms to 1s", c.Deadline)
	}
	return errors.Join(errs...)
}

func (c Config) known(tier string) error {
	if _, ok := c.Tiers[tier]; !ok {
		return fmt.Errorf("there is no tier %q, only %s", tier, strings.Join(slices.Sorted(maps.Keys(c.Tiers)), ", "))
	}
	return nil
}

// ParseTiers reads "tier=requests,tier=requests" over [DefaultTiers]: what is not named keeps its figure. All get the window.
// Errors wrap [ErrConfig].
func ParseTiers(text string, window time.Duration) (map[string]Tier, error) {
	tiers := DefaultTiers()
	for name, t := range tiers {
		tiers[name] = Tier{t.Requests, window}
	}
	for i, pair := range strings.Split(text, ",") {
		if strings.TrimSpace(pair) == "" {
			continue
		}
		name, figure, ok := strings.Cut(pair, "=")
		requests, err := strconv.Atoi(strings.TrimSpace(figure))
		if !ok || err != nil {
			return nil, fmt.Errorf("%w: tiers: entry %d is not tier=requests", ErrConfig, i+1)
		}
		tiers[strings.TrimSpace(name)] = Tier{requests, window}
	}
	return tiers, Config{Tiers: tiers}.Validate()
}

// ParseUserTiers reads "user=tier,user=tier". Errors wrap [ErrConfig]; that the tiers exist is checked by [New].
func ParseUserTiers(text string) (map[string]string, error) {
	tiers := make(map[string]string)
	for i, pair := range strings.Split(text, ",") {
		if strings.TrimSpace(pair) == "" {
			continue
		}
		user, tier, ok := strings.Cut(pair, "=")
		user, tier = strings.TrimSpace(user), strings.TrimSpace(tier)
		if !ok || user == "" || tier == "" {
			return nil, fmt.Errorf("%w: user tiers: entry %d is not user=tier", ErrConfig, i+1)
		}
		if _, twice := tiers[user]; twice {
			return nil, fmt.Errorf("%w: user tiers: user %q is there twice", ErrConfig, user)
		}
		if tiers[user] = tier; len(tiers) > maxUsers {
			return nil, fmt.Errorf("%w: user tiers: more than %d users", ErrConfig, maxUsers)
		}
	}
	return tiers, nil
}

// tierOf returns the tier of a caller; known is false where the caller carries one that does not exist, and is given the
// default one.
func (c *Config) tierOf(caller infer.Caller) (tier Tier, known bool) {
	name := caller.Tier
	if name == "" {
		name = or(c.UserTiers[caller.User], c.DefaultTier)
	}
	if tier, known = c.Tiers[name]; !known {
		tier = c.Tiers[c.DefaultTier]
	}
	return tier, known
}

func plainName(name string) bool {
	return name != "" && len(name) <= maxNameBytes && !strings.ContainsFunc(name, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_')
	})
}

// or returns v, or missing where v is zero.
func or[T comparable](v, missing T) T {
	var zero T
	if v == zero {
		return missing
	}
	return v
}
