package rest

import (
	"bytes"
	"encoding/json"
	"net/http"
	"time"
	"unicode/utf8"

	"github.com/go-chi/chi/v5"

	"inkling/infer"
	"inkling/rest/metrics"
)

// openAIDefaultMaxTokens is what OpenAI's completions decode where the request does not say.
const openAIDefaultMaxTokens = 16

// openAIRequest is OpenAI's completion request, as far as it is understood; the rest is ignored.
type openAIRequest struct {
	Prompt        prompts         `json:"prompt"`
	Suffix        string          `json:"suffix"`
	MaxTokens     *int            `json:"max_tokens"`
	Temperature   *float64        `json:"temperature"`
	TopP          *float64        `json:"top_p"`
	N             *int            `json:"n"`
	Stream        bool            `json:"stream"`
	StreamOptions *streamOptions  `json:"stream_options"`
	LogProbs      *int            `json:"logprobs"`
	Echo          bool            `json:"echo"`
	Stop          stops           `json:"stop"`
	Seed          *int64          `json:"seed"`
	User          string          `json:"user"`
	Segments      json.RawMessage `json:"segments"` // Tabby's: not looked at here
}

type streamOptions struct {
	IncludeUsage bool `json:"include_usage"`
}

// prompts is one prompt or several texts.
type prompts []string

// UnmarshalJSON implements json.Unmarshaler.
func (p *prompts) UnmarshalJSON(b []byte) error {
	if bytes.HasPrefix(bytes.TrimSpace(b), []byte(`"`)) {
		*p = prompts{""}
		return json.Unmarshal(b, &(*p)[0])
	}
	var several []string
	if err := json.Unmarshal(b, &several); err != nil {
		f := fail(http.StatusBadRequest, "bad_type", "prompt: must be a text or a list of texts; tokens are not supported")
		f.Field = "prompt"
		return f
	}
	*p = several
	return nil
}

// openAICompletion is a whole answer, or one chunk of a streamed one.
type openAICompletion struct {
	ID      string         `json:"id"`
	Object  string         `json:"object"`
	Created int64          `json:"created"`
	Model   string         `json:"model"`
	Choices []openAIChoice `json:"choices"`
	Usage   *openAIUsage   `json:"usage,omitempty"`
}

type openAIChoice struct {
	Index        int             `json:"index"`
	Text         string          `json:"text"`
	LogProbs     *openAILogProbs `json:"logprobs"`
	FinishReason *string         `json:"finish_reason"`
}

// openAILogProbs lists pieces of raw text, which are tokens, or several where one alone is not whole UTF-8. Other
// tokens than the chosen ones are not known.
type openAILogProbs struct {
	Tokens        []string             `json:"tokens"`
	TokenLogProbs []float64            `json:"token_logprobs"`
	TopLogProbs   []map[string]float64 `json:"top_logprobs"`
	TextOffset    []int                `json:"text_offset"` // in characters
}

type openAIUsage struct {
	PromptTokens     int `json:"prompt_tokens"`
	CompletionTokens int `json:"completion_tokens"`
	TotalTokens      int `json:"total_tokens"`
}

// openAIShape is the error of OpenAI's API.
func openAIShape(w http.ResponseWriter, _ *http.Request, f *failure) {
	writeJSON(w, f.Status, openAIError(f))
}

func openAIError(f *failure) any {
	kind := "invalid_request_error"
	switch {
	case f.Status == http.StatusUnauthorized:
		kind = "authentication_error"
	case f.Status == http.StatusForbidden:
		kind = "permission_error"
	case f.Status == http.StatusTooManyRequests:
		kind = "rate_limit_error"
	case f.Status >= 500:
		kind = "server_error"
	}
	var param *string
	if f.Field != "" {
		param = &f.Field
	}
	return map[string]any{"error": map[string]any{"message": f.Message, "type": kind, "param": param, "code": f.Code}}
}

// v1Completions answers POST /v1/completions, which OpenAI's and Tabby's clients share: Tabby's body has segments, or
// at any rate no prompt.
func (s *server) v1Completions(w http.ResponseWriter, r *http.Request) {
	body, err := s.readBody(w, r)
	if err != nil {
		s.refuseError(w, r, openAIShape, err)
		return
	}
	var kind struct {
		Prompt   json.RawMessage `json:"prompt"`
		Segments json.RawMessage `json:"segments"`
		Language json.RawMessage `json:"language"`
	}
	if err := unmarshal(body, &kind); err == nil && kind.Prompt == nil && (kind.Segments != nil || kind.Language != nil) {
		s.tabbyCompletion(w, r.WithContext(metrics.Through(r.Context(), "tabby")), body)
		return
	}
	var in openAIRequest
	if err := unmarshal(body, &in); err != nil {
		s.refuseError(w, r, openAIShape, err)
		return
	}
	asks, err := s.openAIAsks(r, in)
	if err != nil {
		s.refuseError(w, r, openAIShape, err)
		return
	}
	answer := openAICompletion{ID: "cmpl-" + requestID(r.Context()), Object: "text_completion", Created: time.Now().Unix(), Model: s.cfg.Model().Name}
	if in.Stream {
		s.openAIStream(w, r, in, asks, answer)
		return
	}
	s.openAIWhole(w, r, in, asks, answer)
}

// openAIAsks makes one ask per prompt. Without a suffix the answer is what the model says, up to max_tokens and stop;
// with one it is a completion in the middle of code, which ends where a person would end it.
func (s *server) openAIAsks(r *http.Request, in openAIRequest) ([]ask, error) {
	switch {
	case in.Echo:
		return nil, &failure{Status: http.StatusBadRequest, Code: "unsupported", Field: "echo", Message: "echo: true is not supported"}
	case len(in.Prompt) == 0:
		return nil, &failure{Status: http.StatusBadRequest, Code: "missing_field", Field: "prompt", Message: "prompt: a text is required"}
	case len(in.Prompt) > s.limits.MaxPrompts:
		f := fail(http.StatusUnprocessableEntity, "out_of_range", "prompt: %d prompts, at most %d", len(in.Prompt), s.limits.MaxPrompts)
		f.Field = "prompt"
		return nil, f
	}
	raw := in.Suffix == ""
	if len(in.Prompt) == 1 {
		var middle bool
		in.Prompt[0], in.Suffix, middle = middleOf(in.Prompt[0], in.Suffix)
		raw = !middle
	}
	want := sampling{n: in.N, maxTokens: in.MaxTokens, temperature: in.Temperature, topP: in.TopP, seed: in.Seed, stop: in.Stop}
	if raw {
		want.defaultMaxTokens = openAIDefaultMaxTokens
	}
	if raw || deref(in.N, 1) > 1 {
		want.defaultTemperature = 1 // OpenAI's default; in the middle of code the likeliest is what is wanted
	}
	opts, err := s.options(want)
	if err != nil {
		return nil, err
	}
	var asks []ask
	for _, p := range in.Prompt {
		asks = append(asks, ask{Place: placeIn("", "", p, in.Suffix), Options: opts, Caller: s.callerOf(r.Context(), in.User), Raw: raw})
	}
	return asks, nil
}

func (s *server) openAIWhole(w http.ResponseWriter, r *http.Request, in openAIRequest, asks []ask, answer openAICompletion) {
	answer.Usage, answer.Choices = &openAIUsage{}, []openAIChoice{}
	for _, a := range asks {
		all, err := s.run(r, a, nil)
		if err != nil {
			s.refuseError(w, r, openAIShape, err)
			return
		}
		for _, g := range all {
			choice := openAIChoice{Index: len(answer.Choices), Text: g.Text, FinishReason: ref(finishReason(g.Stop))}
			if in.LogProbs != nil {
				choice.LogProbs = logProbsOf(g.Pieces, 0)
			}
			answer.Choices = append(answer.Choices, choice)
		}
		answer.Usage.add(usageOf(all))
	}
	writeJSON(w, http.StatusOK, answer)
}

func (u *openAIUsage) add(v infer.Usage) {
	u.PromptTokens += v.PromptTokens
	u.CompletionTokens += v.CompletionTokens
	u.TotalTokens = u.PromptTokens + u.CompletionTokens
}

// openAIStream sends a chunk per delta, the reason of each choice with an empty text, and [DONE].
func (s *server) openAIStream(w http.ResponseWriter, r *http.Request, in openAIRequest, asks []ask, answer openAICompletion) {
	out, usage, first := s.newEvents(w), &openAIUsage{}, 0
	for _, a := range asks {
		offsets := make([]int, max(a.Options.Suggestions, 1)) // characters sent, by suggestion
		all, err := s.run(r, a, func(d infer.Delta) error {
			choice := openAIChoice{Index: first + d.Suggestion, Text: d.Text}
			if in.LogProbs != nil && d.Raw != "" {
				choice.LogProbs = logProbsOf([]piece{{d.Raw, d.RawLogProb}}, offsets[d.Suggestion])
				offsets[d.Suggestion] += utf8.RuneCountInString(d.Raw)
			}
			if d.Stop != "" {
				choice.FinishReason = ref(finishReason(d.Stop))
			}
			if choice.Text == "" && choice.FinishReason == nil && choice.LogProbs == nil {
				return out.begin()
			}
			answer.Choices = []openAIChoice{choice}
			return out.send("", answer)
		})
		if err != nil {
			s.endStream(w, r, out, openAIShape, openAIError, err)
			return
		}
		first += len(all)
		usage.add(usageOf(all))
	}
	if in.StreamOptions != nil && in.StreamOptions.IncludeUsage {
		answer.Choices, answer.Usage = []openAIChoice{}, usage
		_ = out.send("", answer) // the client is gone, or has it
	}
	_ = out.line("data: [DONE]\n\n")
}

// endStream tells of an error: by status where nothing was sent yet, else as the stream's last event.
func (s *server) endStream(w http.ResponseWriter, r *http.Request, out *events, as shape, body func(*failure) any, err error) {
	if !out.begun {
		s.refuseError(w, r, as, err)
		return
	}
	_ = out.send("", body(failureOf(err))) // the client is gone, or has it
}

// logProbsOf lists pieces, the first of which stands offset characters into the text.
func logProbsOf(pieces []piece, offset int) *openAILogProbs {
	l := &openAILogProbs{Tokens: []string{}, TokenLogProbs: []float64{}, TopLogProbs: []map[string]float64{}, TextOffset: []int{}}
	for _, p := range pieces {
		l.Tokens = append(l.Tokens, p.Text)
		l.TokenLogProbs = append(l.TokenLogProbs, p.LogProb)
		l.TopLogProbs = append(l.TopLogProbs, map[string]float64{p.Text: p.LogProb})
		l.TextOffset = append(l.TextOffset, offset)
		offset += utf8.RuneCountInString(p.Text)
	}
	return l
}

// openAIModel is one model of GET /v1/models.
type openAIModel struct {
	ID      string `json:"id"`
	Object  string `json:"object"`
	Created int64  `json:"created"`
	OwnedBy string `json:"owned_by"`
}

// v1Models answers GET /v1/models.
func (s *server) v1Models(w http.ResponseWriter, r *http.Request) {
	model := s.cfg.Model()
	if model.Name == "" {
		s.refuseError(w, r, openAIShape, infer.ErrLoading)
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"object": "list", "data": []openAIModel{{model.Name, "model", s.started.Unix(), "inkling"}}})
}

// v1Model answers GET /v1/models/{name}; names may hold slashes.
func (s *server) v1Model(w http.ResponseWriter, r *http.Request) {
	model := s.cfg.Model()
	if name := chi.URLParam(r, "*"); name != model.Name || name == "" {
		s.refuse(w, r, openAIShape, fail(http.StatusNotFound, "model_not_found", "there is no model %q", clip(name)))
		return
	}
	writeJSON(w, http.StatusOK, openAIModel{model.Name, "model", s.started.Unix(), "inkling"})
}
