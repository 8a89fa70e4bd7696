package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"time"

	"github.com/redis/go-redis/v9"
	"go.uber.org/zap"

	"inkling/infer"
	"inkling/ratelimit/identity"
	"inkling/rest"
	"inkling/stream"
)

// keyStore is where API keys are kept: in Redis where one is configured, otherwise in the data folder.
func (p *program) keyStore(client redis.UniversalClient, log *zap.Logger) identity.Store {
	if client != nil {
		return identity.NewRedisStore(client, log)
	}
	return identity.NewFileStore(filepath.Join(p.home(), "keys.json"))
}

// door is who may pass, as each door asks for it.
type door struct {
	stream        stream.Authenticator // nil: everybody is the local user
	rest          rest.Authenticator
	ticket        http.Handler
	administrator rest.Administrator
	store         identity.Store // nil: keys are off
}

// identify makes the identity where keys are on, and says who may pass the doors.
func (a *application) identify(p *program, c serverConfig) door {
	if !c.Keys {
		return door{administrator: localAdministrator{c.loopback()}}
	}
	tickets := identity.NewTickets(a.redis)
	store := p.keyStore(a.redis, a.log)
	a.known = identity.NewIdentity(store, tickets, a.log)
	who := keys{a.known}
	return door{streamKeys{who}, restKeys{who}, tickets.Handler(rest.CallerFrom), restKeys{who}, store}
}

// revocationCheck is how often the keys of open sessions are looked at: with what is remembered of a key, a revoked one ends
// its sessions within identity.RevocationDelay.
const revocationCheck = 2 * time.Second

// endRevoked ends the sessions whose keys are revoked, until ctx ends.
func (a *application) endRevoked(ctx context.Context) error {
	if a.known == nil {
		return nil
	}
	tick := time.NewTicker(revocationCheck)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		checked := make(map[string]bool)
		for _, s := range a.stream.Sessions() {
			if s.Key == "" || checked[s.Key] {
				continue
			}
			checked[s.Key] = true
			if a.known.Revoked(ctx, s.Key) {
				n := a.stream.EndKey(s.Key)
				a.log.Info("a key was revoked", zap.String("key", s.Key), zap.Int("sessions", n))
			}
		}
	}
}

// keys are an identity as the two doors ask for it: each has errors of its own.
type keys struct{ *identity.Identity }

// restKeys and streamKeys are keys for one door.
type (
	restKeys   struct{ keys }
	streamKeys struct{ keys }
)

// Authenticate implements rest.Authenticator. A ticket is refused, so that none is traded for another one.
func (k restKeys) Authenticate(ctx context.Context, key string) (infer.Caller, error) {
	r, err := k.Lookup(ctx, key)
	return r.Caller(), restError(err)
}

// Authenticate implements stream.Authenticator.
func (k streamKeys) Authenticate(ctx context.Context, token, userID string) (infer.Caller, error) {
	caller, err := k.Identity.Authenticate(ctx, token, userID)
	return caller, doorError(err, stream.ErrUnauthorized)
}

// restError is doorError for REST, which tells a ticket from other tokens.
func restError(err error) error {
	if errors.Is(err, identity.ErrTicket) {
		return fmt.Errorf("%w: %w", rest.ErrTicket, err)
	}
	return doorError(err, rest.ErrUnauthorized)
}

// doorError turns a refusal into the door's own; a failure of the store stays what it is.
func doorError(err, refused error) error {
	if errors.Is(err, identity.ErrUnauthorized) {
		return fmt.Errorf("%w: %w", refused, err)
	}
	return err
}
