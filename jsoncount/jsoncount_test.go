package jsoncount

import "testing"

func TestValuesAreCountedByCommasAndBrackets(t *testing.T) {
	for body, want := range map[string]int{
		``: 1, `1`: 1, `{}`: 2, `{"a":1,"b":[1,2]}`: 5, `["a,b","c\",d",{"e":","}]`: 5, `[1,2,`: 4, `"\\",1`: 2,
		`"open, [never {closed, \`: 1, `{"[{":{"":{"":[[0]]}}}`: 6, "}]": 1,
	} {
		if got := Values([]byte(body)); got != want {
			t.Errorf("%s: %d values, want %d", body, got, want)
		}
	}
}
