package ort

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"inkling/infer"
	"inkling/infer/model"
)

// Defaults and limits of a [Config].
const (
	defaultRows      = 32        // at the most; they take memory only as they are used
	rowsPerShare     = 8         // rows for each that KVBytes could hold whole, since prompts are shorter than the context
	defaultKVBytes   = 384 << 20 // 8,400 tokens of the default model: 8 typists' prompts
	defaultLanes     = 8         // a further one makes every token of the others later and few more in all
	defaultMaxTokens = 64
	defaultQueue     = 256
	maxRows          = 256
	maxThreads       = 256
	maxQueue         = 100_000
	minContext       = 16
	maxSuggestions   = 10
	maxStopStrings   = 16
	maxStopBytes     = 256
	maxTemperature   = 5.0
	defaultKVKeep    = 15 * time.Minute
	MaxKVKeep        = 24 * time.Hour
	MinKVKeep        = time.Second
	secretKeep       = 5 * time.Second // between the keys of somebody who types; see row.secret
)

// Config says what an engine runs and how much it may use.
type Config struct {
	Model         model.Config
	LibraryPath   string        // the ONNX Runtime library
	Device        string        // where the graph runs: DeviceCPU, which "" means, or DeviceCUDA
	Threads       int           // of one run; 0 means 1
	Rows          int           // prompts whose KV is kept, each in a row; 0 means 1 to 32, eight times what KVBytes could hold whole
	Lanes         int           // suggestions decoded at once; 0 means 8, at most Rows
	KVBytes       int64         // most memory for the KV cache, which grows as rows are used; 0 means 384 MiB, at least one row
	KVKeep        time.Duration // after which a row that nobody used gives its memory back; 0 means 15 minutes, at most a day
	ContextTokens int           // prompt and answer together; 0 means the model's own, at most 2048
	MaxTokens     int           // decoded per suggestion where a request names no other; 0 means 64
	Queue         int           // tasks that wait for a row; 0 means 256
	NoDrafts      bool          // tokens are never fed on trial

	boundKV bool          // the cache is kept as on a GPU, wherever the graph runs: for tests
	spin    time.Duration // of the runtime's threads, instead of the usual: for benchmarks
}

// ErrKVBytes is returned, wrapped with the figures, when [Config.KVBytes] does not hold one row.
var ErrKVBytes = errors.New("ort: the KV memory is too small")

// Validate fills in defaults and names field, value and limit of what is out of range.
func (c *Config) Validate() error {
	c.Threads = cmp.Or(c.Threads, 1)
	c.MaxTokens = cmp.Or(c.MaxTokens, defaultMaxTokens)
	c.Queue = cmp.Or(c.Queue, defaultQueue)
	c.Lanes = cmp.Or(c.Lanes, defaultLanes)
	c.ContextTokens = min(cmp.Or(c.ContextTokens, 2048), c.Model.ContextTokens)
	c.MaxTokens = min(c.MaxTokens, c.ContextTokens/2)
	if c.KVKeep = cmp.Or(c.KVKeep, defaultKVKeep); c.KVKeep < MinKVKeep || c.KVKeep > MaxKVKeep {
		return fmt.Errorf("ort: KV keep: %v is outside %v to %v", c.KVKeep, MinKVKeep, MaxKVKeep)
	}
	if c.Device == DeviceCUDA && c.Model.Precision == native && c.Model.Exporter == "inkling" {
		return fmt.Errorf("%w: %s: %s is of the form native, which processors run: import it as fp16", ErrDevice, c.Device, c.Model.Dir)
	}
	if err := c.fitRows(); err != nil {
		return err
	}
	for _, limit := range []struct {
		name             string
		value, low, high int
	}{
		{"threads", c.Threads, 1, maxThreads},
		{"rows", c.Rows, 1, maxRows},
		{"lanes", c.Lanes, 1, maxRows},
		{"queue", c.Queue, 1, maxQueue},
		{"context tokens", c.ContextTokens, minContext, c.Model.ContextTokens},
		{"max tokens", c.MaxTokens, 1, c.ContextTokens},
	} {
		if limit.value < limit.low || limit.value > limit.high {
			return fmt.Errorf("ort: %s: %d is outside %d to %d", limit.name, limit.value, limit.low, limit.high)
		}
	}
	return nil
}

// rowBytes is the KV memory of one row.
func (c *Config) rowBytes() int64 {
	return 2 * int64(c.Model.Layers) * int64(c.Model.KVHeads) * int64(c.Model.HeadDim) * int64(c.ContextTokens) * int64(c.elementBytes())
}

// elementBytes is what a number of the KV cache takes.
func (c *Config) elementBytes() int {
	if c.Model.HalfKV() {
		return 2
	}
	return 4
}

// fitRows makes rows follow from the KV memory.
func (c *Config) fitRows() error {
	row, spare := max(c.rowBytes(), 1), int64(0)
	if c.Model.Exporter == "optimum" {
		spare = row // steps write into another cache than the one that they read
	}
	if c.KVBytes < 0 {
		return fmt.Errorf("ort: KV bytes: %d is less than 0", c.KVBytes)
	}
	if c.KVBytes == 0 {
		c.KVBytes = max(defaultKVBytes, row+spare)
	}
	if row+spare > c.KVBytes {
		return fmt.Errorf("%w: %d bytes do not hold one row of %d tokens, %d bytes", ErrKVBytes, c.KVBytes, c.ContextTokens, row+spare)
	}
	if c.Rows == 0 {
		share := int64(rowsPerShare)
		if c.keptOnDevice() {
			share = 1 // rows take their memory at the start, used or not
		}
		c.Rows = int(min(share*(c.KVBytes-spare)/row, defaultRows))
	}
	return nil
}

// checkOptions names field, value and limit of an option that is out of range.
func checkOptions(o infer.Options) error {
	out := func(field string, value, low, high any) error {
		return fmt.Errorf("%w: %s: %v is outside %v to %v", infer.ErrOption, field, value, low, high)
	}
	switch {
	case o.Suggestions < 0 || o.Suggestions > maxSuggestions:
		return out("suggestions", o.Suggestions, 0, maxSuggestions)
	case o.MaxTokens < 0:
		return out("max tokens", o.MaxTokens, 0, "the context")
	case !(o.Temperature >= 0 && o.Temperature <= maxTemperature):
		return out("temperature", o.Temperature, 0, maxTemperature)
	case !(o.TopP >= 0 && o.TopP <= 1):
		return out("top p", o.TopP, 0, 1)
	case o.TopK < 0:
		return out("top k", o.TopK, 0, "the vocabulary")
	case !(o.RepetitionPenalty >= 0 && o.RepetitionPenalty <= 10):
		return out("repetition penalty", o.RepetitionPenalty, 0, 10)
	case len(o.Stop) > maxStopStrings:
		return out("stop strings", len(o.Stop), 0, maxStopStrings)
	}
	for _, stop := range o.Stop {
		if stop == "" || len(stop) > maxStopBytes {
			return out("bytes of a stop string", len(stop), 1, maxStopBytes)
		}
	}
	return nil
}
