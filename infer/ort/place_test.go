package ort

import "testing"

func TestAnotherPlaceOfADocumentLeavesTheFormerItsRow(t *testing.T) {
	r := newRows(4, 4096)
	r.tokenBytes, r.limit = 1, 1500
	fill := func(from int32) []int32 {
		ids := make([]int32, 400)
		for i := range ids {
			ids[i] = from + int32(i)
		}
		return ids
	}
	ask := func(ids []int32, document string) *row {
		mine, _ := r.take(ids, document, "")
		if ok, err := r.promise(mine, nil, len(ids)); !ok || err != nil {
			t.Fatal(ok, err)
		}
		r.give(mine, nil, document, false)
		mine.rewind(common(mine.tokens, ids))
		mine.tokens = append(mine.tokens[:0], ids...)
		return mine
	}
	here, there := fill(0), fill(10_000)
	first := ask(here, "a")
	if ask(there, "a") == first {
		t.Error("the place that was left lost its row")
	}
	if ask(here[:390], "a") != first {
		t.Error("going back did not find the row")
	}
	neighbour := ask(fill(30_000), "b")
	if third := ask(fill(20_000), "a"); third == neighbour || third == first {
		t.Error("with no memory left, a third place took the neighbour's row, or that of the place used last")
	}
}
