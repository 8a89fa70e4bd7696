package rest

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"inkling/contexts"
	"inkling/contexts/syntax"
	"inkling/fuzztest"
	"inkling/rest/internal/script"
)

// doors are all paths that take JSON, each with seeds that reach its inside.
var doors = map[string][]string{
	"/api/v1/completion": {reference, `{"context":{"position":{"line":0,"column":3},"currentLine":"😀","nextLines":["x"]},"stream":true}`},
	"/api/v1/context":    {`{"context":{"language":"go","position":{"line":0,"column":3},"currentLine":"func f() {"}}`},
	"/api/v1/feedback":   {`{"requestId":"x","event":"shown"}`},
	"/v1/completions": {`{"prompt":["a","b"],"n":2,"stream":true,"logprobs":1,"stop":["x"]}`, `{"prompt":"a","suffix":"b"}`,
		`{"language":"go","segments":{"prefix":"a","suffix":"b","declarations":[{"filepath":"x","body":"y"}]}}`},
	"/v1/fim/completions": {`{"prompt":"a","suffix":"b","stream":true}`},
	"/v1/events":          {`{"type":"view","completion_id":"x","choice_index":0}`},
	"/infill":             {`{"input_prefix":"a\n","input_suffix":"b","n_indent":4,"input_extra":[{"filename":"x","text":"y"}],"t_max_predict_ms":1}`, `{"n_predict":0}`, `{"response_fields":["timings/prompt_n"]}`},
	"/api/generate":       {`{"prompt":"a","suffix":"b","options":{"num_predict":3,"stop":["x"]}}`, `{"stream":false,"prompt":"a"}`},
	"/api/show":           {`{"model":"x"}`},
}

// FuzzDoors sends any body to any door. None may panic, be answered 500, or answer other than its clients can read.
func FuzzDoors(f *testing.F) {
	paths := slices.Sorted(maps.Keys(doors))
	for i, path := range paths {
		for _, body := range append(doors[path], `null`, `[]`, `{"prompt":null,"stop":null,"context":null,"segments":null,"options":null}`) {
			f.Add(uint8(i), body)
		}
	}
	cfg := configFor(script.Saying("fibonacci(n-1)\n"))
	cfg.Syntax = syntax.NewPool(syntax.Config{})
	cfg.Builder.(*contexts.Builder).Syntax = cfg.Syntax
	f.Cleanup(cfg.Syntax.Close)
	h, err := New(cfg)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, door uint8, body string) {
		defer fuzztest.Within(time.Minute)()
		path := paths[int(door)%len(paths)]
		r := httptest.NewRequest(http.MethodPost, "http://localhost"+path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		switch media, _, _ := strings.Cut(w.Header().Get("Content-Type"), ";"); {
		case w.Code >= 500 || w.Code < 200:
			t.Fatalf("%s %q: %d %s", path, body, w.Code, w.Body)
		case media == "application/json" && !json.Valid(w.Body.Bytes()):
			t.Fatalf("%s %q: not JSON: %s", path, body, w.Body)
		case w.Code >= 400 && w.Body.Len() == 0:
			t.Fatalf("%s %q: %d says nothing", path, body, w.Code)
		}
		if n := cfg.Syntax.Stats().Documents; n != 0 {
			t.Fatalf("%s %q: %d trees are left", path, body, n)
		}
	})
}
