package ort

import "testing"

// In the form fp16 rows with one new token each run together; what lies between them stays what it was.
func TestRowsOfHalvesRunTogetherAndLeaveOthersAlone(t *testing.T) {
	config := realConfig(t)
	config.Model = fixtureModel(t, "qwen2.gguf", "fp16")
	config.Rows, config.ContextTokens = 4, 32
	l, alone := openLM(t, config), openLM(t, config)
	ids := make([]int32, 32)
	for i := range ids {
		ids[i] = int32(3 + 5*i)
	}
	for _, m := range []lm{l, alone} {
		step(t, m, segment{row: 0, ids: ids[:9]})
		step(t, m, segment{row: 1, ids: ids[2:12]})
		step(t, m, segment{row: 2, ids: ids[:20], want: true})
		step(t, m, segment{row: 3, ids: ids[5:12]})
		if err := m.Copy(0, 1, 5); err != nil {
			t.Fatal(err)
		}
	}
	check := func(what string, got, want []float32) {
		t.Helper()
		if d := apart(got, want); !(d < 0.005) { // a single row and several are multiplied by different kernels
			t.Errorf("%s: logits are %.2g apart", what, d)
		}
	}
	both := step(t, l, segment{row: 0, past: 9, ids: ids[9:10], want: true}, segment{row: 3, past: 7, ids: ids[1:2], want: true})
	check("the first row", both[0], step(t, alone, segment{row: 0, past: 9, ids: ids[9:10], want: true})[0])
	check("the last row", both[1], step(t, alone, segment{row: 3, past: 7, ids: ids[1:2], want: true})[0])
	check("a copied row between", step(t, l, segment{row: 1, past: 5, ids: ids[:3], want: true})[0], step(t, alone, segment{row: 1, past: 5, ids: ids[:3], want: true})[0])
	check("a row between", step(t, l, segment{row: 2, past: 20, ids: ids[:12], want: true})[0], step(t, alone, segment{row: 2, past: 20, ids: ids[:12], want: true})[0])
	// Row 2 is full now: nothing can be put behind its end.
	both = step(t, l, segment{row: 0, past: 10, ids: ids[:1], want: true}, segment{row: 3, past: 8, ids: ids[:1], want: true})
	check("beside a full row", both[0], step(t, alone, segment{row: 0, past: 10, ids: ids[:1], want: true})[0])
	check("beside a full row", both[1], step(t, alone, segment{row: 3, past: 8, ids: ids[:1], want: true})[0])
	check("the full row", step(t, l, segment{row: 2, past: 30, ids: ids[10:12], want: true})[0], step(t, alone, segment{row: 2, past: 30, ids: ids[10:12], want: true})[0])
}
