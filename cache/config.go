package cache

import (
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
	"go.uber.org/zap"

	"inkling/infer"
)

// Defaults and limits.
const (
	defaultTTL      = time.Hour
	maxTTL          = 30 * 24 * time.Hour
	defaultBytes    = 64 << 20
	minBytes        = 1 << 20
	defaultDeadline = 20 * time.Millisecond
	defaultQueue    = 256
	maxQueue        = 65_536
)

// ErrConfig is returned, wrapped with field, value and limit, for a cache that cannot be.
var ErrConfig = errors.New("cache: not a configuration")

// Config is what [New] needs. Generator and Model are required.
type Config struct {
	Generator infer.Generator    // is asked for what is not cached
	Model     func() infer.Model // the model in use; while its Name is empty nothing is cached

	TTL             time.Duration // how long an answer is kept; 0 means an hour, at most 30 days
	Bytes           int64         // of memory for answers, about; 0 means 64 MiB, at least 1 MiB
	SeparateTenants bool          // callers of one tenant never see what was computed for another
	// FreshSamples makes requests with a temperature and no seed always be computed. By default a cached sample is as good
	// an answer as a new one; who wants a certain other one names a seed.
	FreshSamples bool

	Redis    redis.UniversalClient // shared by all instances, behind the memory; nil: none. The caller closes it
	Deadline time.Duration         // for a look-up in Redis; 0 means 20 ms
	Queue    int                   // writes to Redis that may wait; 0 means 256
	Logger   *zap.Logger           // nil: silent
}

// withDefaults returns c with defaults in place of zeros.
func (c Config) withDefaults() Config {
	c.TTL, c.Bytes = or(c.TTL, defaultTTL), or(c.Bytes, defaultBytes)
	c.Deadline, c.Queue = or(c.Deadline, defaultDeadline), or(c.Queue, defaultQueue)
	if c.Logger == nil {
		c.Logger = zap.NewNop()
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
	if c.Generator == nil {
		bad("Generator is nil")
	}
	if c.Model == nil {
		bad("Model is nil")
	}
	if c.TTL < time.Second || c.TTL > maxTTL {
		bad("TTL: %v is outside 1s to %v", c.TTL, maxTTL)
	}
	if c.Bytes < minBytes {
		bad("Bytes: %d, at least %d", c.Bytes, minBytes)
	}
	if c.Deadline < time.Millisecond || c.Deadline > time.Second {
		bad("Deadline: %v is outside 1ms to 1s", c.Deadline)
	}
	if c.Queue < 1 || c.Queue > maxQueue {
		bad("Queue: %d is outside 1 to %d", c.Queue, maxQueue)
	}
	return errors.Join(errs...)
}

// or returns v, or missing where v is zero.
func or[T comparable](v, missing T) T {
	var zero T
	if v == zero {
		return missing
	}
	return v
}
