package identity

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sort"
	"time"

	"github.com/redis/go-redis/v9"
	"go.uber.org/zap"

	"inkling/redisconn"
)

// Store holds records. It is safe for concurrent use, in several processes at once.
type Store interface {
	// Get returns the record of an id, or an error that is ErrNotFound, or wraps ErrUnavailable.
	Get(ctx context.Context, id string) (Record, error)
	// Put adds a record.
	Put(ctx context.Context, r Record) error
	// Delete removes a record; ErrNotFound where there is none.
	Delete(ctx context.Context, id string) error
	// List returns all records, oldest first.
	List(ctx context.Context) ([]Record, error)
}

// Add makes a key and returns its record and the key itself, which is shown this once. tiers are those that exist; nil
// allows all. Errors wrap [ErrRecord] or are the store's.
func Add(ctx context.Context, s Store, n New, tiers []string) (Record, string, error) {
	if err := n.validate(tiers); err != nil {
		return Record{}, "", err
	}
	r, token := n.make(time.Now())
	if err := s.Put(ctx, r); err != nil {
		return Record{}, "", err
	}
	return r, token, nil
}

// redisKeys is one hash, so that a look-up is one round trip on a cluster too.
const (
	redisKeys     = "inkling:keys"
	storeDeadline = 500 * time.Millisecond // for one call; a request that carries a known key waits for none
)

// RedisStore holds records in Redis, for all instances.
type RedisStore struct {
	client redis.UniversalClient
	guard  *redisconn.Guard
}

// NewRedisStore returns a store. The caller closes the client. A nil log is silent.
func NewRedisStore(client redis.UniversalClient, log *zap.Logger) *RedisStore {
	return &RedisStore{client: client, guard: redisconn.NewGuard("keys", storeDeadline, log)}
}

// State is "ok", or "degraded" while Redis fails.
func (s *RedisStore) State() string { return s.guard.State() }

func (s *RedisStore) do(ctx context.Context, f func(ctx context.Context) error) error {
	err := s.guard.Do(ctx, f)
	switch {
	case err == nil || errors.Is(err, redis.Nil):
		return err
	case errors.Is(err, redisconn.ErrSkipped):
		return fmt.Errorf("%w: Redis failed a moment ago: %s", ErrUnavailable, s.guard.LastFailure())
	}
	return fmt.Errorf("%w: Redis: %s", ErrUnavailable, redisconn.Kind(err))
}

// Get implements [Store].
func (s *RedisStore) Get(ctx context.Context, id string) (r Record, err error) {
	var text string
	err = s.do(ctx, func(ctx context.Context) (err error) {
		text, err = s.client.HGet(ctx, redisKeys, id).Result()
		return err
	})
	switch {
	case errors.Is(err, redis.Nil):
		return r, ErrNotFound
	case err != nil:
		return r, err
	}
	if err := json.Unmarshal([]byte(text), &r); err != nil || r.ID != id {
		return Record{}, fmt.Errorf("%w: the record of %s cannot be read", ErrNotFound, id)
	}
	return r, nil
}

// Put implements [Store].
func (s *RedisStore) Put(ctx context.Context, r Record) error {
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	var n int64
	err = s.do(ctx, func(ctx context.Context) (err error) {
		n, err = s.client.HLen(ctx, redisKeys).Result()
		return err
	})
	if err == nil && n >= maxKeys {
		err = fmt.Errorf("%w: there are %d keys, at most %d", ErrRecord, n, maxKeys)
	}
	if err != nil {
		return err
	}
	return s.do(ctx, func(ctx context.Context) error { return s.client.HSet(ctx, redisKeys, r.ID, text).Err() })
}

// Delete implements [Store].
func (s *RedisStore) Delete(ctx context.Context, id string) error {
	var n int64
	err := s.do(ctx, func(ctx context.Context) (err error) {
		n, err = s.client.HDel(ctx, redisKeys, id).Result()
		return err
	})
	if err == nil && n == 0 {
		return ErrNotFound
	}
	return err
}

// List implements [Store]. Records that cannot be read are left out.
func (s *RedisStore) List(ctx context.Context) ([]Record, error) {
	var all map[string]string
	err := s.do(ctx, func(ctx context.Context) (err error) {
		all, err = s.client.HGetAll(ctx, redisKeys).Result()
		return err
	})
	if err != nil {
		return nil, err
	}
	records := make([]Record, 0, len(all))
	for id, text := range all {
		var r Record
		if json.Unmarshal([]byte(text), &r) == nil && r.ID == id {
			records = append(records, r)
		}
	}
	return inOrder(records), nil
}

// inOrder sorts by age.
func inOrder(records []Record) []Record {
	sort.Slice(records, func(i, j int) bool {
		a, b := records[i], records[j]
		return a.Created.Before(b.Created) || a.Created.Equal(b.Created) && a.ID < b.ID
	})
	return records
}
