package infer

import "time"

// Model describes what a Generator generates with.
type Model struct {
	Name          string // as reported to clients, e.g. "SmolLM2-135M-Instruct.Q4_1"
	ContextTokens int    // prompt and answer together
	FillInMiddle  bool   // the vocabulary has fill-in-the-middle markers, so suffixes are seen
	MaxTokens     int    // decoded per suggestion when Options.MaxTokens is 0
}

// TokenCounter counts the tokens of a text for the model in use. It is safe for concurrent use, and cheap enough
// to be called on every keystroke with a window's text.
type TokenCounter interface {
	CountTokens(text string) int
}

// EngineStats is a snapshot of an engine, for metrics and health. Counters rise from the start of the process.
type EngineStats struct {
	State             string // "loading", "ok", "degraded" or "failed"
	Rows              int    // KV rows that exist
	RowsBusy          int    // of these, those with a running generation
	QueueLength       int    // requests admitted that have no row yet
	KVBytes           int64  // memory that KV takes now
	KVLimitBytes      int64  // memory that KV may take
	Requests          uint64
	Cancelled         uint64
	Errors            uint64
	PromptTokens      uint64
	ReusedTokens      uint64
	ComputedTokens    uint64
	CompletionTokens  uint64
	WastedTokens      uint64  // decoded for generations that were cancelled
	AheadTokens       uint64  // decoded before anybody asked for them
	AdoptedTokens     uint64  // said again from what was decoded before: for hidden, cancelled or rejected suggestions, or ahead
	DraftTokens       uint64  // fed on trial: proposed from what stands in the prompt
	DraftsRight       uint64  // of these, those that the model then picked
	Rebuilt           uint64  // times that the model was opened anew because its runtime failed
	CancelToFreeMsP99 float64 // from a cancellation to a row that no run has to do with, over the last 1,000
	StepMsP50         float64 // one run of the model, over the last 1,000
	StepMsP99         float64
	CancelToFree      Durations
	Steps             Durations // of runs of the model
}

// DurationBounds are the upper ends, inclusive, of what [Durations] counts apart.
var DurationBounds = [...]time.Duration{100 * time.Microsecond, 250 * time.Microsecond, 500 * time.Microsecond, time.Millisecond,
	2500 * time.Microsecond, 5 * time.Millisecond, 10 * time.Millisecond, 25 * time.Millisecond, 50 * time.Millisecond,
	100 * time.Millisecond, 250 * time.Millisecond, 500 * time.Millisecond, time.Second}

// Durations counts durations by length, for a histogram. The zero value holds none.
type Durations struct {
	Sum    time.Duration
	Counts [len(DurationBounds) + 1]uint64 // each of its own range, not cumulative; the last is past all bounds
}

// Add counts a duration.
func (d *Durations) Add(took time.Duration) {
	d.Sum += took
	i := 0
	for i < len(DurationBounds) && took > DurationBounds[i] {
		i++
	}
	d.Counts[i]++
}
