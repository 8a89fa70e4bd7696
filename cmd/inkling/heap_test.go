package main

import (
	"runtime/debug"
	"testing"

	"inkling/contexts/syntax"
	"inkling/infer/model"
	"inkling/serving/memory"
)

func TestALimitHoldsTreesAndHeap(t *testing.T) {
	before := debug.SetMemoryLimit(-1)
	defer debug.SetMemoryLimit(before)
	c, m := modelConfig{KVBytes: 256 << 20}, model.Config{}
	t.Setenv("GOMEMLIMIT", "1GiB")
	c.holdHeap(m, 190<<20, memory.Limit{Bytes: 700 << 20})
	if got := debug.SetMemoryLimit(-1); got != before {
		t.Errorf("GOMEMLIMIT is overruled: %d", got)
	}
	t.Setenv("GOMEMLIMIT", "")
	c.holdHeap(m, 190<<20, memory.Limit{})
	if got := debug.SetMemoryLimit(-1); got != before {
		t.Errorf("no limit is known, and the heap's is %d", got)
	}
	c.holdHeap(m, 190<<20, memory.Limit{Bytes: 700 << 20})
	if got := debug.SetMemoryLimit(-1); got >= 200<<20 || got < 64<<20 {
		t.Errorf("under 700 MiB the heap may take %d", got)
	}
	if got := treeBudget(memory.Limit{Bytes: 700 << 20}); got >= 100<<20 {
		t.Errorf("under 700 MiB trees may take %d", got)
	}
	for _, l := range []memory.Limit{{}, {Bytes: 64 << 30}} {
		if got := treeBudget(l); got != syntax.DefaultBudgetBytes {
			t.Errorf("under %d bytes trees may take %d", l.Bytes, got)
		}
	}
}
