package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

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

// keys are an identity as the two doors ask for it: each has errors of its own.
type keys struct{ *identity.Identity }

// restKeys and streamKeys are keys for one door.
type (
	restKeys   struct{ keys }
	streamKeys struct{ keys }
)

// Authenticate implements rest.Authenticator.
func (k restKeys) Authenticate(ctx context.Context, key string) (infer.Caller, error) {
	caller, err := k.Identity.Authenticate(ctx, key, "")
	return caller, doorError(err, rest.ErrUnauthorized)
}

// Authenticate implements stream.Authenticator.
func (k streamKeys) Authenticate(ctx context.Context, token, userID string) (infer.Caller, error) {
	caller, err := k.Identity.Authenticate(ctx, token, userID)
	return caller, doorError(err, stream.ErrUnauthorized)
}

// doorError turns a refusal into the door's own; a failure of the store stays what it is.
func doorError(err, refused error) error {
	if errors.Is(err, identity.ErrUnauthorized) {
		return fmt.Errorf("%w: %w", refused, err)
	}
	return err
}
