package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"text/tabwriter"
	"time"

	"go.uber.org/zap"

	"inkling/ratelimit/identity"
)

type keysCommand struct {
	Add    keysAdd    `cmd:"" help:"Make a key and show it, once."`
	List   keysList   `cmd:"" help:"List the keys, by id."`
	Revoke keysRevoke `cmd:"" help:"Revoke a key; every instance refuses it within 5 s."`
}

// redisFlags say where keys are kept, as inkling serve does.
type redisFlags struct {
	RedisHost     string `env:"REDIS_HOST" placeholder:"HOST" help:"Redis that holds the keys. Default: a file in the data folder."`
	RedisPort     int    `env:"REDIS_PORT" default:"6379" help:"Port of Redis."`
	RedisDB       int    `env:"REDIS_DB" default:"0" help:"Database of Redis."`
	RedisURL      string `env:"REDIS_URL" placeholder:"URL" help:"Redis by URL."`
	RedisUser     string `env:"REDIS_USERNAME" placeholder:"NAME" help:"User of Redis."`
	RedisPassword string `env:"REDIS_PASSWORD" placeholder:"PASSWORD" help:"Password of Redis."`
	RedisTLS      bool   `env:"REDIS_TLS" help:"Speak TLS with the Redis of REDIS_HOST."`
}

// with opens the store, does something with it, and closes what was opened.
func (f redisFlags) with(p *program, do func(context.Context, identity.Store) error) error {
	client, err := openRedis(serverConfig{RedisHost: f.RedisHost, RedisPort: f.RedisPort, RedisDB: f.RedisDB, RedisURL: f.RedisURL,
		RedisUser: f.RedisUser, RedisPassword: f.RedisPassword, RedisTLS: f.RedisTLS})
	if err != nil {
		return err
	}
	err = do(context.Background(), p.keyStore(client, zap.NewNop()))
	if client != nil {
		err = errors.Join(err, client.Close())
	}
	return err
}

type keysAdd struct {
	User   string `arg:"" help:"Whose key it is."`
	Tier   string `default:"default" help:"default, premium, enterprise or another of TIERS."`
	Admin  bool   `help:"The key may administer the server."`
	Tenant string `help:"Whose cached answers the user may share, where CACHE_SEPARATE_TENANTS is set."`
	Tiers  string `env:"TIERS" placeholder:"TIER=N,..." help:"The tiers, as inkling serve knows them."`

	redisFlags `embed:""`
}

// Run prints the key on standard output, and nothing else there.
func (c *keysAdd) Run(p *program) error {
	known, err := (&teamConfig{Tiers: c.Tiers, RateLimitWindow: 3600}).tiers()
	if err != nil {
		return err
	}
	tiers := slices.Sorted(maps.Keys(known))
	return c.with(p, func(ctx context.Context, s identity.Store) error {
		record, key, err := identity.Add(ctx, s, identity.New{User: c.User, Tier: c.Tier, Admin: c.Admin, Tenant: c.Tenant}, tiers)
		if err != nil {
			return err
		}
		fmt.Fprintf(os.Stderr, "key %s of %s, tier %s; it is shown this once:\n", record.ID, record.User, record.Tier)
		fmt.Println(key)
		return nil
	})
}

type keysList struct {
	redisFlags `embed:""`
}

// Run lists ids, users and tiers.
func (c *keysList) Run(p *program) error {
	return c.with(p, func(ctx context.Context, s identity.Store) error {
		records, err := s.List(ctx)
		if err != nil {
			return err
		}
		table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, "ID\tUSER\tTIER\tADMIN\tMADE")
		for _, r := range records {
			fmt.Fprintf(table, "%s\t%s\t%s\t%v\t%s\n", r.ID, r.User, r.Tier, r.Admin, r.Created.Format(time.DateOnly))
		}
		return table.Flush()
	})
}

type keysRevoke struct {
	ID string `arg:"" help:"The key's id, as inkling keys list shows it."`

	redisFlags `embed:""`
}

// Run removes a key.
func (c *keysRevoke) Run(p *program) error {
	return c.with(p, func(ctx context.Context, s identity.Store) error { return s.Delete(ctx, c.ID) })
}
