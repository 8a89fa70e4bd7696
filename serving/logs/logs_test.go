package logs

import (
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

func TestAStormOfOneMessageIsSampledAndCounted(t *testing.T) {
	core, seen := observer.New(zap.InfoLevel)
	counts := &Counts{}
	log := zap.New(counts.wrap(core, 10))
	for range 210 {
		log.Info("storm") // of one second, or two where the clock turns meanwhile
	}
	log.Error("another")
	log.Debug("below the level")
	got := map[string]uint64{}
	counts.Each(func(level string, dropped bool, lines uint64) {
		if dropped {
			level += " dropped"
		}
		got[level] = lines
	})
	if n := seen.FilterMessage("storm").Len(); n < 12 || n > 24 || got["info"] != uint64(n) || got["info dropped"] != uint64(210-n) || got["error"] != 1 || len(got) != 3 {
		t.Errorf("%d lines, %v", seen.Len(), got)
	}
}

func TestWithoutASampleEveryLineIsWritten(t *testing.T) {
	core, seen := observer.New(zap.InfoLevel)
	log := zap.New((&Counts{}).wrap(core, 0))
	for range 500 {
		log.Info("storm")
	}
	if seen.Len() != 500 {
		t.Errorf("%d lines", seen.Len())
	}
}

func TestLevelsAreRead(t *testing.T) {
	for name, c := range map[string]struct {
		config      Config
		debug, warn bool
	}{"": {Config{}, false, true}, "text": {Config{Text: true}, true, true}, "error": {Config{Level: "error"}, false, false}, "debug": {Config{Level: "debug"}, true, true}} {
		log, _, err := New(c.config)
		if err != nil || log.Core().Enabled(zap.DebugLevel) != c.debug || log.Core().Enabled(zap.WarnLevel) != c.warn {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, _, err := New(Config{Level: "loud"}); err == nil {
		t.Error("a level that is none is accepted")
	}
}
