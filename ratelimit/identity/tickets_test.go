package identity

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"inkling/infer"
)

func TestATicketIsGoodOnceAndForHalfAMinute(t *testing.T) {
	store := NewFileStore(filepath.Join(t.TempDir(), "keys.json"))
	r, _, err := Add(background, store, New{User: "ann", Tier: "premium"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	caller := r.Caller()
	for name, tickets := range map[string]*Tickets{"memory": NewTickets(nil), "redis": NewTickets(openRedis(t))} {
		i := NewIdentity(store, tickets, nil)
		ticket, err := tickets.Issue(background, caller)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := i.Authenticate(background, ticket.Token, ""); err != nil || got != caller {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
		if _, err := i.Authenticate(background, ticket.Token, ""); !errors.Is(err, ErrUnauthorized) {
			t.Errorf("%s: used twice: %v", name, err)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		tickets := NewTickets(nil)
		ticket, err := tickets.Issue(background, caller)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(TicketLifetime) // of the bubble
		if _, err := tickets.Redeem(background, ticket.Token); !errors.Is(err, ErrUnauthorized) {
			t.Errorf("too late: %v", err)
		}
	})
}

func TestATicketIsHandedOutOverHTTP(t *testing.T) {
	tickets := NewTickets(nil)
	w := httptest.NewRecorder()
	tickets.Handler(func(context.Context) infer.Caller { return infer.Caller{User: "ann", Door: infer.DoorREST} }).
		ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/api/v1/ticket", nil))
	var answer struct {
		Ticket           string
		ExpiresInSeconds int
	}
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || answer.ExpiresInSeconds != 30 {
		t.Fatalf("%s, %v", w.Body, err)
	}
	if caller, err := tickets.Redeem(background, answer.Ticket); err != nil || caller != (infer.Caller{User: "ann"}) {
		t.Errorf("%+v, %v", caller, err)
	}
}

func TestATicketIsWorthNothingOnceItsKeyIsRevoked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, tickets := NewFileStore(filepath.Join(t.TempDir(), "keys.json")), NewTickets(nil)
		i := NewIdentity(store, tickets, nil)
		r, key, err := Add(background, store, New{User: "ann"}, nil)
		if err != nil {
			t.Fatal(err)
		}
		caller, err := i.Authenticate(background, key, "")
		if err != nil {
			t.Fatal(err)
		}
		ticket, err := tickets.Issue(background, caller)
		if err != nil {
			t.Fatal(err)
		}
		if err := store.Delete(background, r.ID); err != nil {
			t.Fatal(err)
		}
		time.Sleep(RevocationDelay) // of the bubble
		if got, err := i.Authenticate(background, ticket.Token, ""); !errors.Is(err, ErrUnauthorized) || got != (infer.Caller{}) {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

func TestATicketIsNotLookedUpAsAKey(t *testing.T) {
	tickets := NewTickets(nil)
	i := NewIdentity(NewFileStore(filepath.Join(t.TempDir(), "none")), tickets, nil)
	ticket, err := tickets.Issue(background, infer.Caller{User: "ann"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := i.Lookup(background, ticket.Token); !errors.Is(err, ErrTicket) || !errors.Is(err, ErrUnauthorized) {
		t.Errorf("%v", err)
	}
}
