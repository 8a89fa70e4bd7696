package ort

import (
	"errors"
	"strings"
	"testing"

	"inkling/infer/model"
)

func TestRowsFollowFromTheMemoryForKV(t *testing.T) {
	small := model.Config{Layers: 30, KVHeads: 3, HeadDim: 64, ContextTokens: 8192} // 46,080 bytes a token
	large := model.Config{Layers: 48, KVHeads: 8, HeadDim: 128, ContextTokens: 8192}
	const row = 46_080 * 2048
	for _, c := range []struct {
		name     string
		config   Config
		rows     int
		mentions string
	}{
		{"default", Config{Model: small}, 32, ""},
		{"one row is larger than the default", Config{Model: large}, 8, ""},
		{"rows named", Config{Model: small, Rows: 12}, 12, ""},
		{"one row's memory", Config{Model: small, KVBytes: row}, 8, ""},
		{"two rows' memory", Config{Model: small, KVBytes: 2*row + 5}, 16, ""},
		{"much memory", Config{Model: small, KVBytes: 100 * row}, 32, ""},
		{"more rows than fit whole", Config{Model: small, KVBytes: 6*row - 1, Rows: 64}, 64, ""},
		{"less than a row", Config{Model: small, KVBytes: row - 1}, 0, "do not hold one row of 2048 tokens"},
		{"negative", Config{Model: small, KVBytes: -1}, 0, "KV bytes: -1"},
	} {
		err := c.config.Validate()
		switch {
		case c.mentions == "" && err != nil:
			t.Errorf("%s: %v", c.name, err)
		case c.mentions == "" && c.config.Rows != c.rows:
			t.Errorf("%s: %d rows, want %d", c.name, c.config.Rows, c.rows)
		case c.mentions != "" && (err == nil || !strings.Contains(err.Error(), c.mentions)):
			t.Errorf("%s: got %v", c.name, err)
		}
	}
}

func TestFiguresOutOfRangeAreNamed(t *testing.T) {
	small := model.Config{Layers: 1, KVHeads: 1, HeadDim: 1, ContextTokens: 512}
	c := Config{Model: small, Threads: maxThreads, Rows: maxRows, Lanes: maxRows, Queue: maxQueue}
	if err := c.Validate(); err != nil {
		t.Errorf("at the limits: %v", err)
	}
	c = Config{Model: small}
	if err := c.Validate(); err != nil || c.Queue != defaultQueue {
		t.Errorf("a queue of %d, want %d: %v", c.Queue, defaultQueue, err)
	}
	for want, c := range map[string]Config{
		"threads: 257 is outside 1 to 256":     {Model: small, Threads: maxThreads + 1},
		"rows: 257 is outside 1 to 256":        {Model: small, Rows: maxRows + 1},
		"lanes: 257 is outside 1 to 256":       {Model: small, Rows: maxRows, Lanes: maxRows + 1},
		"queue: 100001 is outside 1 to 100000": {Model: small, Queue: maxQueue + 1},
	} {
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

func TestANativeModelIsNotForAGPU(t *testing.T) {
	for _, exporter := range []string{"inkling", "genai"} {
		c := Config{Device: DeviceCUDA, Model: model.Config{Dir: "somewhere", Exporter: exporter, Precision: native, Layers: 1, KVHeads: 1, HeadDim: 64, ContextTokens: 64}}
		err := c.Validate()
		if refused := errors.Is(err, ErrDevice) && strings.Contains(err.Error(), "somewhere"); refused != (exporter == "inkling") {
			t.Errorf("%s: %v", exporter, err)
		}
	}
}
