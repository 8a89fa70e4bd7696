package main

import (
	"errors"
	"fmt"
	"time"
)

// Costs are the service times of one instance's engine.
type Costs struct {
	Key         time.Duration // of every key, whatever it needs: its edit, its prompt, its messages
	Step        time.Duration // of a run of the model, however little is in it
	DecodeRow   time.Duration // more for every row that decodes in it
	PrefillItem time.Duration // more for every token of a prompt in it
	Chunk       int           // tokens of a prompt in a run that has nothing else
	Amid        int           // of prompts in a run, where there are several
	Beside      int           // of prompts in a run where rows decode
	Rows        int           // requests that run at once
	BreakOff    bool          // what if a run that feeds prompts were broken off when nobody waits for it any more
}

// measured is the default model in its default form on two threads of an EPYC with AVX-512 VNNI (docs/benchmarks.md): one
// row 125 tokens/s, a run of eight rows 27.9 ms, prefill 998 tokens/s in chunks of 64.
//
//	step + 1·row = 8.0 ms, step + 8·row = 27.9 ms  ⇒  row = 2.84 ms, step = 5.16 ms
//	step + 64·item = 64.1 ms                       ⇒  item = 0.92 ms
var measured = Costs{Key: 3 * time.Millisecond, Step: 5160 * time.Microsecond, DecodeRow: 2840 * time.Microsecond, PrefillItem: 920 * time.Microsecond,
	Chunk: 64, Amid: 32, Beside: 16, Rows: 8}

// avx2 is the same on two cores of an EPYC without AVX-512: one row 85 tokens/s, a run of eight rows 44.2 ms, prefill 428
// tokens/s in chunks of 64.
//
//	step + 1·row = 11.7 ms, step + 8·row = 44.2 ms  ⇒  row = 4.64 ms, step = 7.06 ms
//	step + 64·item = 149.4 ms                       ⇒  item = 2.22 ms
var avx2 = Costs{Key: 3 * time.Millisecond, Step: 7060 * time.Microsecond, DecodeRow: 4640 * time.Microsecond, PrefillItem: 2220 * time.Microsecond,
	Chunk: 64, Amid: 32, Beside: 16, Rows: 8}

// graphics is a guess to be replaced by figures of your own: one card with a model of some billions, as remote engines
// of that size commonly report.
var graphics = Costs{Key: 3 * time.Millisecond, Step: 12 * time.Millisecond, DecodeRow: 60 * time.Microsecond, PrefillItem: 40 * time.Microsecond,
	Chunk: 512, Amid: 512, Beside: 512, Rows: 128}

// run is how long one run of the model takes.
func (c Costs) run(prefill, rows int) time.Duration {
	return c.Step + time.Duration(prefill)*c.PrefillItem + time.Duration(rows)*c.DecodeRow
}

// chunk is how many tokens of prompts the next run may have.
func (c Costs) chunk(rows []*request, waiting int) int {
	for _, r := range rows {
		if r.prompt.left == 0 {
			return c.Beside
		}
	}
	if len(rows) == 1 && waiting == 0 {
		return c.Chunk
	}
	return c.Amid
}

// Length is how long somebody waits: log-normal, as people's pauses are.
type Length struct {
	Median time.Duration
	Spread float64 // sigma
}

// Habits are what typists do, and what that takes.
type Habits struct {
	Key   Length  // between two keys of a burst
	Burst int     // keys of a burst, on average
	Pause Length  // after a burst: reading, thinking
	New   float64 // share of bursts that begin at a new place

	Along         float64 // share of the keys that type what is shown, or that the cache answers: nothing is computed
	Kept          float64 // of the others, that need no run: the logits after them are kept
	Prompt        int     // tokens to compute at a new place
	KeyTokens     int     // tokens to compute for one key more
	Changed       float64 // share of the other keys after which more of the prompt is another
	ChangedTokens int     // how much more, on average

	Gate   float64 // tokens until it is known whether there is something to show, on average
	Shown  float64 // share of the requests that have
	Answer float64 // tokens of a suggestion beyond the gate, on average
}

// usual is a person who writes: bursts, and more time to read and think. Shares are those of a replay by one typist.
var usual = Habits{Key: Length{140 * time.Millisecond, .35}, Burst: 25, Pause: Length{5 * time.Second, .6}, New: 1,
	Along: .1, Kept: .85, Prompt: 150, KeyTokens: 2, Changed: .01, ChangedTokens: 40, Gate: 1.3, Shown: .1, Answer: 8}

// replayed is what inkling replay types: real files from end to end, with pauses at beginnings of lines alone.
var replayed = Habits{Key: Length{140 * time.Millisecond, .35}, Burst: 80, Pause: Length{1200 * time.Millisecond, .6}, New: .02,
	Along: .1, Kept: .85, Prompt: 150, KeyTokens: 2, Changed: .01, ChangedTokens: 40, Gate: 1.3, Shown: .1, Answer: 8}

// Config is one simulation.
type Config struct {
	Costs     Costs
	Habits    Habits
	Instances int
	Typists   int           // of all instances
	Time      time.Duration // simulated
	Warm      time.Duration // simulated before anything counts
	Lose      int           // instances that end half-way: their typists go to the others
	Seed      uint64
}

// Limits of a simulation.
const (
	maxInstances = 100_000
	maxTypists   = 1_000_000
	maxTime      = 24 * time.Hour
	maxRows      = 4096    // of an instance
	maxChunk     = 1 << 20 // tokens
)

// Validate names field, value and limit.
func (c Config) Validate() error {
	within := func(name string, v, low, high int) error {
		if v < low || v > high {
			return fmt.Errorf("%s: %d is outside %d to %d", name, v, low, high)
		}
		return nil
	}
	err := errors.Join(
		within("instances", c.Instances, 1, maxInstances), within("typists", c.Typists, 1, maxTypists),
		within("lose", c.Lose, 0, c.Instances-1), within("rows", c.Costs.Rows, 1, maxRows), within("chunk", c.Costs.Chunk, 1, maxChunk))
	if c.Time <= c.Warm || c.Time > maxTime {
		err = errors.Join(err, fmt.Errorf("time: %v is outside %v to %v", c.Time, c.Warm, maxTime))
	}
	return err
}
