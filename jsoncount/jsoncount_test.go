package jsoncount

import "testing"

func TestValuesAreCountedByTheirCommas(t *testing.T) {
	for body, want := range map[string]int{
		``: 1, `{}`: 1, `{"a":1,"b":[1,2]}`: 3, `["a,b","c\",d",{"e":","}]`: 3, `[1,2,`: 3, `"\\",1`: 2, `"open, never closed, \`: 1,
	} {
		if got := Values([]byte(body)); got != want {
			t.Errorf("%s: %d values, want %d", body, got, want)
		}
	}
}
