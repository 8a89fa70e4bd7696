package main

import (
	"errors"
	"fmt"
	"time"
)

// Costs are the service times of one instance's engine. The defaults are of docs/benchmarks.md: the default model on two
// threads of an EPYC.
type Costs struct {
	Step        time.Duration // of a run of the model, however little is in it
	DecodeRow   time.Duration // more for every row that decodes in it
	PrefillItem time.Duration // more for every token of a prompt in it
	Chunk       int           // tokens of prompts in one run, at the most
	Rows        int           // requests that run at once
}

// measured: one row 101 tokens/s, eight rows 253 tokens/s together, prefill 688 tokens/s in chunks of 64.
//
//	step + 1·row = 1/101 s = 9.9 ms, step + 8·row = 8/253 s = 31.6 ms  ⇒  row = 3.1 ms, step = 6.8 ms
//	step + 64·item = 64/688 s = 93 ms                                  ⇒  item = 1.35 ms
var measured = Costs{Step: 6800 * time.Microsecond, DecodeRow: 3100 * time.Microsecond, PrefillItem: 1350 * time.Microsecond, Chunk: 32, Rows: 8}

// graphics is a guess to be replaced by figures of your own: one card with a model of some billions, as remote engines
// of that size commonly report.
var graphics = Costs{Step: 12 * time.Millisecond, DecodeRow: 60 * time.Microsecond, PrefillItem: 40 * time.Microsecond, Chunk: 512, Rows: 128}

// run is how long one run of the model takes.
func (c Costs) run(prefill, rows int) time.Duration {
	return c.Step + time.Duration(prefill)*c.PrefillItem + time.Duration(rows)*c.DecodeRow
}

// Habits are what typists do.
type Habits struct {
	Key       time.Duration // between two keys of a burst, on average
	Burst     int           // keys of a burst, on average
	Pause     time.Duration // after a burst, on average: reading, thinking
	Prompt    int           // tokens to compute where the place is new: after a pause
	KeyTokens int           // tokens to compute for one key more
	Along     float64       // share of the keys that type what is shown, or that the cache answers: nothing is computed
	Gate      int           // tokens until it is known whether there is something to show
	Shown     float64       // share of the requests that have
	Answer    int           // tokens of a suggestion, on average
}

// usual are habits of the replay that docs/benchmarks.md reports, as far as it tells: two tokens a key, four to the gate.
var usual = Habits{Key: 200 * time.Millisecond, Burst: 25, Pause: 6 * time.Second, Prompt: 150, KeyTokens: 2, Along: 0.15, Gate: 4, Shown: 0.1, Answer: 12}

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
		within("lose", c.Lose, 0, c.Instances-1), within("rows", c.Costs.Rows, 1, 4096), within("chunk", c.Costs.Chunk, 1, 1<<20))
	if c.Time <= c.Warm || c.Time > maxTime {
		err = errors.Join(err, fmt.Errorf("time: %v is outside %v to %v", c.Time, c.Warm, maxTime))
	}
	return err
}
