package redisconn

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// Times of a connection. What a completion waits for has a shorter deadline of its own: see [Guard].
const (
	dialTimeout   = time.Second
	readTimeout   = 2 * time.Second
	poolTimeout   = 500 * time.Millisecond
	maxIdleTime   = 5 * time.Minute
	clusterReload = time.Second           // 60 s by default: as long would a dead master go unnoticed
	retryBackoff  = 64 * time.Millisecond // the longest, between tries of a cluster
	maxPool       = 64                    // connections to a node
	maxDB         = 15
)

// ErrConfig is returned, wrapped with field and limit, when there is no such Redis.
var ErrConfig = errors.New("redisconn: not a Redis that can be connected to")

// Config says where Redis is. With URL, the other fields may only add user and password that the URL lacks.
type Config struct {
	// URL is redis://user:password@host:port/db, or rediss:// for TLS; with ?master_name=NAME the hosts are Sentinels,
	// and redis+cluster:// (rediss+cluster://) means Cluster. More hosts are added as &addr=host:port.
	URL      string
	Host     string // of a single server; "" with an empty URL: no Redis
	Port     int    // 0 means 6379
	DB       int    // 0 to 15
	User     string
	Password string
	TLS      bool
}

// Configured says whether there is to be a Redis.
func (c Config) Configured() bool { return c.URL != "" || c.Host != "" }

// Open makes a client, which the caller closes. It does not connect yet: a Redis that is not there is found when it comes.
// Errors wrap [ErrConfig].
func Open(c Config) (redis.UniversalClient, error) {
	silence()
	if c.URL == "" {
		return c.openHost()
	}
	u, err := url.Parse(c.URL)
	if err != nil {
		return nil, fmt.Errorf("%w: the URL cannot be read", ErrConfig) // the error itself holds the password
	}
	scheme, cluster := strings.CutSuffix(u.Scheme, "+cluster")
	u.Scheme = scheme
	switch {
	case scheme != "redis" && scheme != "rediss" && scheme != "unix":
		return nil, fmt.Errorf("%w: scheme %q: want redis, rediss, redis+cluster, rediss+cluster or unix", ErrConfig, u.Scheme)
	case cluster:
		return c.openCluster(u)
	case u.Query().Get("master_name") != "":
		return c.openSentinel(u)
	}
	return c.openSingle(u)
}

// parseError keeps what go-redis says of a URL, which names parameters, without the URL.
func parseError(err error) error {
	if _, ok := errors.AsType[*url.Error](err); ok {
		return fmt.Errorf("%w: the URL cannot be read", ErrConfig)
	}
	return fmt.Errorf("%w: %v", ErrConfig, err)
}

func (c Config) openHost() (redis.UniversalClient, error) {
	port := or(c.Port, 6379)
	switch {
	case c.Host == "":
		return nil, fmt.Errorf("%w: neither URL nor host is given", ErrConfig)
	case port < 1 || port > 65535:
		return nil, fmt.Errorf("%w: port: %d is outside 1 to 65535", ErrConfig, port)
	case c.DB < 0 || c.DB > maxDB:
		return nil, fmt.Errorf("%w: database: %d is outside 0 to %d", ErrConfig, c.DB, maxDB)
	}
	o := &redis.Options{Addr: net.JoinHostPort(c.Host, strconv.Itoa(port)), DB: c.DB, Username: c.User, Password: c.Password}
	if c.TLS {
		o.TLSConfig = &tls.Config{ServerName: c.Host, MinVersion: tls.VersionTLS12}
	}
	return newSingle(o), nil
}

func (c Config) openSingle(u *url.URL) (redis.UniversalClient, error) {
	o, err := redis.ParseURL(u.String())
	if err != nil {
		return nil, parseError(err)
	}
	o.Username, o.Password = or(o.Username, c.User), or(o.Password, c.Password)
	return newSingle(o), nil
}

func newSingle(o *redis.Options) redis.UniversalClient {
	o.ContextTimeoutEnabled = true // or a silent Redis holds a call of 20 ms for seconds
	o.DialTimeout, o.ReadTimeout, o.WriteTimeout = or(o.DialTimeout, dialTimeout), or(o.ReadTimeout, readTimeout), or(o.WriteTimeout, readTimeout)
	o.PoolTimeout, o.PoolSize = or(o.PoolTimeout, poolTimeout), or(o.PoolSize, maxPool)
	o.ConnMaxIdleTime = or(o.ConnMaxIdleTime, maxIdleTime)
	o.MaxRetries = or(o.MaxRetries, -1) // a charge that is tried again may be counted twice
	o.DialerRetries = 1
	o.MaintNotificationsConfig = noNotifications()
	return redis.NewClient(o)
}

func (c Config) openSentinel(u *url.URL) (redis.UniversalClient, error) {
	o, err := redis.ParseFailoverURL(u.String())
	if err != nil {
		return nil, parseError(err)
	}
	o.Username, o.Password = or(o.Username, c.User), or(o.Password, c.Password)
	o.ContextTimeoutEnabled = true
	o.DialTimeout, o.ReadTimeout, o.WriteTimeout = or(o.DialTimeout, dialTimeout), or(o.ReadTimeout, readTimeout), or(o.WriteTimeout, readTimeout)
	o.PoolTimeout, o.PoolSize = or(o.PoolTimeout, poolTimeout), or(o.PoolSize, maxPool)
	o.ConnMaxIdleTime = or(o.ConnMaxIdleTime, maxIdleTime)
	o.MaxRetries = or(o.MaxRetries, -1)
	o.DialerRetries = 1
	return redis.NewFailoverClient(o), nil
}

func (c Config) openCluster(u *url.URL) (redis.UniversalClient, error) {
	o, err := redis.ParseClusterURL(u.String())
	if err != nil {
		return nil, parseError(err)
	}
	o.Username, o.Password = or(o.Username, c.User), or(o.Password, c.Password)
	o.ContextTimeoutEnabled = true
	o.DialTimeout, o.ReadTimeout, o.WriteTimeout = or(o.DialTimeout, dialTimeout), or(o.ReadTimeout, readTimeout), or(o.WriteTimeout, readTimeout)
	o.PoolTimeout, o.PoolSize = or(o.PoolTimeout, poolTimeout), or(o.PoolSize, maxPool)
	o.ConnMaxIdleTime = or(o.ConnMaxIdleTime, maxIdleTime)
	o.MaxRedirects = or(o.MaxRedirects, 3)
	o.MaxRetryBackoff = or(o.MaxRetryBackoff, retryBackoff)
	o.ClusterStateReloadInterval = clusterReload
	o.DialerRetries = 1
	o.MaintNotificationsConfig = noNotifications()
	return redis.NewClusterClient(o), nil
}

func noNotifications() *maintnotifications.Config {
	return &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
}

// silence keeps go-redis from writing addresses to standard error, once for the process; a Guard logs each change.
var silence = sync.OnceFunc(func() { redis.SetLogger(silent{}) })

type silent struct{}

// Printf implements go-redis' logger.
func (silent) Printf(context.Context, string, ...any) {}

// or returns v, or missing where v is zero.
func or[T comparable](v, missing T) T {
	var zero T
	if v == zero {
		return missing
	}
	return v
}
