package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"inkling/ratelimit"
	"inkling/ratelimit/identity"
	"inkling/stream"
)

// saying serves one body.
func saying(t *testing.T, status int, body string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func TestOnlySoMuchOfAHealthAnswerIsShown(t *testing.T) {
	for over := range 2 {
		text := strings.Repeat("a", maxHealthBytes-1) + "b" + strings.Repeat("c", over)
		err := (&healthCommand{URL: saying(t, http.StatusServiceUnavailable, text)}).ask(t.Context())
		if err == nil || !strings.HasSuffix(err.Error(), ": "+text[:maxHealthBytes]) {
			t.Errorf("%d bytes: %v", len(text), err)
		}
	}
}

func TestOnlySoMuchOfAWarmAnswerIsRead(t *testing.T) {
	for over := range 2 {
		text := `{"computed":7` + strings.Repeat(" ", maxWarmAnswer-len(`{"computed":7}`)+over) + "}"
		p, err := (&warmCommand{Server: saying(t, http.StatusOK, text)}).ask(t.Context(), http.MethodGet, nil)
		if (err != nil) != (over == 1) || (p.Computed == 7) != (over == 0) {
			t.Errorf("%d bytes: %+v, %v", len(text), p, err)
		}
	}
}

// listed is a store of which only the list is asked for.
type listed struct {
	identity.Store
	records []identity.Record
}

func (s listed) List(context.Context) ([]identity.Record, error) { return s.records, nil }

func TestOnlySoManyUsersAreShown(t *testing.T) {
	limiter, err := ratelimit.New(ratelimit.Config{})
	if err != nil {
		t.Fatal(err)
	}
	var store listed
	for i := range maxUsersListed + 1 {
		store.records = append(store.records, identity.Record{User: fmt.Sprintf("user%03d", i)})
	}
	for over := range 2 {
		of := listed{records: store.records[:maxUsersListed+over]}
		all, err := users{of, limiter, &stream.Server{}}.Users(t.Context())
		if err != nil || len(all) != maxUsersListed || all[maxUsersListed-1].User != fmt.Sprintf("user%03d", maxUsersListed-1) {
			t.Errorf("of %d: %d users, %v", len(of.records), len(all), err)
		}
	}
}
