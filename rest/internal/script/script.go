// Package script holds a generator for tests that says what it is told, piece by piece, by the rules of infer: it heeds
// finishers, stop strings, token limits and cancellation as an engine does.
package script

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"
	"sync"

	"inkling/infer"
)

// Generator says what Say returns. It is safe for concurrent use; its fields are set before the first use.
type Generator struct {
	// Say returns the pieces of one suggestion; see [Words].
	Say func(req infer.Request, suggestion int) []infer.Piece
	// Before is called before each piece of each suggestion, and may wait; nil does not.
	Before func(ctx context.Context, suggestion, piece int) error
	// Admit may refuse a request; nil admits all.
	Admit func(req infer.Request) error
	// Cached marks all deltas as coming from a cache.
	Cached bool

	mu        sync.Mutex // guards below
	requests  []infer.Request
	cancelled int
}

// WordLogProb is the log-probability of each piece of [Words]: ln 0.9.
const WordLogProb = -0.10536051565782628

// Words cuts a text into pieces of a word with its leading space, each of probability 0.9.
func Words(text string) []infer.Piece {
	var pieces []infer.Piece
	for text != "" {
		end := 1 + strings.IndexAny(text[1:], " \n")
		if end == 0 {
			end = len(text)
		}
		pieces = append(pieces, infer.Piece{Text: text[:end], LogProb: WordLogProb, Tokens: 1})
		text = text[end:]
	}
	return pieces
}

// Saying returns a generator that says the same texts to everyone, one per suggestion.
func Saying(texts ...string) *Generator {
	return &Generator{Say: func(_ infer.Request, i int) []infer.Piece { return Words(texts[i%len(texts)]) }}
}

// Requests returns the requests so far.
func (g *Generator) Requests() []infer.Request {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.requests)
}

// Cancelled returns how many requests ended before their texts did: by their context, or because the reader left.
func (g *Generator) Cancelled() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.cancelled
}

// Generate implements [infer.Generator].
func (g *Generator) Generate(ctx context.Context, req infer.Request) iter.Seq2[infer.Delta, error] {
	return func(yield func(infer.Delta, error) bool) {
		g.mu.Lock()
		g.requests = append(g.requests, req)
		g.mu.Unlock()
		if g.Admit != nil {
			if err := g.Admit(req); err != nil {
				yield(infer.Delta{}, err)
				return
			}
		}
		for i := range max(req.Options.Suggestions, 1) {
			err := g.suggest(ctx, req, i, yield)
			if errors.Is(err, errLeft) || ctx.Err() != nil {
				g.mu.Lock()
				g.cancelled++
				g.mu.Unlock()
			}
			if errors.Is(err, errLeft) {
				return
			}
			if err != nil {
				yield(infer.Delta{}, err)
				return
			}
		}
	}
}

// errLeft says that the reader left the loop.
var errLeft = errors.New("script: the reader left")

func (g *Generator) suggest(ctx context.Context, req infer.Request, i int, yield func(infer.Delta, error) bool) error {
	var finisher infer.Finisher = &infer.ReleaseAll{}
	if req.NewFinisher != nil {
		finisher = req.NewFinisher(i)
	}
	pieces, reason := limited(g.Say(req, i), req.Options)
	usage := infer.Usage{PromptTokens: len(strings.Fields(req.Prompt.Prefix)) + 1, ComputedTokens: 1}
	for n, p := range pieces {
		if g.Before != nil {
			if err := g.Before(ctx, i, n); err != nil {
				return err
			}
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		v := finisher.Feed(p)
		usage.CompletionTokens += p.Tokens
		d := infer.Delta{Suggestion: i, Raw: p.Text, RawLogProb: p.LogProb, RawTokens: p.Tokens, Text: v.Release, LogProb: v.LogProb, Cached: g.Cached}
		if v.Done {
			d.Stop, d.Why, d.Usage = v.Stop, v.Why, &usage
		}
		if !yield(d, nil) {
			return errLeft
		}
		if v.Done {
			return nil
		}
	}
	v := finisher.Flush(reason)
	if !yield(infer.Delta{Suggestion: i, Text: v.Release, LogProb: v.LogProb, Cached: g.Cached, Stop: v.Stop, Why: v.Why, Usage: &usage}, nil) {
		return errLeft
	}
	return nil
}

// limited cuts pieces at the first stop string and at the token limit.
func limited(pieces []infer.Piece, opts infer.Options) ([]infer.Piece, infer.StopReason) {
	reason := infer.StopEnd
	var whole strings.Builder
	for _, p := range pieces {
		whole.WriteString(p.Text)
	}
	cut := whole.Len()
	for _, stop := range opts.Stop {
		if at := strings.Index(whole.String(), stop); at >= 0 && at < cut {
			cut, reason = at, infer.StopString
		}
	}
	var out []infer.Piece
	for _, p := range pieces {
		if opts.MaxTokens > 0 && len(out) == opts.MaxTokens {
			return out, infer.StopLength
		}
		p.Text = p.Text[:min(len(p.Text), cut)]
		if cut -= len(p.Text); p.Text == "" {
			break
		}
		out = append(out, p)
	}
	return out, reason
}
