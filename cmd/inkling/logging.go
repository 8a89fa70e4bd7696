package main

import (
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"inkling/rest/metrics"
	"inkling/serving/logs"
)

// newLogger writes for people when debugging, and one JSON object a line otherwise.
func (s *serveCommand) newLogger() (*zap.Logger, error) {
	c := logs.Config{Text: s.Debug, Level: s.LogLevel, Sample: s.LogSample}
	if s.Debug {
		c.Level = "debug"
	}
	log, counts, err := logs.New(c)
	s.lines = counts
	return log, err
}

// logLines are the lines so far, for the metrics.
func logLines(counts *logs.Counts) map[metrics.LogLine]uint64 {
	if counts == nil {
		return nil
	}
	all := map[metrics.LogLine]uint64{}
	counts.Each(func(level string, dropped bool, lines uint64) {
		all[metrics.LogLine{Level: level, Dropped: dropped}] = lines
	})
	return all
}

// accessLog is where HTTP requests are logged, and at which level.
func (c *servingConfig) accessLog(log *zap.Logger) (*zap.Logger, zapcore.Level) {
	switch c.AccessLog {
	case "off":
		return zap.NewNop(), zapcore.InfoLevel
	case "debug":
		return log, zapcore.DebugLevel
	}
	return log, zapcore.InfoLevel
}
