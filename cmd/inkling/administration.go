package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"inkling/cache"
	"inkling/contexts"
	"inkling/infer"
	"inkling/ratelimit/identity"
	"inkling/rest"
	"inkling/stream"
)

// localAdministrator is who administers without keys: everybody on a loopback server, nobody elsewhere.
type localAdministrator struct{ loopback bool }

// Administer implements rest.Administrator.
func (l localAdministrator) Administer(context.Context, string) error {
	if l.loopback {
		return nil
	}
	return fmt.Errorf("%w: keys are off, and others can reach this server", rest.ErrForbidden)
}

// Administer implements rest.Administrator.
func (k restKeys) Administer(ctx context.Context, key string) error {
	_, err := k.Admin(ctx, key)
	if errors.Is(err, identity.ErrForbidden) {
		return fmt.Errorf("%w: %w", rest.ErrForbidden, err)
	}
	return restError(err)
}

// openSessions shows the sessions of the stream to administrators.
type openSessions struct{ server *stream.Server }

// List implements rest.Sessions.
func (o openSessions) List() []rest.Session {
	all := o.server.Sessions()
	list := make([]rest.Session, len(all))
	for i, s := range all {
		list[i] = rest.Session(s)
	}
	return list
}

// End implements rest.Sessions.
func (o openSessions) End(id string) bool { return o.server.End(id) }

// warmer is the cache's, with the door's errors.
type warmer struct{ *cache.Warmer }

// Start implements rest.Warmer.
func (w warmer) Start(folder string, limit int) error {
	err := w.Warmer.Start(folder, limit)
	switch {
	case errors.Is(err, cache.ErrWarming):
		return fmt.Errorf("%w: %w", rest.ErrWarming, err)
	case errors.Is(err, cache.ErrFolder):
		return fmt.Errorf("%w: %w", rest.ErrFolder, err)
	}
	return err
}

// Progress implements rest.Warmer.
func (w warmer) Progress() rest.WarmProgress { return rest.WarmProgress(w.Warmer.Progress()) }

// newWarmer returns a warmer of folders below root; nil where there is no cache, or no root.
func newWarmer(c *cache.Cache, builder *contexts.Builder, root string) (*cache.Warmer, error) {
	if c == nil || root == "" {
		return nil, nil
	}
	w, err := cache.NewWarmer(c, cache.WarmConfig{Builder: builder, Root: root, Options: infer.Options{Suggestions: 1}, Exclude: builder.Excluded})
	if err != nil {
		return nil, fmt.Errorf("WARM_ROOT: %w", err)
	}
	return w, nil
}

// restWarmer is the warmer as REST asks it; nil where there is none.
func (a *application) restWarmer() rest.Warmer {
	if a.warmer == nil {
		return nil
	}
	return warmer{a.warmer}
}

// warmRoot is the folder below which folders may be warmed: the configured one, or, where only this machine's user can
// ask, their home.
func (c *serverConfig) warmRoot() string {
	if c.WarmRoot != "" || !c.loopback() || c.Keys {
		return c.WarmRoot
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "" // nobody's home: nothing is warmed
	}
	return home
}
