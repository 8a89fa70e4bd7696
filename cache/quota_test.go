package cache

import (
	"context"
	"iter"

	"inkling/infer"
)

// quotaOf is a generator that refuses one user, once the gate is open.
type quotaOf struct {
	user string
	infer.Generator
	gate chan struct{}
}

func (q quotaOf) Generate(ctx context.Context, req infer.Request) iter.Seq2[infer.Delta, error] {
	if req.Caller.User != q.user {
		return q.Generator.Generate(ctx, req)
	}
	return func(yield func(infer.Delta, error) bool) {
		<-q.gate
		yield(infer.Delta{}, &infer.RetryError{Err: infer.ErrQuota})
	}
}
