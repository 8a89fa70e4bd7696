package rest

import (
	"net/http"
	"time"

	"inkling/infer"
)

// ollamaRequest is Ollama's generate request, as far as it is understood.
type ollamaRequest struct {
	Prompt  string `json:"prompt"`
	Suffix  string `json:"suffix"`
	Stream  *bool  `json:"stream"` // true when absent
	Options struct {
		NumPredict    *int     `json:"num_predict"`
		Temperature   *float64 `json:"temperature"`
		TopP          *float64 `json:"top_p"`
		TopK          *int     `json:"top_k"`
		Seed          *int64   `json:"seed"`
		RepeatPenalty *float64 `json:"repeat_penalty"`
		Stop          stops    `json:"stop"`
	} `json:"options"`
}

// ollamaAnswer is one line of a streamed answer, or the whole. Durations are nanoseconds.
type ollamaAnswer struct {
	Model              string  `json:"model"`
	CreatedAt          string  `json:"created_at"`
	Response           string  `json:"response"`
	Done               bool    `json:"done"`
	DoneReason         string  `json:"done_reason,omitempty"`
	Context            []int32 `json:"context,omitempty"`
	TotalDuration      int64   `json:"total_duration,omitempty"`
	LoadDuration       int64   `json:"load_duration,omitempty"`
	PromptEvalCount    int     `json:"prompt_eval_count,omitempty"`
	PromptEvalDuration int64   `json:"prompt_eval_duration,omitempty"`
	EvalCount          int     `json:"eval_count,omitempty"`
	EvalDuration       int64   `json:"eval_duration,omitempty"`
}

// ollamaDefaultPredict is what is decoded without a suffix where the request does not say: Ollama's older default. Its
// present one has no end but the context's.
const ollamaDefaultPredict = 128

// ollamaShape is the error of Ollama's server.
func ollamaShape(w http.ResponseWriter, _ *http.Request, f *failure) {
	writeJSON(w, f.Status, ollamaError(f))
}

func ollamaError(f *failure) any { return map[string]string{"error": f.Message} }

// ollamaGenerate answers POST /api/generate. With a suffix it is a completion in the middle of code, which ends where a
// person would end it; without, what the model says.
func (s *server) ollamaGenerate(w http.ResponseWriter, r *http.Request) {
	var in ollamaRequest
	if err := s.decodeLoose(w, r, &in); err != nil {
		s.refuseError(w, r, ollamaShape, err)
		return
	}
	answer := ollamaAnswer{Model: s.cfg.Model().Name}
	if in.Prompt == "" && in.Suffix == "" { // how its clients load a model
		answer.Done, answer.DoneReason, answer.CreatedAt = true, "load", now()
		writeJSON(w, http.StatusOK, answer)
		return
	}
	before, after, middle := middleOf(in.Prompt, in.Suffix)
	o, raw := in.Options, !middle
	want := sampling{maxTokens: o.NumPredict, temperature: o.Temperature, topP: o.TopP, topK: o.TopK, seed: o.Seed, penalty: o.RepeatPenalty,
		stop: o.Stop, temperatureFor: "options.temperature"}
	if raw {
		want.defaultMaxTokens, want.defaultTemperature = ollamaDefaultPredict, .8
	}
	opts, err := s.options(want)
	if err != nil {
		s.refuseError(w, r, ollamaShape, err)
		return
	}
	a := ask{Place: placeIn("", "", before, after), Options: opts, Caller: s.callerOf(r.Context(), ""), Raw: raw}
	if deref(in.Stream, true) {
		s.ollamaStream(w, r, a, answer)
		return
	}
	start := time.Now()
	all, err := s.run(r, a, nil)
	if err != nil {
		s.refuseError(w, r, ollamaShape, err)
		return
	}
	answer.end(all, time.Since(start))
	answer.Response = all[0].Text
	writeJSON(w, http.StatusOK, answer)
}

// ollamaStream sends a line of JSON per delta; the last has done set, and the figures.
func (s *server) ollamaStream(w http.ResponseWriter, r *http.Request, a ask, answer ollamaAnswer) {
	out, start := s.newEvents(w), time.Now()
	out.contentType = "application/x-ndjson"
	all, err := s.run(r, a, func(d infer.Delta) error {
		if d.Text == "" {
			return out.begin()
		}
		answer.Response, answer.CreatedAt = d.Text, now()
		return out.sendLine(answer)
	})
	if err != nil {
		if !out.begun {
			s.refuseError(w, r, ollamaShape, err)
			return
		}
		_ = out.sendLine(ollamaError(failureOf(err))) // the client is gone, or has it
		return
	}
	answer.Response = ""
	answer.end(all, time.Since(start))
	_ = out.sendLine(answer)
}

// end fills in what the last line says.
func (o *ollamaAnswer) end(all []suggestion, took time.Duration) {
	u := usageOf(all)
	o.Done, o.DoneReason, o.CreatedAt = true, finishReason(all[0].Stop), now()
	o.TotalDuration, o.PromptEvalCount, o.EvalCount = took.Nanoseconds(), u.PromptTokens, u.CompletionTokens
	o.PromptEvalDuration = nanoseconds(u.PrefillMs)
	o.EvalDuration = nanoseconds(max(u.TotalMs-u.FirstTokenMs, 0))
}

func nanoseconds(ms float64) int64 { return int64(ms * float64(time.Millisecond)) }

func now() string { return time.Now().UTC().Format(time.RFC3339Nano) }

// ollamaModel is a model as Ollama lists it. What Inkling does not know of its model is left empty.
func (s *server) ollamaModel(name string) map[string]any {
	return map[string]any{
		"name": name, "model": name, "modified_at": s.started.UTC().Format(time.RFC3339Nano), "size": 0, "digest": "",
		"details": ollamaDetails(),
	}
}

func ollamaDetails() map[string]any {
	return map[string]any{"parent_model": "", "format": "onnx", "family": "", "families": []string{}, "parameter_size": "", "quantization_level": ""}
}

// ollamaTags answers GET /api/tags. While the model is loading the list is empty.
func (s *server) ollamaTags(w http.ResponseWriter, _ *http.Request) {
	models := []map[string]any{}
	if name := s.cfg.Model().Name; name != "" {
		models = append(models, s.ollamaModel(name))
	}
	writeJSON(w, http.StatusOK, map[string]any{"models": models})
}

// ollamaShow answers POST /api/show, whatever model it names: there is one.
func (s *server) ollamaShow(w http.ResponseWriter, r *http.Request) {
	var in struct{} // the name that a client asks for does not matter
	if err := s.decodeLoose(w, r, &in); err != nil {
		s.refuseError(w, r, ollamaShape, err)
		return
	}
	model := s.cfg.Model()
	writeJSON(w, http.StatusOK, map[string]any{
		"license": "", "modelfile": "", "parameters": "", "template": "{{ .Prompt }}{{ if .Suffix }}{{ .Suffix }}{{ end }}",
		"modified_at": s.started.UTC().Format(time.RFC3339Nano), "details": ollamaDetails(),
		"model_info":   map[string]any{"general.architecture": "inkling", "general.basename": model.Name, "inkling.context_length": model.ContextTokens},
		"capabilities": []string{"completion", "insert"},
	})
}

// ollamaVersion answers GET /api/version.
func (s *server) ollamaVersion(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, map[string]string{"version": s.cfg.Version})
}
