package identity

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"inkling/infer"
	"inkling/redisconn"
)

// Limits of tickets.
const (
	TicketLifetime = 30 * time.Second
	maxTickets     = 100_000 // that wait in memory
	ticketKey      = "inkling:ticket:"
)

// Ticket stands for its caller once.
type Ticket struct {
	Token   string        `json:"ticket"`
	Expires time.Duration `json:"-"`
}

// Tickets makes and takes tickets: in Redis for all instances, or in memory.
type Tickets struct {
	client redis.UniversalClient // nil: in memory
	guard  *redisconn.Guard

	mu   sync.Mutex // guards held
	held map[string]heldTicket
}

type heldTicket struct {
	caller  infer.Caller
	expires time.Time
}

// NewTickets returns a maker of tickets. A nil client keeps them in memory.
func NewTickets(client redis.UniversalClient) *Tickets {
	return &Tickets{client: client, guard: redisconn.NewGuard("tickets", storeDeadline, nil), held: make(map[string]heldTicket)}
}

// Issue makes a ticket. Errors wrap [ErrUnavailable]: Redis fails, or too many wait.
func (t *Tickets) Issue(ctx context.Context, caller infer.Caller) (Ticket, error) {
	ticket := Ticket{Token: ticketPrefix + randomHex(secretBytes), Expires: TicketLifetime}
	hash := hashOf(ticket.Token)
	if t.client == nil {
		return ticket, t.hold(hash, caller)
	}
	data, err := json.Marshal(caller)
	if err != nil {
		return Ticket{}, err
	}
	err = t.guard.Do(ctx, func(ctx context.Context) error {
		return t.client.Set(ctx, ticketKey+hash, data, TicketLifetime).Err()
	})
	if err != nil {
		return Ticket{}, fmt.Errorf("%w: a ticket cannot be stored", ErrUnavailable)
	}
	return ticket, nil
}

// Redeem uses a ticket up and returns its caller. Errors wrap [ErrUnauthorized] or [ErrUnavailable].
func (t *Tickets) Redeem(ctx context.Context, token string) (infer.Caller, error) {
	if len(token) != ticketLength || !isHex(token[len(ticketPrefix):]) {
		return infer.Caller{}, ErrUnauthorized
	}
	hash := hashOf(token)
	if t.client == nil {
		return t.take(hash)
	}
	var data []byte
	err := t.guard.Do(ctx, func(ctx context.Context) (err error) {
		data, err = t.client.GetDel(ctx, ticketKey+hash).Bytes()
		return err
	})
	switch {
	case errors.Is(err, redis.Nil):
		return infer.Caller{}, ErrUnauthorized
	case err != nil:
		return infer.Caller{}, fmt.Errorf("%w: a ticket cannot be looked up", ErrUnavailable)
	}
	var caller infer.Caller
	if err := json.Unmarshal(data, &caller); err != nil {
		return infer.Caller{}, ErrUnauthorized
	}
	return caller, nil
}

func (t *Tickets) hold(hash string, caller infer.Caller) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	if len(t.held) >= maxTickets {
		for h, ticket := range t.held {
			if now.After(ticket.expires) {
				delete(t.held, h)
			}
		}
	}
	if len(t.held) >= maxTickets {
		return fmt.Errorf("%w: %d tickets wait, the most that may", ErrUnavailable, len(t.held))
	}
	t.held[hash] = heldTicket{caller, now.Add(TicketLifetime)}
	return nil
}

// take is not constant in time, and need not be: what is compared is a hash that nobody can choose.
func (t *Tickets) take(hash string) (infer.Caller, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	ticket, ok := t.held[hash]
	delete(t.held, hash)
	if !ok || !time.Now().Before(ticket.expires) {
		return infer.Caller{}, ErrUnauthorized
	}
	return ticket.caller, nil
}

// Handler answers POST /api/v1/ticket with {"ticket": ..., "expiresInSeconds": 30}. callerOf says who asks; it stands behind
// authentication by key.
func (t *Tickets) Handler(callerOf func(context.Context) infer.Caller) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		caller := callerOf(r.Context())
		caller.Door = "" // the door that the ticket is used at says its own
		ticket, err := t.Issue(r.Context(), caller)
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		if err != nil {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusServiceUnavailable)
			write(w, map[string]any{"status": "error", "error": map[string]any{
				"code": "unavailable", "message": "no ticket can be made at the moment", "retryAfterMs": 1000}})
			return
		}
		write(w, map[string]any{"ticket": ticket.Token, "expiresInSeconds": int(ticket.Expires.Seconds())})
	})
}

// write answers with JSON; a client that has gone is told nothing.
func write(w http.ResponseWriter, v any) { _ = json.NewEncoder(w).Encode(v) }
