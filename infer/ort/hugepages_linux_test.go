package ort

import (
	"os"
	"slices"
	"strings"
	"testing"
)

func TestWhatIsNewIsLeftOfSpans(t *testing.T) {
	before := []span{{10, 20}, {30, 40}, {60, 70}}
	for _, c := range []struct{ after, want []span }{
		{[]span{{10, 20}}, nil},
		{[]span{{0, 5}}, []span{{0, 5}}},
		{[]span{{5, 25}}, []span{{5, 10}, {20, 25}}},
		{[]span{{15, 65}}, []span{{20, 30}, {40, 60}}},
		{[]span{{35, 38}, {70, 80}}, []span{{70, 80}}},
	} {
		if got := without(c.after, before); !slices.Equal(got, c.want) {
			t.Errorf("of %v is left %v, want %v", c.after, got, c.want)
		}
	}
}

func TestWeightsLieInHugePages(t *testing.T) {
	modes, err := os.ReadFile("/sys/kernel/mm/transparent_hugepage/enabled")
	if err != nil || strings.Contains(string(modes), "[never]") {
		t.Skip("the system has no huge pages")
	}
	if c := realConfig(t); c.Model.Precision == native {
		t.Skip("native weights stay in the pages of their file")
	}
	realEngine(t, nil)
	rollup, err := os.ReadFile("/proc/self/smaps_rollup")
	if err != nil {
		t.Skip(err)
	}
	for line := range strings.Lines(string(rollup)) {
		if size, found := strings.CutPrefix(line, "AnonHugePages:"); found && strings.HasPrefix(strings.TrimSpace(size), "0 ") {
			t.Errorf("huge pages hold %s", strings.TrimSpace(size))
		} else if found {
			t.Log(line)
		}
	}
}
