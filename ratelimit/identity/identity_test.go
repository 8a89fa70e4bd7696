package identity

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"inkling/infer"
	"inkling/redisconn"
	"inkling/redisconn/redistest"
)

var background = context.Background()

// stores opens the same store twice, as two instances would.
func stores(t *testing.T) map[string][2]Store {
	t.Helper()
	path := filepath.Join(t.TempDir(), "data", "keys.json")
	client := openRedis(t)
	return map[string][2]Store{
		"file":  {NewFileStore(path), NewFileStore(path)},
		"redis": {NewRedisStore(client, nil), NewRedisStore(client, nil)},
	}
}

func openRedis(t *testing.T) redis.UniversalClient {
	t.Helper()
	return redistest.Open(t, redisconn.Config{URL: "redis://" + miniredis.RunT(t).Addr()})
}

func TestKeysAreMadeListedUsedAndRevoked(t *testing.T) {
	for name, s := range stores(t) {
		t.Run(name, func(t *testing.T) {
			here, there := NewIdentity(s[0], nil, nil), NewIdentity(s[1], nil, nil)
			r, token, err := Add(background, s[0], New{User: "ann", Tier: "premium", Tenant: "t", Admin: true}, []string{"premium"})
			if err != nil {
				t.Fatal(err)
			}
			if _, _, err := Add(background, s[1], New{User: "bob"}, nil); err != nil {
				t.Fatal(err)
			}
			for _, i := range []*Identity{here, there} {
				caller, err := i.Authenticate(background, token, "somebody else")
				if err != nil || caller != (infer.Caller{User: "ann", Tier: "premium", Tenant: "t", Key: r.ID}) {
					t.Errorf("%+v, %v", caller, err)
				}
			}
			all, err := s[1].List(background)
			if err != nil || len(all) != 2 || all[0].User == all[1].User {
				t.Errorf("%+v, %v", all, err)
			}
			if err := s[1].Delete(background, r.ID); err != nil {
				t.Fatal(err)
			}
			if err := s[0].Delete(background, r.ID); !errors.Is(err, ErrNotFound) {
				t.Errorf("revoked twice: %v", err)
			}
			if _, err := NewIdentity(s[0], nil, nil).Authenticate(background, token, ""); !errors.Is(err, ErrUnauthorized) {
				t.Errorf("revoked: %v", err)
			}
		})
	}
}

func TestARevokedKeyIsRefusedWithinTheDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := NewFileStore(filepath.Join(t.TempDir(), "keys.json"))
		i := NewIdentity(store, nil, nil)
		r, token, err := Add(background, store, New{User: "ann"}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := i.Authenticate(background, token, ""); err != nil {
			t.Fatal(err)
		}
		if err := store.Delete(background, r.ID); err != nil {
			t.Fatal(err)
		}
		time.Sleep(RevocationDelay) // of the bubble
		if _, err := i.Authenticate(background, token, ""); !errors.Is(err, ErrUnauthorized) {
			t.Errorf("%v", err)
		}
	})
}

func TestTokensThatAreNoKeysAreRefused(t *testing.T) {
	store := NewFileStore(filepath.Join(t.TempDir(), "keys.json"))
	_, token, err := Add(background, store, New{User: "ann"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	i := NewIdentity(store, NewTickets(nil), nil)
	other := []byte(token)
	other[len(other)-1] ^= 1
	if other[len(other)-1] == 'g' || other[len(other)-1] == '`' {
		other[len(other)-1] = '0'
	}
	for _, bad := range []string{"", "x", token[:len(token)-1], token + "0", string(other), strings.ToUpper(token), "ink_" + strings.Repeat("z", keyLength-4),
		ticketPrefix, ticketPrefix + strings.Repeat("0", 64), strings.Repeat("a", 1<<20)} {
		if caller, err := i.Authenticate(background, bad, ""); !errors.Is(err, ErrUnauthorized) || caller != (infer.Caller{}) {
			t.Errorf("%d bytes: %+v, %v", len(bad), caller, err)
		}
	}
}

func TestOnlyHashesAreStored(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.json")
	_, token, err := Add(background, NewFileStore(path), New{User: "ann"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if secret := token[strings.LastIndexByte(token, '_')+1:]; strings.Contains(string(data), secret) {
		t.Error("the file holds the key")
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

func TestKeysThatCannotBeAreNamed(t *testing.T) {
	store := NewFileStore(filepath.Join(t.TempDir(), "keys.json"))
	for want, n := range map[string]New{
		"user: it is empty":                         {},
		"user: 200 bytes; at most 128":              {User: strings.Repeat("u", 200)},
		"tenant: 1 bytes":                           {User: "u", Tenant: "\n"},
		`tier: there is no "gold", only a, default`: {User: "u", Tier: "gold"},
	} {
		if _, _, err := Add(background, store, n, []string{"a", "default"}); !errors.Is(err, ErrRecord) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

func TestManyProcessesAddKeysAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.json")
	var group sync.WaitGroup
	for range 10 {
		store := NewFileStore(path)
		group.Go(func() {
			for range 3 {
				if _, _, err := Add(background, store, New{User: "u"}, nil); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	if all, err := NewFileStore(path).List(background); err != nil || len(all) != 30 {
		t.Errorf("%d keys, %v", len(all), err)
	}
}

func TestAFileThatIsNoneIsNotOverwritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.json")
	if err := os.WriteFile(path, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	store := NewFileStore(path)
	if _, _, err := Add(background, store, New{User: "u"}, nil); !errors.Is(err, ErrUnavailable) {
		t.Errorf("%v", err)
	}
	if data, _ := os.ReadFile(path); string(data) != "precious" {
		t.Error("it was overwritten")
	}
}

// broken is a store that can be made to fail, and counts who asked.
type broken struct {
	Store
	down  atomic.Bool
	asked atomic.Int64
}

func (b *broken) Get(ctx context.Context, id string) (Record, error) {
	b.asked.Add(1)
	if b.down.Load() {
		return Record{}, ErrUnavailable
	}
	return b.Store.Get(ctx, id)
}

func TestAStoreThatFailsLocksOutNobodyWhoWasIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &broken{Store: NewFileStore(filepath.Join(t.TempDir(), "keys.json"))}
		i := NewIdentity(store, nil, nil)
		_, in, err := Add(background, store, New{User: "in"}, nil)
		if err != nil {
			t.Fatal(err)
		}
		_, out, err := Add(background, store, New{User: "out"}, nil)
		if err != nil {
			t.Fatal(err)
		}
		for range 100 {
			if _, err := i.Authenticate(background, in, ""); err != nil {
				t.Fatal(err)
			}
		}
		if store.asked.Load() != 1 {
			t.Errorf("the store was asked %d times, want 1", store.asked.Load())
		}
		store.down.Store(true)
		time.Sleep(rememberFor) // of the bubble
		if _, err := i.Authenticate(background, in, ""); err != nil {
			t.Errorf("who was in: %v", err)
		}
		if _, err := i.Authenticate(background, out, ""); !errors.Is(err, ErrUnavailable) {
			t.Errorf("who was not: %v", err)
		}
		time.Sleep(staleFor)
		if _, err := i.Authenticate(background, in, ""); !errors.Is(err, ErrUnavailable) {
			t.Errorf("who was in long ago: %v", err)
		}
		if s := i.Stats(); s.Stale != 1 || s.Errors != 3 {
			t.Errorf("%+v", s)
		}
	})
}

func TestOnlyAdministratorsPass(t *testing.T) {
	store := NewFileStore(filepath.Join(t.TempDir(), "keys.json"))
	i := NewIdentity(store, nil, nil)
	keys := map[string]error{"": ErrUnauthorized, "ink_no": ErrUnauthorized}
	for admin, want := range map[bool]error{true: nil, false: ErrForbidden} {
		_, token, err := Add(background, store, New{User: "u", Admin: admin}, nil)
		if err != nil {
			t.Fatal(err)
		}
		keys[token] = want
	}
	for token, want := range keys {
		if _, err := i.Admin(background, token); !errors.Is(err, want) {
			t.Errorf("%v, want %v", err, want)
		}
	}
}

func BenchmarkAuthenticate(b *testing.B) {
	store := NewFileStore(filepath.Join(b.TempDir(), "keys.json"))
	_, token, err := Add(background, store, New{User: "u"}, nil)
	if err != nil {
		b.Fatal(err)
	}
	i := NewIdentity(store, nil, nil)
	for b.Loop() {
		if _, err := i.Authenticate(background, token, ""); err != nil {
			b.Fatal(err)
		}
	}
}
