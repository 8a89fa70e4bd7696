package rest

import (
	"strings"
	"testing"

	"inkling/infer"
)

func TestALongPathOfAPieceIsCut(t *testing.T) {
	var a ask
	a.addSnippets([]infer.Snippet{{Path: strings.Repeat("é", maxPathBytes) + "/end.go", Text: "x"}, {Path: strings.Repeat("p", maxPathBytes), Text: "y"}})
	for i, want := range []string{strings.Repeat("p", maxPathBytes), strings.Repeat("é", (maxPathBytes-len("/end.go"))/2) + "/end.go"} {
		if got := a.Place.Others[i].URI; got != want {
			t.Errorf("%d bytes, %.20q to %.20q", len(got), got, got[len(got)-10:])
		}
	}
}

func TestABodyOfTooManyValuesIsRefused(t *testing.T) {
	c := configFor(fibonacci)
	c.Limits.MaxLines = 10
	srv := serve(t, c)
	for n, want := range map[int]int{2*10 + moreValues: 200, 2*10 + moreValues + 1: 413} {
		body := `{"input_prefix":"x","input_extra":[` + strings.Repeat("{},", n-2) + `{}]}`
		if r := post(t, srv.URL+"/infill", body); r.status != want {
			t.Errorf("%d values: %d %s", n, r.status, r.body)
		}
	}
}
