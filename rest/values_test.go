package rest

import (
	"strings"
	"testing"

	"inkling/infer"
	"inkling/jsoncount"
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
	for more, want := range map[string]int{`"n_predict":1,`: 200, `"n_predict":1,"top_k":1,`: 413} {
		body := `{"input_prefix":"x",` + more + `"input_extra":[` + strings.Repeat("{},", (2*10+moreValues-5)/2) + `{}]}`
		if r := post(t, srv.URL+"/infill", body); r.status != want {
			t.Errorf("%d values: %d %s", jsoncount.Values([]byte(body)), r.status, r.body)
		}
	}
}

// TestABodyOfObjectsInEachOtherIsRefused: of 4 MiB of them, read as any JSON is, 265 MiB are made.
func TestABodyOfObjectsInEachOtherIsRefused(t *testing.T) {
	srv := serve(t, configFor(fibonacci))
	nested := strings.Repeat(`{"":`, 9_990) + "0" + strings.Repeat("}", 9_990)
	r := post(t, srv.URL+"/api/v1/completion", `{"input":[`+strings.Repeat(nested+",", 82)+nested+`]}`)
	if r.status != 413 || !strings.Contains(string(r.body), "50000 values") {
		t.Errorf("%d %s", r.status, r.body)
	}
}
