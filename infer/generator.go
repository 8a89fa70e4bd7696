// Package infer is the seam between what asks for completions and what makes them.
//
// Its nouns: a [Request] holds the parts of a prompt, options, caller, document and priority; a [Generator]
// answers it with [Delta] values as they are released; a [Finisher], one per suggestion, decides what of the raw
// text may be shown and where it ends. Generators nest: a cache around a limiter around an engine is a Generator.
//
// Invariants:
//   - The last Delta of a suggestion has Stop set; no Delta of that suggestion follows it.
//   - Text of a Delta is only ever appended to what was sent before; it is never taken back.
//   - Raw and Text hold whole UTF-8 sequences.
//   - An end by the finisher (complete, worth caching) is not a cancellation (an error, never cached).
//
// The package imports nothing of ours and holds no cgo. Its types are plain values, safe to copy.
package infer

import (
	"context"
	"iter"
)

// Generator makes completions. It is safe for concurrent use.
type Generator interface {
	// Generate yields deltas as they are released; leaving the loop, or ending ctx, cancels what still runs
	// before its next token. Deltas of several suggestions may interleave. An error ends the sequence: it is
	// ctx.Err() after a cancellation, or wraps one of this package's sentinels.
	Generate(ctx context.Context, req Request) iter.Seq2[Delta, error]
}

// Delta is one step of one suggestion.
type Delta struct {
	Suggestion int        // index, from 0, below Options.Suggestions
	Raw        string     // what the model said since the last Delta of this suggestion
	RawLogProb float64    // natural logarithm of the probability of Raw's tokens
	RawTokens  int        // number of tokens in Raw
	Text       string     // what the finisher released since the last Delta of this suggestion
	LogProb    float64    // natural logarithm of the probability of all text released so far, cumulative; <= 0
	Cached     bool       // came from a cache: computed earlier, charged nothing
	Stop       StopReason // why the suggestion ended; empty while it runs
	Why        Why        // with Stop, where nothing was released: why not; else empty
	Usage      *Usage     // with Stop: what the suggestion cost; nil otherwise
}

// StopReason says why a suggestion ended.
type StopReason string

const (
	StopEnd      StopReason = "end"      // the model said its end-of-text token
	StopLength   StopReason = "length"   // Options.MaxTokens, or the context was full
	StopString   StopReason = "stop"     // one of Options.Stop
	StopFinished StopReason = "finished" // the finisher: the suggestion is complete
)

// Why says, in one word, why an answer is empty.
type Why string

const (
	WhyFiltered    Why = "filtered"    // not sure enough to be worth showing
	WhyQuota       Why = "quota"       // the caller's limit is used up
	WhyUnsupported Why = "unsupported" // no completion is made at such a place
	WhyExcluded    Why = "excluded"    // the file is excluded by name or holds credentials
	WhyEmpty       Why = "empty"       // the model had nothing to add
	WhyRepeat      Why = "repeat"      // it would repeat what stands there already
)

// Usage is what one suggestion cost. Durations are measured by the generator that computed it.
type Usage struct {
	PromptTokens     int     // tokens of the whole prompt
	ReusedTokens     int     // of these, those whose KV was kept from before
	ComputedTokens   int     // of these, those that were prefilled for this request
	CompletionTokens int     // tokens decoded
	QueueMs          float64 // from Generate to the first prefill
	PrefillMs        float64 // prefill, its waits included
	FirstTokenMs     float64 // from Generate to the first token
	TotalMs          float64 // from Generate to the end
}
