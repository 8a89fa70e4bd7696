package identity

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"inkling/infer"
)

// Times of what is remembered.
const (
	// RevocationDelay is the longest that a revoked key is still let in while the store can be asked.
	RevocationDelay = 5 * time.Second

	rememberFor   = 2 * time.Second  // a record, or that there is none
	staleFor      = 10 * time.Minute // a record, while the store cannot be asked
	maxRemembered = 20_000
)

// Identity answers who a token belongs to. It has no goroutine and needs no closing.
type Identity struct {
	store   Store
	tickets *Tickets
	log     *zap.Logger

	mu    sync.Mutex // guards known; never held while the store is asked
	known map[string]remembered
	calls map[string]*call

	accepted, refused, stale, failed atomic.Uint64
}

// remembered is what the store said of an id.
type remembered struct {
	record Record
	exists bool
	at     time.Time
}

// call is a look-up under way, which all who ask for the same id wait for.
type call struct {
	done chan struct{}
	remembered
	err error
}

// Stats is a snapshot of an [Identity]. Counters rise from the start of the process.
type Stats struct {
	State    string // "ok", or "degraded" while the last look-up failed
	Accepted uint64
	Refused  uint64
	Stale    uint64 // of those accepted, those whose record could not be looked up again
	Errors   uint64 // look-ups that failed
}

// NewIdentity returns an identity over a store. tickets may be nil: then there are none. A nil log is silent.
func NewIdentity(store Store, tickets *Tickets, log *zap.Logger) *Identity {
	if log == nil {
		log = zap.NewNop()
	}
	return &Identity{store: store, tickets: tickets, log: log, known: make(map[string]remembered), calls: make(map[string]*call)}
}

// Authenticate returns the caller who opens a session with a token: an API key, or a ticket, which is used up and is worth
// what its key is by now. userID is what the caller says of itself, and is not believed. Errors wrap [ErrUnauthorized] or
// [ErrUnavailable], or are ctx's.
func (i *Identity) Authenticate(ctx context.Context, token, userID string) (infer.Caller, error) {
	if strings.HasPrefix(token, ticketPrefix) && i.tickets != nil {
		caller, err := i.redeem(ctx, token)
		return caller, i.count(err)
	}
	r, err := i.Lookup(ctx, token)
	return r.Caller(), err
}

// redeem uses a ticket up and returns the caller of its key, which must still be there.
func (i *Identity) redeem(ctx context.Context, ticket string) (infer.Caller, error) {
	caller, err := i.tickets.Redeem(ctx, ticket)
	if err != nil {
		return infer.Caller{}, err
	}
	known, err := i.ask(ctx, caller.Key)
	if err != nil {
		return infer.Caller{}, err
	}
	if !known.exists {
		return infer.Caller{}, ErrUnauthorized
	}
	return known.record.Caller(), nil
}

// Lookup returns the record of an API key. A ticket is none: [ErrTicket]. Other errors are those of [Identity.Authenticate].
func (i *Identity) Lookup(ctx context.Context, token string) (Record, error) {
	if strings.HasPrefix(token, ticketPrefix) {
		return Record{}, i.count(ErrTicket)
	}
	id, ok := idOf(token)
	if !ok {
		return Record{}, i.count(ErrUnauthorized)
	}
	known, err := i.ask(ctx, id)
	switch {
	case err != nil:
	case !known.exists || !known.record.matches(token):
		err = ErrUnauthorized
	}
	if err = i.count(err); err != nil {
		return Record{}, err
	}
	return known.record, nil
}

// Admin returns the record of an administrator's key, and otherwise an error that is [ErrForbidden], or one of
// [Identity.Authenticate].
func (i *Identity) Admin(ctx context.Context, token string) (Record, error) {
	r, err := i.Lookup(ctx, token)
	if err == nil && !r.Admin {
		return Record{}, ErrForbidden
	}
	return r, err
}

// Revoked reports whether the key of an id is known to be gone; not while the store cannot be asked. What it says may be as old as
// half of [RevocationDelay].
func (i *Identity) Revoked(ctx context.Context, id string) bool {
	known, err := i.ask(ctx, id)
	return err == nil && !known.exists
}

func (i *Identity) count(err error) error {
	switch {
	case err == nil:
		i.accepted.Add(1)
	case errors.Is(err, ErrUnauthorized):
		i.refused.Add(1)
	}
	return err
}

// ask returns what is known of an id: remembered for seconds, else from the store, else, where that fails, from before.
func (i *Identity) ask(ctx context.Context, id string) (remembered, error) {
	i.mu.Lock()
	old, had := i.known[id]
	if had && time.Since(old.at) < rememberFor {
		i.mu.Unlock()
		return old, nil
	}
	c := i.calls[id]
	if c == nil {
		c = &call{done: make(chan struct{})}
		i.calls[id] = c
		i.mu.Unlock()
		i.look(context.WithoutCancel(ctx), id, c)
	} else {
		i.mu.Unlock()
		select {
		case <-c.done:
		case <-ctx.Done():
			return remembered{}, ctx.Err()
		}
	}
	if c.err != nil && had && old.exists && time.Since(old.at) < staleFor {
		i.stale.Add(1)
		return old, nil
	}
	return c.remembered, c.err
}

// look asks the store, and ends the call.
func (i *Identity) look(ctx context.Context, id string, c *call) {
	record, err := i.store.Get(ctx, id)
	c.remembered = remembered{record: record, exists: err == nil, at: time.Now()}
	if err != nil && !errors.Is(err, ErrNotFound) {
		c.err = fmt.Errorf("looking up key %s: %w", id, err)
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	delete(i.calls, id)
	close(c.done)
	if c.err != nil {
		if i.failed.Add(1) == 1 {
			i.log.Warn("keys cannot be looked up", zap.Error(c.err))
		}
		return
	}
	if _, had := i.known[id]; !had && len(i.known) >= maxRemembered {
		clear(i.known) // a look-up costs less than keeping an order
	}
	i.known[id] = c.remembered
}

// Stats returns a snapshot.
func (i *Identity) Stats() Stats {
	s := Stats{State: "ok", Accepted: i.accepted.Load(), Refused: i.refused.Load(), Stale: i.stale.Load(), Errors: i.failed.Load()}
	if r, ok := i.store.(interface{ State() string }); ok {
		s.State = r.State()
	}
	return s
}
