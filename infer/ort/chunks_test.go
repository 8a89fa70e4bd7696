package ort

import (
	"fmt"
	"slices"
	"testing"
)

// BenchmarkSegment is one segment of some tokens behind 256.
func BenchmarkSegment(b *testing.B) {
	const past = 256
	for _, n := range []int{16, 20, 24, 32, 48, 64} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			m, ids := realModel(b, 1)
			feed(b, m, 0, ids, past)
			for b.Loop() {
				run(b, m, segment{past: past, ids: ids[past : past+n], want: true})
			}
			b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "tok/s")
		})
	}
}

// Chunks of a mixed import are multiplied by whole numbers, so that what they leave in the cache does not hang on how the
// prompt was cut.
func TestChunksOfAMixedImportAgreeHoweverTheyAreCut(t *testing.T) {
	for _, name := range []string{"qwen2", "llama"} {
		t.Run(name, func(t *testing.T) {
			source, _ := readSource(t, name)
			var ids []int32
			for len(ids) < 100 {
				ids = append(ids, source.IDs...)
			}
			after := func(l lm, cuts ...int) []float32 {
				past := 0
				for _, n := range cuts {
					step(t, l, segment{past: past, ids: ids[past : past+n]})
					past += n
				}
				return slices.Clone(step(t, l, segment{past: past, ids: ids[past : past+4], want: true})[0])
			}
			mixed, blocks := openFixture(t, name+".gguf", "mixed"), openFixture(t, name+".gguf", "int8-blocks")
			want := after(mixed, 96)
			for _, cuts := range [][]int{{48, 48}, {32, 64}, {33, 63}} {
				if got := after(mixed, cuts...); !slices.Equal(got, want) {
					t.Errorf("cut into %v: %.2g apart", cuts, apart(got, want))
				}
			}
			switch far := apart(after(blocks, 96), want); {
			case far == 0:
				t.Error("nothing was fed by the second graph")
			case far > 0.15:
				t.Errorf("the graphs are %.2g apart", far)
			}
			if got := after(mixed, 10, 10, 10, 30, 30, 6); !slices.Equal(got, after(blocks, 96)) {
				t.Error("what is shorter than a chunk was not fed by the first graph")
			}
			// With its logits wanted, a segment is both graphs', and its neighbours are what they are without it.
			neighbour := segment{row: 1, ids: ids[:5], want: true}
			alone := slices.Clone(step(t, mixed, neighbour)[0])
			both := step(t, mixed, segment{ids: ids[:50], want: true}, neighbour)
			if len(both) != 2 || !slices.Equal(both[1], alone) {
				t.Errorf("%d logits, those of the neighbour %.2g apart", len(both), apart(both[1], alone))
			}
			tail := slices.Clone(both[0])
			step(t, mixed, segment{ids: ids[:49]})
			if got := step(t, mixed, segment{past: 49, ids: ids[49:50], want: true})[0]; apart(got, tail) > 1e-5 { // alone, by another kernel
				t.Errorf("the last token is %.2g apart", apart(got, tail))
			}
		})
	}
}

func TestATerminatedChunkEndsAndIsFedAgain(t *testing.T) {
	source, _ := readSource(t, "llama")
	ids := append(slices.Clone(source.IDs), source.IDs...)
	ids = append(ids, source.IDs...)[:40]
	l := openFixture(t, "llama.gguf", "mixed")
	want := slices.Clone(step(t, l, segment{ids: ids, want: true})[0])
	l.Terminate()
	if _, err := l.Step([]segment{{ids: ids}}); err == nil {
		t.Error("a terminated chunk ran")
	}
	l.Resume()
	if got := step(t, l, segment{ids: ids, want: true})[0]; !slices.Equal(got, want) {
		t.Errorf("%.2g apart after that", apart(got, want))
	}
}
