// Package logs makes the program's log: one JSON object a line, or text for people; sampled, so that a storm of one
// message does not become one of the disk; and counted, for the metrics.
//
// What may stand in a line is decided where it is written: ids, lengths, codes and times, never text of a document, a
// completion, a key or a password.
package logs

import (
	"fmt"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// Config says what is logged. The zero value is one JSON object a line, from level info on, all lines.
type Config struct {
	Text  bool   // for people, with colours, stack traces from warnings on
	Level string // debug, info, warn or error; "" is info
	// Sample is how many lines of one message and level are written in a second; of those beyond, every hundredth is.
	// 0 writes all.
	Sample int
}

// every hundredth line beyond the sample is written, so that a storm is seen for what it is.
const every = 100

// Counts are the lines since the start, by level. Safe for concurrent use.
type Counts struct{ written, dropped [levels]atomic.Uint64 }

const levels = int(zapcore.FatalLevel-zapcore.DebugLevel) + 1

// index is a level's place.
func index(l zapcore.Level) int { return min(max(int(l-zapcore.DebugLevel), 0), levels-1) }

// Each calls f with what there is of each level that has any.
func (c *Counts) Each(f func(level string, dropped bool, lines uint64)) {
	for l := zapcore.DebugLevel; l <= zapcore.FatalLevel; l++ {
		if n := c.written[index(l)].Load(); n > 0 {
			f(l.String(), false, n)
		}
		if n := c.dropped[index(l)].Load(); n > 0 {
			f(l.String(), true, n)
		}
	}
}

// New makes a log to standard error.
func New(c Config) (*zap.Logger, *Counts, error) {
	z := zap.NewProductionConfig()
	z.EncoderConfig.EncodeTime = zapcore.ISO8601TimeEncoder
	z.EncoderConfig.EncodeDuration = zapcore.StringDurationEncoder
	if c.Text {
		z = zap.NewDevelopmentConfig()
	}
	if c.Level != "" {
		level, err := zapcore.ParseLevel(c.Level)
		if err != nil {
			return nil, nil, fmt.Errorf("logs: level: %w", err)
		}
		z.Level.SetLevel(level)
	}
	counts := &Counts{}
	z.Sampling = nil
	log, err := z.Build(zap.WrapCore(func(core zapcore.Core) zapcore.Core { return counts.wrap(core, c.Sample) }))
	return log, counts, err
}

// wrap samples and counts what a core is given.
func (c *Counts) wrap(core zapcore.Core, sample int) zapcore.Core {
	counted := zapcore.RegisterHooks(core, func(e zapcore.Entry) error {
		c.written[index(e.Level)].Add(1)
		return nil
	})
	if sample <= 0 {
		return counted
	}
	return zapcore.NewSamplerWithOptions(counted, time.Second, sample, every, zapcore.SamplerHook(func(e zapcore.Entry, d zapcore.SamplingDecision) {
		if d&zapcore.LogDropped != 0 {
			c.dropped[index(e.Level)].Add(1)
		}
	}))
}
