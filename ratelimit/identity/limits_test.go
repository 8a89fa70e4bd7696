package identity

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alicebob/miniredis/v2"

	"inkling/infer"
	"inkling/redisconn"
	"inkling/redisconn/redistest"
)

// All keys but one are there: one more is taken, and no other.
func TestThereAreOnlySoManyKeys(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.json")
	all := keysFile{Version: fileVersion}
	var hash []string
	for i := range maxKeys - 1 {
		all.Keys = append(all.Keys, Record{ID: fmt.Sprintf("%012x", i)})
		hash = append(hash, all.Keys[i].ID, "{}")
	}
	data, err := json.Marshal(all)
	if err != nil || os.WriteFile(path, data, 0o600) != nil {
		t.Fatal(err)
	}
	server := miniredis.RunT(t)
	server.HSet(redisKeys, hash...)
	for name, store := range map[string]Store{
		"file": NewFileStore(path), "redis": NewRedisStore(redistest.Open(t, redisconn.Config{URL: "redis://" + server.Addr()}), nil),
	} {
		if _, _, err := Add(background, store, New{User: "ann"}, nil); err != nil {
			t.Fatalf("%s: the last key: %v", name, err)
		}
		if _, _, err := Add(background, store, New{User: "bob"}, nil); !errors.Is(err, ErrRecord) || !strings.Contains(err.Error(), "100000 keys, at most 100000") {
			t.Errorf("%s: one more: %v", name, err)
		}
	}
}

func TestALargeFileOfKeysIsNotRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.json")
	for size, want := range map[int64]string{maxFileBytes: "not one of version", maxFileBytes + 1: "67108865 bytes, at most 67108864"} {
		if err := errors.Join(os.WriteFile(path, nil, 0o600), os.Truncate(path, size)); err != nil {
			t.Fatal(err)
		}
		if _, err := NewFileStore(path).Get(background, "none"); !errors.Is(err, ErrUnavailable) || !strings.Contains(err.Error(), want) {
			t.Errorf("%d bytes: %v, want %q", size, err, want)
		}
	}
}

func TestOnlySoManyTicketsWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tickets := NewTickets(nil)
		ask := func() *httptest.ResponseRecorder {
			w := httptest.NewRecorder()
			tickets.Handler(func(context.Context) infer.Caller { return infer.Caller{} }).ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/api/v1/ticket", nil))
			return w
		}
		first, err := tickets.Issue(background, infer.Caller{})
		if err != nil {
			t.Fatal(err)
		}
		for i := range maxTickets - 1 {
			if err := tickets.hold(fmt.Sprint(i), infer.Caller{}); err != nil {
				t.Fatal(err)
			}
		}
		if w := ask(); w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
			t.Errorf("%d wait: %d %s", maxTickets, w.Code, w.Body)
		}
		if _, err := tickets.Redeem(background, first.Token); err != nil {
			t.Fatal(err)
		}
		if w := ask(); w.Code != http.StatusOK {
			t.Errorf("one was used: %d %s", w.Code, w.Body)
		}
		time.Sleep(TicketLifetime + 1) // of the bubble
		if w := ask(); w.Code != http.StatusOK || len(tickets.held) != 1 {
			t.Errorf("all are old: %d, %d are held", w.Code, len(tickets.held))
		}
	})
}

// asked counts the look-ups of a store that has every key.
type asked struct {
	Store
	n int
}

func (s *asked) Get(_ context.Context, id string) (Record, error) {
	s.n++
	return Record{ID: id}, nil
}

func TestOnlySoManyKeysAreRemembered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &asked{}
		i := NewIdentity(store, nil, nil)
		look := func(key int) {
			if _, err := i.ask(background, fmt.Sprint(key)); err != nil {
				t.Fatal(err)
			}
		}
		for key := range maxRemembered {
			look(key)
		}
		for key := range maxRemembered {
			look(key)
		}
		if store.n != maxRemembered || len(i.known) != maxRemembered {
			t.Errorf("%d look-ups of %d keys, %d are remembered", store.n, maxRemembered, len(i.known))
		}
		time.Sleep(rememberFor) // of the bubble
		look(0)
		if len(i.known) != maxRemembered {
			t.Errorf("one that is known was looked up again: %d are remembered", len(i.known))
		}
		look(maxRemembered)
		if before := store.n; len(i.known) != 1 {
			t.Errorf("one more: %d are remembered", len(i.known))
		} else if look(0); store.n != before+1 {
			t.Error("one more, and the first is remembered")
		}
	})
}
