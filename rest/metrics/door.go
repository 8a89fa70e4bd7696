package metrics

import (
	"context"

	"inkling/infer"
)

// doorKey is under which a context names the door of its request.
type doorKey struct{}

// Through names the door that a request came through, for the metrics: a compatible door's "openai", where the caller
// has only "rest". name must be a constant, as it becomes a label.
func Through(ctx context.Context, name string) context.Context {
	return context.WithValue(ctx, doorKey{}, name)
}

// doorOf is the door that ctx names, else the caller's.
func doorOf(ctx context.Context, caller infer.Caller) string {
	if name, ok := ctx.Value(doorKey{}).(string); ok {
		return name
	}
	return string(caller.Door)
}
