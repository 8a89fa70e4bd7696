package rest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"inkling/rest/internal/script"
)

func TestALongRequestIDIsReplaced(t *testing.T) {
	srv := serve(t, configFor(fibonacci))
	for n, kept := range map[int]bool{maxRequestID: true, maxRequestID + 1: false} {
		id := strings.Repeat("a", n)
		if r := get(t, srv.URL+"/health", "X-Request-Id", id); (r.header.Get("X-Request-Id") == id) != kept {
			t.Errorf("%d bytes: %s", n, r.header.Get("X-Request-Id"))
		}
	}
}

func TestOfManySnippetsTheFirstAreKept(t *testing.T) {
	gen := script.Saying("x\n")
	srv := serve(t, configFor(gen))
	var extra []string
	for i := range maxSnippets + 5 {
		extra = append(extra, fmt.Sprintf(`{"filename":"f%d.py","text":"def other_%d(): pass\n"}`, i, i))
	}
	body := `{"input_prefix":"other_1\nother_2\nx = ","input_suffix":"","input_extra":[` + strings.Join(extra, ",") + `]}`
	if r := post(t, srv.URL+"/infill", body); r.status != 200 {
		t.Fatalf("%d %s", r.status, r.body)
	}
	requests := gen.Requests()
	if len(requests) != 1 || len(requests[0].Prompt.Snippets) > maxSnippets {
		t.Fatalf("%d requests with %d snippets", len(requests), len(requests[0].Prompt.Snippets))
	}
}

func TestOnlySoManyCompletionsAreRemembered(t *testing.T) {
	r := &recent{}
	for i := range maxRecent + 1 {
		r.put(fmt.Sprint(i), origin{})
	}
	if _, known := r.get("0"); known {
		t.Error("the oldest is remembered")
	}
	if _, known := r.get("1"); !known || len(r.byID) != maxRecent {
		t.Errorf("%v, %d are remembered", known, len(r.byID))
	}
}

func TestOfManyStopStringsTheFirstAreUsed(t *testing.T) {
	for path, form := range map[string]string{"/v1/completions": `{"prompt":"a","stop":[%s]}`, "/api/generate": `{"prompt":"a","stream":false,"options":{"stop":[%s]}}`} {
		gen := script.Saying("x\n")
		srv := serve(t, configFor(gen))
		for _, n := range []int{16, 17} {
			var stops, quoted []string
			for i := range n {
				stops, quoted = append(stops, fmt.Sprintf("s%d", i)), append(quoted, fmt.Sprintf(`"s%d"`, i))
			}
			if r := post(t, srv.URL+path, fmt.Sprintf(form, strings.Join(quoted, ","))); r.status != 200 {
				t.Fatalf("%s: %d %s", path, r.status, r.body)
			}
			requests := gen.Requests()
			if got := requests[len(requests)-1].Options.Stop; !slices.Equal(got, stops[:16]) {
				t.Errorf("%s: of %d stop strings: %q", path, n, got)
			}
		}
	}
}
