package rest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"inkling/infer"
	"inkling/rest/internal/script"
	"inkling/rest/metrics"
)

// object decodes JSON without a type.
func object(t testing.TB, body []byte) map[string]any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal(body, &v); err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	return v
}

// at walks a decoded value by names and indices.
func at(v any, path ...any) any {
	for _, p := range path {
		switch p := p.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[p]
		case int:
			l, _ := v.([]any)
			if p >= len(l) {
				return nil
			}
			v = l[p]
		}
	}
	return v
}

func TestOpenAISaysWhatTheModelSaysUpToMaxTokensAndStop(t *testing.T) {
	gen := script.Saying("one two\nthree four STOP five")
	srv := serve(t, configFor(gen))
	r := post(t, srv.URL+"/v1/completions", `{"model":"any","prompt":"zero","max_tokens":3,"logprobs":1,"n":2,"seed":7,"unknown":true}`)
	got := object(t, r.body)
	if r.status != 200 || at(got, "choices", 0, "text") != "one two\nthree" || at(got, "choices", 1, "index") != 1.0 {
		t.Fatalf("%d %s", r.status, r.body)
	}
	if at(got, "choices", 0, "finish_reason") != "length" || at(got, "object") != "text_completion" || at(got, "model") != "scripted" {
		t.Errorf("%s", r.body)
	}
	if at(got, "usage", "completion_tokens") != 6.0 || at(got, "usage", "total_tokens").(float64) <= 6 {
		t.Errorf("usage %v", at(got, "usage"))
	}
	if tokens := at(got, "choices", 0, "logprobs", "tokens").([]any); len(tokens) != 3 || at(got, "choices", 0, "logprobs", "text_offset", 1) != 3.0 {
		t.Errorf("logprobs %v", at(got, "choices", 0, "logprobs"))
	}
	got = object(t, post(t, srv.URL+"/v1/completions", `{"prompt":["a","b"],"stop":" STOP","max_tokens":50}`).body)
	if at(got, "choices", 1, "text") != "one two\nthree four" || at(got, "choices", 1, "finish_reason") != "stop" {
		t.Errorf("stop: %v", got)
	}
	if o := gen.Requests()[0]; o.Options.Temperature != 1 || o.NewFinisher != nil || o.Options.Seed != 8 {
		t.Errorf("options %+v", o.Options)
	}
	post(t, srv.URL+"/v1/completions", `{"prompt":"a","suffix":"b","stop":null}`)
	if o := gen.Requests()[3]; o.Options.Temperature != 0 || o.NewFinisher == nil || o.Prompt.Suffix != "b" {
		t.Errorf("with a suffix: %+v", o)
	}
}

func TestOpenAIStreamsChunks(t *testing.T) {
	srv := serve(t, configFor(script.Saying("one two")))
	r := post(t, srv.URL+"/v1/completions", `{"prompt":"a","stream":true,"stream_options":{"include_usage":true}}`)
	var text, last string
	var finish any
	for line := range strings.SplitSeq(strings.TrimSpace(string(r.body)), "\n\n") {
		data, ok := strings.CutPrefix(line, "data: ")
		if !ok {
			t.Fatalf("line %q", line)
		}
		if last = data; data == "[DONE]" {
			break
		}
		chunk := object(t, []byte(data))
		if s, ok := at(chunk, "choices", 0, "text").(string); ok {
			text += s
		}
		if f := at(chunk, "choices", 0, "finish_reason"); f != nil {
			finish = f
		}
	}
	if text != "one two" || finish != "stop" || last != "[DONE]" || !strings.Contains(string(r.body), `"completion_tokens":2`) {
		t.Fatalf("%s", r.body)
	}
}

func TestDoorsTellFailuresInTheirClientsShape(t *testing.T) {
	gen := script.Saying("x")
	gen.Admit = func(infer.Request) error { return &infer.RetryError{Err: infer.ErrQuota, After: 1e9, Limit: 10} }
	srv := serve(t, configFor(gen))
	for _, c := range []struct {
		path, body string
		message    []any // path to the message; nil: the body is plain text
	}{
		{"/v1/completions", `{"prompt":"a"}`, []any{"error", "message"}},
		{"/v1/completions", `{"prompt":"a","stream":true}`, []any{"error", "message"}},
		{"/v1/fim/completions", `{"prompt":"a","stream":true}`, []any{"error", "message"}},
		{"/infill", `{"input_prefix":"a"}`, []any{"error", "message"}},
		{"/infill", `{"input_prefix":"a","n_predict":0}`, []any{"error", "message"}},
		{"/api/generate", `{"prompt":"a"}`, []any{"error"}},
		{"/api/generate", `{"prompt":"a","stream":false}`, []any{"error"}},
		{"/v1/completions", `{"language":"go","segments":{"prefix":"a"}}`, nil},
	} {
		r := post(t, srv.URL+c.path, c.body)
		if r.status != 429 || r.header.Get("Retry-After") != "1" || r.header.Get("RateLimit-Limit") != "10" {
			t.Errorf("%s: %d %v", c.path, r.status, r.header)
		}
		if c.message == nil {
			if strings.HasPrefix(string(r.body), "{") {
				t.Errorf("%s: %s", c.path, r.body)
			}
		} else if m, ok := at(object(t, r.body), c.message...).(string); !ok || m == "" {
			t.Errorf("%s: %s", c.path, r.body)
		}
		if bad := post(t, srv.URL+c.path, `{"prompt":`); bad.status != 400 || (c.message != nil && at(object(t, bad.body), c.message...) == nil) {
			t.Errorf("%s, bad JSON: %d %s", c.path, bad.status, bad.body)
		}
	}
	if r := get(t, srv.URL+"/infill"); r.status != 405 || at(object(t, r.body), "error", "code") != 405.0 {
		t.Errorf("405: %s", r.body)
	}
	if r := get(t, srv.URL+"/v1/nothing"); r.status != 404 || at(object(t, r.body), "error", "type") != "invalid_request_error" {
		t.Errorf("404: %s", r.body)
	}
}

func TestOptionsOutOfRangeAreNamed(t *testing.T) {
	srv := serve(t, configFor(fibonacci))
	for _, c := range []struct{ path, body, says string }{
		{"/v1/completions", `{"prompt":"a","n":9}`, "n: 9 is not from 1 to 8"},
		{"/v1/completions", `{"prompt":"a","temperature":-1}`, "temperature: -1"},
		{"/v1/completions", `{"prompt":["a","a","a","a","a","a","a","a","a"]}`, "9 prompts, at most 8"},
		{"/v1/completions", `{"prompt":[1,2]}`, "prompt: must be a text or a list of texts; tokens are not supported"},
		{"/v1/completions", `{"prompt":"a","stop":5}`, "stop: must be a string or a list of strings"},
		{"/v1/completions", `{"prompt":"a","max_tokens":"9"}`, "max_tokens: string is not a whole number"},
		{"/v1/completions", `{"prompt":"a","stream":1}`, "stream: number is not true or false"},
		{"/v1/completions", `{"prompt":"a","echo":true}`, "echo: true is not supported"},
		{"/v1/completions", `{}`, "prompt"},
		{"/api/generate", `{"prompt":"a","options":{"temperature":3}}`, "options.temperature: 3"},
		{"/infill", `{"input_prefix":5}`, "input_prefix"},
		{"/v1/completions", `{"language":"go"}`, "segments"},
	} {
		r := post(t, srv.URL+c.path, c.body)
		if (r.status != 400 && r.status != 422) || !strings.Contains(string(r.body), c.says) {
			t.Errorf("%s %s: %d %s", c.path, c.body, r.status, r.body)
		}
	}
}

// TestInfillAnswersARecordedRequestOfLlamaVim plays the kinds of request that llama.vim sends while somebody types: a
// warm-up with n_predict 0, then the real one, with an Authorization that holds no key.
func TestInfillAnswersARecordedRequestOfLlamaVim(t *testing.T) {
	gen := script.Saying("return a + b\n")
	srv := serve(t, configFor(gen))
	const warm = `{"id_slot":0,"input_prefix":"","input_suffix":"","input_extra":[{"text":"def sub(a, b):\n    return a - b\n","time":0,"filename":"sub.py"}],` +
		`"prompt":"","n_predict":0,"temperature":0.0,"stream":false,"samplers":[],"cache_prompt":true,"t_max_prompt_ms":1,"t_max_predict_ms":1,"response_fields":[""]}`
	if r := post(t, srv.URL+"/infill", warm, "Authorization", "Bearer "); r.status != 200 {
		t.Fatalf("warm-up: %d %s", r.status, r.body)
	}
	const real = `{"id_slot":0,"input_prefix":"def add(a, b):\n    \"\"\"sum\"\"\"\n","input_suffix":"\n","input_extra":[{"text":"x = 1\n","time":0,"filename":"x.py"}],` +
		`"prompt":"    ","n_predict":128,"n_indent":4,"top_k":40,"top_p":0.90,"stream":false,"samplers":["top_k","top_p","infill"],"cache_prompt":true,` +
		`"t_max_prompt_ms":500,"t_max_predict_ms":1000,"response_fields":["content","timings/prompt_n","timings/predicted_ms","truncated","tokens_cached","no/such"]}`
	r := post(t, srv.URL+"/infill", real, "Authorization", "Bearer ")
	got := object(t, r.body)
	if r.status != 200 || !bytes.Contains(r.body, []byte(`"content":"return a + b`)) || bytes.Count(r.body, []byte("\n")) != 1 {
		t.Fatalf("%d %s", r.status, r.body)
	}
	if _, ok := got["timings/prompt_n"].(float64); !ok || got["truncated"] != false || len(got) != 5 {
		t.Errorf("response_fields: %s", r.body)
	}
	reqs := gen.Requests()
	if w := reqs[0]; w.Caller.Door != infer.DoorWarm || w.Options.MaxTokens != 1 || w.Priority != infer.PrioritySpeculative {
		t.Errorf("warm-up asked %+v %+v", w.Caller, w.Options)
	}
	if q := reqs[1]; q.Caller.Door != infer.DoorREST || q.Priority != infer.PriorityAutomatic || q.Options.TopK != 40 || q.Options.MaxTokens != 128 {
		t.Errorf("asked %+v %+v", q.Caller, q.Options)
	}
}

func TestInfillSuppliesTheIndentationOfABlankLine(t *testing.T) {
	gen := script.Saying("return a\n")
	srv := serve(t, configFor(gen))
	for _, c := range []struct{ prefix, want string }{{`if x:\n    y()\n`, "        return a"}, {`if x {\n\ty()\n`, "\t\t\t\t\t\t\t\treturn a"}} {
		r := post(t, srv.URL+"/infill", `{"input_prefix":"`+c.prefix+`","prompt":"","n_indent":8,"input_suffix":""}`)
		if got := at(object(t, r.body), "content"); !strings.HasPrefix(got.(string), c.want) {
			t.Errorf("content %q, want %q", got, c.want)
		}
	}
	if p := gen.Requests()[0].Prompt.Prefix; !strings.HasSuffix(p, "\n        ") {
		t.Errorf("the model was shown %q", p)
	}
}

func TestInfillStreams(t *testing.T) {
	srv := serve(t, configFor(script.Saying("one two")))
	r := post(t, srv.URL+"/infill", `{"input_prefix":"a","stream":true}`)
	var text string
	var stopped bool
	in := bufio.NewReader(bytes.NewReader(r.body))
	for !stopped {
		e := object(t, []byte(readEvent(t, in).data))
		text += at(e, "content").(string)
		stopped = at(e, "stop").(bool)
	}
	if text != "one two" || r.header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("%s", r.body)
	}
}

// TestOnlyAutomaticDoorsAreGated completes with text that the model is nearly sure not to say.
func TestOnlyAutomaticDoorsAreGated(t *testing.T) {
	unsure := &script.Generator{Say: func(infer.Request, int) []infer.Piece {
		return []infer.Piece{{Text: "foo", LogProb: -9, Tokens: 1}, {Text: "()", LogProb: -9, Tokens: 1}, {Text: "\n", LogProb: -9, Tokens: 1}}
	}}
	srv := serve(t, configWithSyntax(t, unsure))
	for _, c := range []struct {
		path, body string
		text       []any
		want       string
	}{
		{"/infill", `{"input_prefix":"x = 1\n","prompt":"y = "}`, []any{"content"}, ""},
		{"/v1/completions", `{"language":"python","segments":{"prefix":"x = 1\ny = "}}`, []any{"choices", 0, "text"}, ""},
		{"/v1/completions", `{"prompt":"x = 1\ny = ","suffix":"\n"}`, []any{"choices", 0, "text"}, "foo()"},
		{"/v1/fim/completions", `{"prompt":"x = 1\ny = "}`, []any{"choices", 0, "message", "content"}, "foo()"},
		{"/api/generate", `{"prompt":"x = 1\ny = ","suffix":"\n","stream":false}`, []any{"response"}, "foo()"},
		{"/api/v1/completion", `{"context":{"language":"python","position":{"line":1,"column":4},"previousLines":["x = 1"],"currentLine":"y = "}}`,
			[]any{"suggestions", 0, "text"}, "foo()"},
	} {
		if r := post(t, srv.URL+c.path, c.body); r.status != 200 || at(object(t, r.body), c.text...) != c.want {
			t.Errorf("%s: %d %s, want %q", c.path, r.status, r.body, c.want)
		}
	}
}

func TestTabbyCompletesAndCountsEvents(t *testing.T) {
	m := metrics.New(metrics.Sources{})
	gen := script.Saying("return a\n")
	cfg := configFor(gen)
	cfg.Metrics = m
	srv := serve(t, cfg)
	r := post(t, srv.URL+"/v1/completions", `{"language":"python","segments":{"prefix":"def f(a):\n    ","suffix":"\n","filepath":"f.py","git_url":"x","declarations":[{"filepath":"g.py","body":"def g(): pass"}]},"user":"u"}`)
	got := object(t, r.body)
	if r.status != 200 || at(got, "choices", 0, "text") != "return a" || at(got, "choices", 0, "index") != 0.0 {
		t.Fatalf("%d %s", r.status, r.body)
	}
	id := at(got, "id").(string)
	for _, e := range []string{`{"type":"view","completion_id":"` + id + `","choice_index":0}`, `{"type":"select","completion_id":"` + id + `","choice_index":0,"select_kind":"line"}`, `{"type":"made-up"}`} {
		if r := post(t, srv.URL+"/v1/events?select_kind=line", e); r.status != 200 {
			t.Errorf("event: %d %s", r.status, r.body)
		}
	}
	if f := m.Snapshot().Feedback; f["shown"] != 1 || f["partially_accepted"] != 1 || len(f) != 2 {
		t.Errorf("feedback %v", f)
	}
	if text := string(get(t, srv.URL+"/metrics").body); !strings.Contains(text, `inkling_feedback_total{cached="false",event="shown",language="python",model="scripted"} 1`) {
		t.Error("the language of the event's completion is not in /metrics")
	}
	h := object(t, get(t, srv.URL+"/v1/health").body)
	if at(h, "model") != "scripted" || at(h, "version", "git_describe") == nil {
		t.Errorf("health %v", h)
	}
	if s := object(t, get(t, srv.URL+"/v1beta/server_setting").body); at(s, "disable_client_side_telemetry") != true {
		t.Errorf("setting %v", s)
	}
	if q := gen.Requests()[0]; q.Priority != infer.PriorityAutomatic || q.Prompt.Language != "python" {
		t.Errorf("asked %+v", q)
	}
}

func TestFIMAnswersWholeAndStreamed(t *testing.T) {
	srv := serve(t, configFor(script.Saying("one two")))
	got := object(t, post(t, srv.URL+"/v1/fim/completions", `{"model":"m","prompt":"a","suffix":"b","stop":["x"]}`).body)
	if at(got, "choices", 0, "message", "content") != "one two" || at(got, "choices", 0, "finish_reason") != "stop" {
		t.Errorf("%v", got)
	}
	r := post(t, srv.URL+"/v1/fim/completions", `{"model":"m","prompt":"a","suffix":"b","stream":true}`)
	first := readEvent(t, bufio.NewReader(bytes.NewReader(r.body)))
	if at(object(t, []byte(first.data)), "choices", 0, "delta", "content") != "one" || !bytes.HasSuffix(r.body, []byte("data: [DONE]\n\n")) {
		t.Errorf("%s", r.body)
	}
}

func TestOllamaAnswersWholeAndStreamed(t *testing.T) {
	gen := script.Saying("one two")
	srv := serve(t, configFor(gen))
	r := post(t, srv.URL+"/api/generate", `{"model":"m","prompt":"a","suffix":"b","options":{"num_predict":-1,"stop":["zz"]}}`)
	lines := strings.Split(strings.TrimSpace(string(r.body)), "\n")
	last := object(t, []byte(lines[len(lines)-1]))
	if at(object(t, []byte(lines[0])), "response") != "one" || at(last, "done") != true || at(last, "done_reason") != "stop" || at(last, "eval_count") != 2.0 {
		t.Fatalf("%s", r.body)
	}
	whole := object(t, post(t, srv.URL+"/api/generate", `{"model":"m","prompt":"a","stream":false}`).body)
	if at(whole, "response") != "one two" {
		t.Errorf("%v", whole)
	}
	if load := object(t, post(t, srv.URL+"/api/generate", `{"model":"m"}`).body); at(load, "done_reason") != "load" {
		t.Errorf("%v", load)
	}
	if tags := object(t, get(t, srv.URL+"/api/tags").body); at(tags, "models", 0, "name") != "scripted" {
		t.Errorf("%v", tags)
	}
	if show := object(t, post(t, srv.URL+"/api/show", `{"model":"m"}`).body); at(show, "capabilities", 1) != "insert" {
		t.Errorf("%v", show)
	}
	if v := object(t, get(t, srv.URL+"/api/version").body); at(v, "version") == nil {
		t.Errorf("%v", v)
	}
	if q := gen.Requests(); q[0].NewFinisher == nil || q[1].NewFinisher != nil || q[0].Options.MaxTokens != 1024 || q[1].Options.MaxTokens != 128 {
		t.Error("the middle of code is finished, a plain prompt is not")
	}
}

func TestDoorsIgnoreKeysWhileTheyAreOffAndNeedThemElse(t *testing.T) {
	cfg := configFor(script.Saying("x"))
	open := serve(t, cfg)
	cfg.Auth = keys{}
	locked := serve(t, cfg)
	for _, c := range []struct{ method, path, body string }{
		{"POST", "/v1/completions", `{"prompt":"a"}`}, {"POST", "/v1/fim/completions", `{"prompt":"a"}`}, {"POST", "/infill", `{}`},
		{"POST", "/api/generate", `{"prompt":"a"}`}, {"GET", "/v1/models", ""}, {"GET", "/v1/health", ""}, {"GET", "/props", ""}, {"GET", "/api/tags", ""},
	} {
		ask := func(base, key string) int {
			req, err := http.NewRequest(c.method, base+c.path, strings.NewReader(c.body))
			if err != nil {
				t.Fatal(err)
			}
			return do(t, req, "Authorization", key).status
		}
		got := []int{ask(open.URL, "Bearer undefined"), ask(locked.URL, "Bearer "), ask(locked.URL, "Bearer good")}
		if !slices.Equal(got, []int{200, 401, 200}) {
			t.Errorf("%s %s: %v", c.method, c.path, got)
		}
	}
}

func TestModelsAreListed(t *testing.T) {
	srv := serve(t, configFor(fibonacci))
	if m := object(t, get(t, srv.URL+"/v1/models").body); at(m, "data", 0, "id") != "scripted" {
		t.Errorf("%v", m)
	}
	if r := get(t, srv.URL+"/v1/models/scripted"); r.status != 200 {
		t.Errorf("%s", r.body)
	}
	if r := get(t, srv.URL+"/v1/models/other"); r.status != 404 {
		t.Errorf("%s", r.body)
	}
	cfg := configFor(fibonacci)
	cfg.Model = func() infer.Model { return infer.Model{} }
	if r := get(t, serve(t, cfg).URL+"/v1/models"); r.status != 503 {
		t.Errorf("while loading: %d", r.status)
	}
}

func TestFeedbackIsCounted(t *testing.T) {
	m := metrics.New(metrics.Sources{})
	cfg := configFor(fibonacci)
	cfg.Metrics = m
	srv := serve(t, cfg)
	r := post(t, srv.URL+"/api/v1/completion", reference)
	id := r.header.Get("X-Request-Id")
	if r := post(t, srv.URL+"/api/v1/feedback", `{"requestId":"`+id+`","event":"accepted"}`); r.status != 200 {
		t.Fatalf("%s", r.body)
	}
	if !strings.Contains(string(get(t, srv.URL+"/metrics").body), `event="accepted",language="python"`) {
		t.Error("not counted by language")
	}
	wantError(t, post(t, srv.URL+"/api/v1/feedback", `{"requestId":"x","event":"loved"}`), 422, "out_of_range", "event")
}
