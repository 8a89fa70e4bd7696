package rest

import (
	"bufio"
	"context"
	"errors"
	"maps"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"inkling/infer"
	"inkling/rest/internal/script"
)

// reference is the request of the documentation, byte for byte.
const reference = `{"context": {"language": "python", "position": {"line": 10, "column": 4},
             "previousLines": ["def fibonacci(n):", "    if n <= 1:", "        return n", "    return "],
             "currentLine": ""},
 "max_suggestions": 3, "temperature": 0.7, "user_id": "user123"}`

func TestReferenceRequestIsAnsweredAsDocumented(t *testing.T) {
	gen := script.Saying("fibonacci(n-1) + fibonacci(n-2)\n")
	srv := serve(t, configWithSyntax(t, gen))
	r := post(t, srv.URL+"/api/v1/completion", reference)
	got := into[CompletionResponse](t, r)
	if r.status != http.StatusOK || got.Status != "success" {
		t.Fatalf("got %d %s", r.status, r.body)
	}
	if len(got.Suggestions) != 1 {
		t.Fatalf("three equal suggestions were not merged: %s", r.body)
	}
	// The names of the documentation's own response.
	tree := object(t, r.body)
	for path, of := range map[string]any{"suggestions metadata status": tree, "text confidence type description cursorOffset": at(tree, "suggestions", 0),
		"processingTimeMs modelVersion cacheHit contextHash": tree["metadata"]} {
		want := strings.Fields(path)
		slices.Sort(want)
		if names := slices.Sorted(maps.Keys(of.(map[string]any))); !slices.Equal(names, want) {
			t.Errorf("names %v, want %v", names, want)
		}
	}
	s := got.Suggestions[0]
	if s.Text != "fibonacci(n-1) + fibonacci(n-2)" || s.Type != "single-line" || s.Description != "return expression of fibonacci" || s.CursorOffset != 31 || s.Confidence <= 0 || s.Confidence > 1 {
		t.Errorf("suggestion %+v", s)
	}
	if m := got.Metadata; m.ModelVersion != "scripted" || m.CacheHit || m.ContextHash == "" || m.ProcessingTimeMs <= 0 || m.Why != "" {
		t.Errorf("metadata %+v", m)
	}
	req := gen.Requests()[0]
	if req.Caller != (infer.Caller{User: "user123", Door: infer.DoorREST}) {
		t.Errorf("caller %+v", req.Caller)
	}
	if req.Options.Suggestions != 3 || req.Options.Temperature != 0.7 {
		t.Errorf("options %+v", req.Options)
	}
	if !strings.HasSuffix(req.Prompt.Prefix, "        return n\n    return ") {
		t.Errorf("prefix %q: the cursor must stand at the end of the last previous line", req.Prompt.Prefix)
	}
}

func TestCursorIsFoundInTheLines(t *testing.T) {
	for _, c := range []struct{ name, context, prefix, suffix string }{
		{"in the current line", `"position":{"line":7,"column":2},"previousLines":["a"],"currentLine":"bcde","nextLines":["f"]`, "a\nbc", "de\nf"},
		{"past its end", `"position":{"line":7,"column":99},"previousLines":["a"],"currentLine":"bc","nextLines":["f"]`, "a\nbc", "\nf"},
		{"empty line, column 0", `"position":{"line":1,"column":0},"previousLines":["a"],"currentLine":"","nextLines":["f"]`, "a\n", "\nf"},
		{"empty line, column above 0", `"position":{"line":1,"column":1},"previousLines":["a"],"currentLine":"","nextLines":["f"]`, "a", "\nf"},
		{"utf-16 by default", `"position":{"line":0,"column":2},"currentLine":"😀b"`, "😀", "b"},
		{"utf-8", `"position":{"line":0,"column":4},"positionEncoding":"utf-8","currentLine":"😀b"`, "😀", "b"},
		{"utf-32", `"position":{"line":0,"column":1},"positionEncoding":"utf-32","currentLine":"😀b"`, "😀", "b"},
		{"nothing at all", `"position":{"line":0,"column":5}`, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var body CompletionRequest
			if err := unmarshal([]byte(`{"context":{`+c.context+`}}`), &body); err != nil {
				t.Fatal(err)
			}
			place, _, err := body.Context.place()
			if err != nil {
				t.Fatal(err)
			}
			defer place.Document.Close()
			text := place.Document.Text()
			if text[:place.Offset] != c.prefix || text[place.Offset:] != c.suffix {
				t.Errorf("got %q | %q, want %q | %q", text[:place.Offset], text[place.Offset:], c.prefix, c.suffix)
			}
		})
	}
}

func TestBadRequestsAreAnsweredWithFieldAndLimit(t *testing.T) {
	cfg := configFor(fibonacci)
	cfg.Limits = Limits{MaxBodyBytes: 2000, MaxLines: 3, MaxLineLength: 20, MaxSuggestions: 4, MaxTokens: 100}
	srv := serve(t, cfg)
	for _, c := range []struct {
		name, body  string
		status      int
		code, field string
		says        string
	}{
		{"unknown field", `{"context":{"position":{"line":0,"column":0}},"max_sugestions":3}`, 400, "unknown_field", "max_sugestions", ""},
		{"unknown field inside", `{"context":{"position":{"line":0,"column":0,"char":1}}}`, 400, "unknown_field", "context.position.char", ""},
		{"no context", `{}`, 400, "missing_field", "context", ""},
		{"no column", `{"context":{"position":{"line":0}}}`, 400, "missing_field", "context.position.column", ""},
		{"a wrong type", `{"context":{"position":{"line":"0","column":0}}}`, 400, "bad_request", "context.position.line", "integer"},
		{"null", `null`, 400, "bad_request", "", ""},
		{"not JSON", `{"context":`, 400, "bad_json", "", ""},
		{"two values", `{} {}`, 400, "bad_json", "", ""},
		{"bad UTF-8", "{\"context\":\"\xff\"}", 400, "bad_utf8", "", ""},
		{"too many suggestions", `{"context":{"position":{"line":0,"column":0}},"max_suggestions":5}`, 422, "out_of_range", "max_suggestions", "<= 4, not 5"},
		{"too few", `{"context":{"position":{"line":0,"column":0}},"max_suggestions":0}`, 422, "out_of_range", "max_suggestions", ">= 1"},
		{"too many tokens", `{"context":{"position":{"line":0,"column":0}},"max_tokens":101}`, 422, "out_of_range", "max_tokens", "<= 100"},
		{"too hot", `{"context":{"position":{"line":0,"column":0}},"temperature":2.5}`, 422, "out_of_range", "temperature", "<= 2"},
		{"negative line", `{"context":{"position":{"line":-1,"column":0}}}`, 422, "out_of_range", "context.position.line", ">= 0"},
		{"too many lines", `{"context":{"position":{"line":0,"column":0},"previousLines":["","","",""]}}`, 422, "out_of_range", "context.previousLines", "<= 3"},
		{"too long a line", `{"context":{"position":{"line":0,"column":0},"previousLines":["` + strings.Repeat("x", 21) + `"]}}`, 422, "out_of_range", "context.previousLines[0]", "<= 20, not one of length 21"},
		{"too long a current line", `{"context":{"position":{"line":0,"column":0},"currentLine":"` + strings.Repeat("x", 21) + `"}}`, 422, "out_of_range", "context.currentLine", "<= 20"},
		{"a line end in a line", `{"context":{"position":{"line":0,"column":0},"currentLine":"a\nb"}}`, 422, "line_end", "context.currentLine", "byte 1"},
		{"an unknown encoding", `{"context":{"position":{"line":0,"column":0},"positionEncoding":"utf-7"}}`, 422, "out_of_range", "context.positionEncoding", "utf-16"},
		{"too large a body", `{"context":"` + strings.Repeat("x", 2000) + `"}`, 413, "too_large", "", "2000"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := wantError(t, post(t, srv.URL+"/api/v1/completion", c.body), c.status, c.code, c.field)
			if !strings.Contains(e.Error.Message, c.says) || !strings.Contains(e.Error.Message, c.field) {
				t.Errorf("message %q should say %q and %q", e.Error.Message, c.field, c.says)
			}
		})
	}
}

func TestErrorsOfTheGeneratorHaveTheirStatus(t *testing.T) {
	for _, c := range []struct {
		err    error
		status int
		code   string
		after  string
	}{
		{&infer.RetryError{Err: infer.ErrQuota, After: 90 * time.Second, Limit: 100, Reset: time.Hour}, 429, "quota", "90"},
		{&infer.RetryError{Err: infer.ErrOverloaded, After: 1500 * time.Millisecond}, 503, "overloaded", "2"},
		{infer.ErrLoading, 503, "loading", "2"},
		{infer.ErrClosed, 503, "closing", "1"},
		{infer.ErrRuntime, 503, "runtime", "1"},
		{context.DeadlineExceeded, 503, "timeout", "1"},
		{errors.New("secret detail"), 500, "internal", ""},
	} {
		gen := script.Saying("x")
		gen.Admit = func(infer.Request) error { return c.err }
		srv := serve(t, configFor(gen))
		for _, stream := range []string{"", "text/event-stream"} {
			r := post(t, srv.URL+"/api/v1/completion", reference, "Accept", stream)
			e := wantError(t, r, c.status, c.code, "")
			if r.header.Get("Retry-After") != c.after {
				t.Errorf("%v: Retry-After %q, want %q", c.err, r.header.Get("Retry-After"), c.after)
			}
			if strings.Contains(string(r.body), "secret") {
				t.Errorf("an internal error leaks: %s", r.body)
			}
			if retry, ok := errors.AsType[*infer.RetryError](c.err); ok && e.Error.RetryAfterMs != retry.After.Milliseconds() {
				t.Errorf("retryAfterMs %d", e.Error.RetryAfterMs)
			}
			if c.code == "quota" && (r.header.Get("RateLimit-Limit") != "100" || r.header.Get("RateLimit-Remaining") != "0" || r.header.Get("RateLimit-Reset") != "3600") {
				t.Errorf("headers %v", r.header)
			}
		}
	}
}

// event is one server-sent event.
type event struct{ name, data string }

// readEvent reads the next event of a stream.
func readEvent(t *testing.T, in *bufio.Reader) event {
	t.Helper()
	var e event
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		switch name {
		case "event":
			e.name = value
		case "data":
			e.data = value
		case "":
			return e
		}
	}
}

// TestStreamLeavesWithTheFirstToken reads the first delta while the generator is held before the second piece.
func TestStreamLeavesWithTheFirstToken(t *testing.T) {
	gen := script.Saying("alpha beta\n")
	goOn := make(chan struct{})
	gen.Before = func(ctx context.Context, _, piece int) error {
		if piece != 1 {
			return nil
		}
		select {
		case <-goOn:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	srv := serve(t, configFor(gen))
	resp, err := http.Post(srv.URL+"/api/v1/completion", "application/json", strings.NewReader(`{"context":{"position":{"line":0,"column":0}},"stream":true}`))
	if err != nil {
		t.Fatal(err) // the headers leave with the first token, although the second waits
	}
	defer resp.Body.Close()
	if ct := resp.Header.Get("Content-Type"); ct != "text/event-stream" || resp.StatusCode != 200 {
		t.Fatalf("%d %s", resp.StatusCode, ct)
	}
	close(goOn)
	in, text := bufio.NewReader(resp.Body), ""
	for {
		e := readEvent(t, in)
		if e.name == "delta" {
			d := into[CompletionDelta](t, reply{body: []byte(e.data)})
			text += d.Text
			continue
		}
		if e.name != "completion" {
			t.Fatalf("event %+v", e)
		}
		whole := into[CompletionResponse](t, reply{body: []byte(e.data)})
		if len(whole.Suggestions) != 1 || whole.Suggestions[0].Text != text || text != "alpha beta" {
			t.Fatalf("deltas %q, whole %+v", text, whole)
		}
		return
	}
}

// TestCompatibleStreamsLeaveWithTheFirstToken has the second piece held back. Where text is finished, a rule may hold
// the first piece back too: then the headers alone leave.
func TestCompatibleStreamsLeaveWithTheFirstToken(t *testing.T) {
	for _, c := range []struct {
		path, body string
		raw        bool
	}{
		{"/v1/completions", `{"prompt":"a","stream":true,"best_of":3,"logit_bias":{},"presence_penalty":1}`, true}, // the last three are ignored
		{"/api/generate", `{"prompt":"a"}`, true},
		{"/v1/fim/completions", `{"prompt":"a","stream":true}`, false},
		{"/infill", `{"input_prefix":"a","stream":true}`, false},
	} {
		gen := script.Saying("alpha beta\n")
		gen.Before = func(ctx context.Context, _, piece int) error {
			if piece == 1 {
				<-ctx.Done() // nothing more comes before the client leaves
				return ctx.Err()
			}
			return nil
		}
		cfg := configFor(gen)
		cfg.Limits.GenerationTimeout = 10 * time.Second // against hanging where the test fails
		srv := serve(t, cfg)
		resp, err := http.Post(srv.URL+c.path, "application/json", strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		if resp.StatusCode != 200 {
			t.Errorf("%s: %s", c.path, resp.Status)
		}
		if c.raw {
			line, err := bufio.NewReader(resp.Body).ReadString('\n')
			if err != nil || !strings.Contains(line, "alpha") {
				t.Errorf("%s: first line %q, %v", c.path, line, err)
			}
		}
		resp.Body.Close()
	}
}

func TestClientThatGoesAwayEndsTheGeneration(t *testing.T) {
	gen := script.Saying("alpha beta\n")
	ended := make(chan error, 1)
	gen.Before = func(ctx context.Context, _, piece int) error {
		if piece == 0 {
			return nil
		}
		<-ctx.Done()
		ended <- ctx.Err()
		return ctx.Err()
	}
	srv := serve(t, configFor(gen))
	ctx, cancel := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, srv.URL+"/api/v1/completion",
		strings.NewReader(`{"context":{"position":{"line":0,"column":0}},"stream":true}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	cancel()
	select {
	case err := <-ended:
		if !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("the generation goes on")
	}
}

func TestSuggestionsAreMergedAndTheSurestComesFirst(t *testing.T) {
	gen := &script.Generator{Say: func(_ infer.Request, i int) []infer.Piece {
		text := []string{"aa", "bb", "aa"}[i]
		return []infer.Piece{{Text: text, LogProb: math.Log([]float64{.2, .5, .3}[i]), Tokens: 1}}
	}}
	gen.Cached = true
	srv := serve(t, configFor(gen))
	got := into[CompletionResponse](t, post(t, srv.URL+"/api/v1/completion", `{"context":{"position":{"line":0,"column":0}},"max_suggestions":3}`))
	if len(got.Suggestions) != 2 || got.Suggestions[0].Text != "bb" || got.Suggestions[1].Text != "aa" {
		t.Fatalf("%+v", got)
	}
	if c := got.Suggestions[1].Confidence; math.Abs(c-.3) > 1e-9 || !got.Metadata.CacheHit {
		t.Errorf("confidence %v, cacheHit %v", c, got.Metadata.CacheHit)
	}
}

func TestAnEmptyAnswerSaysWhy(t *testing.T) {
	srv := serve(t, configFor(script.Saying("")))
	r := post(t, srv.URL+"/api/v1/completion", reference)
	got := into[CompletionResponse](t, r)
	if r.status != 200 || got.Metadata.Why == "" || got.Metadata.CacheHit || !strings.Contains(string(r.body), `"suggestions":[]`) {
		t.Fatalf("%s", r.body)
	}
}

func TestContextHashNamesThePrompt(t *testing.T) {
	srv := serve(t, configFor(fibonacci))
	hash := func(line string) string {
		return into[CompletionResponse](t, post(t, srv.URL+"/api/v1/completion",
			`{"context":{"position":{"line":0,"column":99},"currentLine":`+strconv.Quote(line)+`}}`)).Metadata.ContextHash
	}
	if a, b, c := hash("x = "), hash("x = "), hash("y = "); a != b || a == c || a == "" {
		t.Errorf("hashes %s %s %s", a, b, c)
	}
}
