package cache

import (
	"context"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

// TestAnAnswerKeepsNoDocument: what is kept of a request is the head of a line, which is a piece of the document's text.
func TestAnAnswerKeepsNoDocument(t *testing.T) {
	c := newCache(t, Config{Generator: &script{}})
	answer := func(i int) {
		if _, err := collect(context.Background(), c, ask(strconv.Itoa(i)+strings.Repeat("\nvalue = compute(one, two)", 40_000)+"\nf(")); err != nil {
			t.Fatal(err)
		}
	}
	answer(0) // and rules of secrets are read
	before := heap()
	for i := range 99 {
		answer(i + 1)
	}
	s := c.Stats()
	if held := int64(heap()) - int64(before); s.Entries != 100 || held > s.Bytes+1<<20 {
		t.Errorf("%d answers of %d bytes hold %d", s.Entries, s.Bytes, held)
	}
	runtime.KeepAlive(c)
}

func TestWordsThatLinesStartWithKeepNoFile(t *testing.T) {
	all := make(starts)
	before := heap()
	for i := range 100 {
		all.count("word" + strings.Repeat("x", i/10) + string(rune('a'+i%10)) + strings.Repeat(" ", maxWarmFileBytes-20))
	}
	if held := int64(heap()) - int64(before); len(all) != 100 || held > 1<<20 {
		t.Errorf("%d words hold %d bytes", len(all), held)
	}
	runtime.KeepAlive(all)
}

// heap is how many bytes are in use.
func heap() uint64 {
	runtime.GC()
	runtime.GC() // what the first one's finalizers let go of
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
