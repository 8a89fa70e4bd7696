package rest

import (
	"net/http"
	"reflect"
	"strings"
	"time"

	"inkling/infer"
)

// infillRequest is llama.cpp's /infill request, as far as it is understood; the rest is ignored.
type infillRequest struct {
	InputPrefix    string   `json:"input_prefix"`
	InputSuffix    string   `json:"input_suffix"`
	Prompt         string   `json:"prompt"` // the cursor's line up to the cursor
	InputExtra     []extra  `json:"input_extra"`
	NPredict       *int     `json:"n_predict"`
	NIndent        int      `json:"n_indent"`         // least indentation of each line, in characters of white space
	MaxPredictMs   int      `json:"t_max_predict_ms"` // once a line is whole
	Temperature    *float64 `json:"temperature"`
	TopP           *float64 `json:"top_p"`
	TopK           *int     `json:"top_k"`
	Seed           *int64   `json:"seed"`
	Stop           stops    `json:"stop"`
	Stream         bool     `json:"stream"`
	ResponseFields []string `json:"response_fields"`
}

// extra is a piece of another file, the most important last.
type extra struct {
	Filename string `json:"filename"`
	Text     string `json:"text"`
}

// infillAnswer is llama.cpp's answer, as far as its plugins read it.
type infillAnswer struct {
	Index           int            `json:"index"`
	Content         string         `json:"content"`
	Stop            bool           `json:"stop"`
	Model           string         `json:"model"`
	TokensPredicted int            `json:"tokens_predicted"`
	TokensEvaluated int            `json:"tokens_evaluated"`
	TokensCached    int            `json:"tokens_cached"`
	HasNewLine      bool           `json:"has_new_line"`
	Truncated       bool           `json:"truncated"`
	StopType        string         `json:"stop_type"`
	StoppingWord    string         `json:"stopping_word"`
	Settings        map[string]any `json:"generation_settings"`
	Timings         infillTimings  `json:"timings"`
}

type infillTimings struct {
	CacheN              int     `json:"cache_n"`
	PromptN             int     `json:"prompt_n"`
	PromptMs            float64 `json:"prompt_ms"`
	PromptPerTokenMs    float64 `json:"prompt_per_token_ms"`
	PromptPerSecond     float64 `json:"prompt_per_second"`
	PredictedN          int     `json:"predicted_n"`
	PredictedMs         float64 `json:"predicted_ms"`
	PredictedPerTokenMs float64 `json:"predicted_per_token_ms"`
	PredictedPerSecond  float64 `json:"predicted_per_second"`
}

// llamaShape is the error of llama.cpp's server.
func llamaShape(w http.ResponseWriter, _ *http.Request, f *failure) {
	writeJSON(w, f.Status, llamaError(f))
}

func llamaError(f *failure) any {
	kind := "invalid_request_error"
	switch {
	case f.Status == http.StatusUnauthorized:
		kind = "authentication_error"
	case f.Status == http.StatusForbidden:
		kind = "permission_error"
	case f.Status == http.StatusNotFound:
		kind = "not_found_error"
	case f.Status == http.StatusServiceUnavailable:
		kind = "unavailable_error"
	case f.Status >= 500:
		kind = "server_error"
	}
	return map[string]any{"error": map[string]any{"code": f.Status, "message": f.Message, "type": kind}}
}

// infill answers POST /infill. Its clients ask by themselves while the user types, so that what is not sure enough is
// not shown.
func (s *server) infill(w http.ResponseWriter, r *http.Request) {
	var in infillRequest
	if err := s.decodeLoose(w, r, &in); err != nil {
		s.refuseError(w, r, llamaShape, err)
		return
	}
	opts, err := s.options(sampling{maxTokens: in.NPredict, temperature: in.Temperature, topP: in.TopP, topK: in.TopK, seed: in.Seed, stop: in.Stop})
	if err != nil {
		s.refuseError(w, r, llamaShape, err)
		return
	}
	indent := in.indent()
	a := ask{Place: placeIn("", "", in.InputPrefix+in.Prompt+indent, in.InputSuffix), Options: opts,
		Caller: s.callerOf(r.Context(), ""), Priority: infer.PriorityAutomatic}
	var snippets []infer.Snippet
	for _, e := range in.InputExtra {
		snippets = append(snippets, infer.Snippet{Path: e.Filename, Text: e.Text})
	}
	a.addSnippets(snippets)
	switch {
	case in.NPredict != nil && *in.NPredict == 0:
		s.infillWarm(w, r, in, a)
	case in.Stream:
		s.infillStream(w, r, in, a, indent)
	default:
		s.infillWhole(w, r, in, a, indent)
	}
}

// indent returns the white space that the server has to supply: on a line of white space alone the client sends
// nothing of the line, but its width.
func (in *infillRequest) indent() string {
	const mostIndent = 256 // wider lines are no indentation
	if in.NIndent <= 0 || in.NIndent > mostIndent || in.Prompt != "" || !(in.InputPrefix == "" || strings.HasSuffix(in.InputPrefix, "\n")) {
		return ""
	}
	unit := " "
	lines := strings.Split(in.InputPrefix, "\n")
	for i := len(lines) - 1; i >= 0; i-- {
		if lines[i] != "" && (lines[i][0] == ' ' || lines[i][0] == '\t') {
			unit = lines[i][:1] // the last indented line shows which kind the file uses
			break
		}
	}
	return strings.Repeat(unit, in.NIndent)
}

// infillWhole answers at once. A generation that is over its time ends at its last whole text.
func (s *server) infillWhole(w http.ResponseWriter, r *http.Request, in infillRequest, a ask, indent string) {
	all, err := s.run(r, a, in.deadline())
	if err != nil {
		s.refuseError(w, r, llamaShape, err)
		return
	}
	if all[0].Text != "" {
		all[0].Text = indent + all[0].Text
	}
	writeJSON(w, http.StatusOK, selectFields(s.infillAnswer(a, all[0]), in.ResponseFields))
}

// infillStream sends an event per delta; the last has stop set, and the figures.
func (s *server) infillStream(w http.ResponseWriter, r *http.Request, in infillRequest, a ask, indent string) {
	out, late := s.newEvents(w), in.deadline()
	all, err := s.run(r, a, func(d infer.Delta) error {
		if d.Text == "" {
			return out.begin()
		}
		text := indent + d.Text
		indent = ""
		if err := out.send("", map[string]any{"index": 0, "content": text, "stop": false}); err != nil {
			return err
		}
		return late(d)
	})
	if err != nil {
		s.endStream(w, r, out, llamaShape, llamaError, err)
		return
	}
	last := s.infillAnswer(a, all[0])
	last.Content = ""
	_ = out.send("", selectFields(last, in.ResponseFields)) // the client is gone, or has it
}

// infillWarm computes a prompt, so that the next request finds it computed, and answers with nothing. It is not charged
// and nobody waits for it: one runs at a time, others are answered without being computed.
func (s *server) infillWarm(w http.ResponseWriter, r *http.Request, in infillRequest, a ask) {
	var got suggestion
	if s.warming.TryLock() {
		defer s.warming.Unlock()
		a.Options.MaxTokens, a.Raw = 1, true
		a.Caller.Door, a.Priority = infer.DoorWarm, infer.PrioritySpeculative
		all, err := s.run(r, a, nil)
		if err != nil {
			s.refuseError(w, r, llamaShape, err)
			return
		}
		got = all[0]
		got.Text, got.Usage.CompletionTokens = "", 0
	} else {
		a.close()
	}
	writeJSON(w, http.StatusOK, selectFields(s.infillAnswer(a, got), in.ResponseFields))
}

// deadline returns an onDelta that has enough once the time is over and a line is whole, as llama.cpp has it: the time
// runs from the first token.
func (in *infillRequest) deadline() func(infer.Delta) error {
	var first time.Time
	line := false
	return func(d infer.Delta) error {
		if first.IsZero() {
			first = time.Now()
		}
		line = line || strings.Contains(d.Text, "\n")
		if in.MaxPredictMs > 0 && line && time.Since(first) > time.Duration(in.MaxPredictMs)*time.Millisecond {
			return errEnough
		}
		return nil
	}
}

func (s *server) infillAnswer(a ask, g suggestion) infillAnswer {
	u := g.Usage
	out := infillAnswer{
		Content: g.Text, Stop: true, Model: s.cfg.Model().Name,
		TokensPredicted: u.CompletionTokens, TokensEvaluated: u.PromptTokens, TokensCached: u.PromptTokens + u.CompletionTokens,
		HasNewLine: strings.Contains(g.Text, "\n"), StopType: stopType(g.Stop),
		Settings: map[string]any{"n_ctx": s.cfg.Model().ContextTokens, "n_predict": a.Options.MaxTokens, "temperature": a.Options.Temperature},
	}
	predictedMs := max(u.TotalMs-u.FirstTokenMs, 0)
	out.Timings = infillTimings{
		CacheN: u.ReusedTokens, PromptN: u.ComputedTokens, PromptMs: u.PrefillMs,
		PromptPerTokenMs: per(u.PrefillMs, float64(u.ComputedTokens)), PromptPerSecond: per(float64(u.ComputedTokens)*1000, u.PrefillMs),
		PredictedN: u.CompletionTokens, PredictedMs: predictedMs,
		PredictedPerTokenMs: per(predictedMs, float64(u.CompletionTokens)), PredictedPerSecond: per(float64(u.CompletionTokens)*1000, predictedMs),
	}
	return out
}

// per divides, and is 0 where there is nothing to divide by.
func per(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

// stopType is llama.cpp's word for a stop reason.
func stopType(r infer.StopReason) string {
	switch r {
	case infer.StopLength:
		return "limit"
	case infer.StopString:
		return "word"
	case infer.StopEnd, infer.StopFinished:
		return "eos"
	}
	return "none"
}

// selectFields returns what response_fields names, each under its whole path as llama.cpp has it; all without.
func selectFields(v infillAnswer, fields []string) any {
	if len(fields) == 0 {
		return v
	}
	out := map[string]any{}
	for _, path := range fields {
		if value, ok := fieldAt(reflect.ValueOf(v), strings.Split(path, "/")); ok {
			out[path] = value
		}
	}
	return out
}

// fieldAt walks a struct by the names of its JSON.
func fieldAt(v reflect.Value, path []string) (any, bool) {
	if len(path) == 0 {
		return v.Interface(), true
	}
	if v.Kind() != reflect.Struct {
		return nil, false
	}
	for i := range v.NumField() {
		if v.Type().Field(i).Tag.Get("json") == path[0] {
			return fieldAt(v.Field(i), path[1:])
		}
	}
	return nil, false
}

// props answers GET /props, as far as llama.cpp's plugins read it.
func (s *server) props(w http.ResponseWriter, _ *http.Request) {
	model, engine := s.cfg.Model(), s.cfg.Engine()
	writeJSON(w, http.StatusOK, map[string]any{
		"default_generation_settings": map[string]any{"n_ctx": model.ContextTokens, "params": map[string]any{"n_predict": model.MaxTokens}},
		"total_slots":                 engine.Rows, "model_path": model.Name, "model_alias": model.Name, "chat_template": "",
		"build_info": "inkling-" + s.cfg.Version,
	})
}
