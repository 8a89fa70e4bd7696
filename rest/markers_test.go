package rest

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"inkling/rest/internal/script"
)

func TestAPromptOfMarkersIsTakenApart(t *testing.T) {
	for _, c := range []struct {
		prompt, suffix, before, after string
		middle                        bool
	}{
		{prompt: "a", before: "a"},
		{prompt: "a", suffix: "b", before: "a", after: "b", middle: true},
		{prompt: "<|fim_prefix|>a<|fim_suffix|>b<|fim_middle|>", before: "a", after: "b", middle: true},
		{prompt: "<fim_prefix>a\n<fim_suffix><fim_middle>", before: "a\n", middle: true},
		{prompt: "<PRE> a <SUF>b <MID>", before: "a", after: "b", middle: true},
		{prompt: "<｜fim▁begin｜>a<｜fim▁hole｜>b<｜fim▁end｜>", before: "a", after: "b", middle: true},
		{prompt: "<|code_prefix|>a<|code_suffix|>b<|code_middle|>", before: "a", after: "b", middle: true},
		// Text that speaks of markers stays as it is.
		{prompt: "x <|fim_prefix|>a<|fim_suffix|>b<|fim_middle|>", before: "x <|fim_prefix|>a<|fim_suffix|>b<|fim_middle|>"},
		{prompt: "<|fim_prefix|>a<|fim_suffix|>b<|fim_suffix|>c<|fim_middle|>", before: "<|fim_prefix|>a<|fim_suffix|>b<|fim_suffix|>c<|fim_middle|>"},
		{prompt: "<|fim_prefix|>a<|fim_middle|>", before: "<|fim_prefix|>a<|fim_middle|>"},
		{prompt: "<|fim_prefix|>a<|fim_suffix|>b<|fim_middle|>", suffix: "c", before: "<|fim_prefix|>a<|fim_suffix|>b<|fim_middle|>", after: "c", middle: true},
	} {
		before, after, middle := middleOf(c.prompt, c.suffix)
		if before != c.before || after != c.after || middle != c.middle {
			t.Errorf("%q, %q: %q, %q, %v", c.prompt, c.suffix, before, after, middle)
		}
	}
}

// The doors that Zed's edit predictions knock at, with what it sends.
func TestMarkersAskForTheMiddleAtTheDoorsOfZed(t *testing.T) {
	for path, body := range map[string]string{
		"/v1/completions": `{"model":"m","prompt":%s,"max_tokens":64,"temperature":0.2,"stop":["<|endoftext|>"]}`,
		"/api/generate":   `{"model":"m","prompt":%s,"raw":true,"stream":false,"options":{"num_predict":64,"temperature":0.2,"stop":["<|endoftext|>"]}}`,
	} {
		gen := script.Saying("a + b\n")
		srv := serve(t, configFor(gen))
		prompt, err := json.Marshal("<|fim_prefix|>def add(a, b):\n    return <|fim_suffix|>\n\nx = 1\n<|fim_middle|>")
		if err != nil {
			t.Fatal(err)
		}
		if r := post(t, srv.URL+path, strings.Replace(body, "%s", string(prompt), 1)); r.status != http.StatusOK {
			t.Fatalf("%s: %d %s", path, r.status, r.body)
		}
		asked := gen.Requests()[0]
		if asked.Prompt.Prefix != "def add(a, b):\n    return " || asked.Prompt.Suffix != "\n\nx = 1\n" || asked.NewFinisher == nil {
			t.Errorf("%s: asked %q, %q, finished %v", path, asked.Prompt.Prefix, asked.Prompt.Suffix, asked.NewFinisher != nil)
		}
	}
}
