package ort

import (
	"fmt"

	"inkling/infer"
	"inkling/infer/model"
)

// Defaults and limits of a [Config].
const (
	defaultRows      = 4
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
)

// Config says what an engine runs and how much it may use.
type Config struct {
	Model         model.Config
	LibraryPath   string // the ONNX Runtime library
	Threads       int    // of one run; 0 means 1
	Rows          int    // tasks that run at once; 0 means 4
	ContextTokens int    // prompt and answer together; 0 means the model's own, at most 2048
	MaxTokens     int    // decoded per suggestion where a request names no other; 0 means 64
	Queue         int    // tasks that wait for a row; 0 means 256
}

// Validate fills in defaults and names field, value and limit of what is out of range.
func (c *Config) Validate() error {
	c.Threads = orDefault(c.Threads, 1)
	c.Rows = orDefault(c.Rows, defaultRows)
	c.MaxTokens = orDefault(c.MaxTokens, defaultMaxTokens)
	c.Queue = orDefault(c.Queue, defaultQueue)
	c.ContextTokens = min(orDefault(c.ContextTokens, 2048), c.Model.ContextTokens)
	c.MaxTokens = min(c.MaxTokens, c.ContextTokens/2)
	for _, limit := range []struct {
		name             string
		value, low, high int
	}{
		{"threads", c.Threads, 1, maxThreads},
		{"rows", c.Rows, 1, maxRows},
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

func orDefault(value, missing int) int {
	if value == 0 {
		return missing
	}
	return value
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
