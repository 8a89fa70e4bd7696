package ort

import (
	"fmt"
	"slices"
	"testing"
)

// realRows opens the default model with some rows, and feeds each row n tokens of its own.
func realRows(t testing.TB, rows, n int) (m lm, ids func(row int) []int32) {
	t.Helper()
	c := realConfig(t)
	c.Rows, c.ContextTokens = rows, 512
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
	m, err := open(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	ids = func(row int) []int32 {
		all := make([]int32, 512)
		for i := range all {
			all[i] = int32(100 + (i+row*13)*37%40_000)
		}
		return all
	}
	for row := range rows {
		for past := 0; past < n; past += chunkTokens {
			if _, err := m.Step([]segment{{row: row, past: past, ids: ids(row)[past:min(past+chunkTokens, n)]}}); err != nil {
				t.Fatal(err)
			}
		}
	}
	return m, ids
}

func TestRowsThatRunTogetherGetWhatTheyGetAlone(t *testing.T) {
	const past = 40
	m, ids := realRows(t, 7, past)
	segments := []segment{
		{row: 0, past: past, ids: ids(0)[past : past+3], want: true},
		{row: 2, past: past, ids: ids(2)[past : past+2]},
		{row: 3, past: past - 9, ids: ids(3)[past-9 : past+20], want: true}, // a long one, run by itself
		{row: 5, past: past, ids: ids(5)[past : past+5], want: true, more: 4},
		{row: 6, past: past, ids: ids(6)[past : past+1], want: true},
	}
	keep := func(logits [][]float32) (kept [][]float32) {
		for _, l := range logits {
			kept = append(kept, slices.Clone(l))
		}
		return kept
	}
	together := keep(step(t, m, segments...))
	var alone [][]float32
	for _, seg := range segments {
		seg.more = 0
		switch {
		case seg.row == 5:
			for n := 1; n <= len(seg.ids); n++ { // fed two at least: one alone is multiplied by another kernel
				alone = append(alone, keep(step(t, m, segment{row: 5, past: past - 2, ids: ids(5)[past-2 : past+n], want: true}))...)
			}
		case seg.row == 6:
			alone = append(alone, keep(step(t, m, segment{row: 6, past: past - 3, ids: ids(6)[past-3 : past+1], want: true}))...)
		case seg.want:
			alone = append(alone, keep(step(t, m, seg))...)
		}
	}
	if len(together) != 8 || len(alone) != 8 {
		t.Fatalf("%d logits together and %d alone, want 8", len(together), len(alone))
	}
	for i := range alone {
		same := slices.Equal(together[i], alone[i])
		if i == 7 { // attention of one token is summed in another order than that of several
			same = apart(together[i], alone[i]) < 0.01
		}
		if !same {
			t.Errorf("logits %d are %.2g apart", i, apart(together[i], alone[i]))
		}
	}
	for _, idle := range []int{1, 4} { // rows between them that did nothing go on as if nothing had happened
		got := keep(step(t, m, segment{row: idle, past: past, ids: ids(idle)[past : past+4], want: true}))
		var want [][]float32
		for at := 0; at < past+4; at += 22 {
			want = keep(step(t, m, segment{row: idle, past: at, ids: ids(idle)[at : at+22], want: true}))
		}
		if !slices.Equal(got[0], want[0]) {
			t.Errorf("row %d is %.2g apart", idle, apart(got[0], want[0]))
		}
	}
}

// BenchmarkTogether runs one step of some tokens on some rows, apart rows of each other.
func BenchmarkTogether(b *testing.B) {
	const past = 256
	for _, c := range []struct{ rows, tokens, apart int }{{1, 1, 1}, {4, 1, 1}, {4, 1, 4}, {8, 1, 1}, {8, 1, 4}, {8, 3, 1}, {8, 3, 4}, {16, 1, 2}} {
		b.Run(fmt.Sprintf("%dx%d/%d", c.rows, c.tokens, c.apart), func(b *testing.B) {
			m, ids := realRows(b, c.rows*c.apart, past)
			var segments []segment
			for i := range c.rows {
				row := i * c.apart
				segments = append(segments, segment{row: row, past: past, ids: ids(row)[past : past+c.tokens], want: true})
			}
			for b.Loop() {
				run(b, m, segments...)
			}
		})
	}
}
