package ort

import "testing"

// A tenant's prompt never reuses what another tenant computed, so that its time tells nothing of it.
func TestTenantsShareNoRow(t *testing.T) {
	r := newRows(2, 256)
	prompt := make([]int32, 100)
	first, source := r.take(prompt, "a", "one")
	if first == nil || source != nil {
		t.Fatal("no row")
	}
	first.tokens = append(first.tokens, prompt...)
	r.give(first, nil, "a", false)
	if again, _ := r.take(prompt, "b", "one"); again != first && common(again.tokens, prompt) == 0 {
		_, source := r.take(prompt, "b", "one")
		if source != first {
			t.Error("the own tenant's row is not reused")
		}
	}
	other, source := r.take(prompt, "a", "two")
	if source != nil {
		t.Error("another tenant's row is copied")
	}
	if n := common(other.tokens, prompt); n != 0 {
		t.Errorf("%d tokens of another tenant are reused", n)
	}
	for range r.all { // every row in turn
		row, source := r.take(prompt, "c", "three")
		if source != nil || len(row.tokens) != 0 {
			t.Errorf("row %d: %d tokens of another tenant, source %v", row.index, len(row.tokens), source)
		}
		r.give(row, nil, "c", false)
	}
}
