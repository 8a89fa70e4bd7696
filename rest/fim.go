package rest

import (
	"net/http"
	"time"

	"inkling/infer"
)

// fimRequest is the request of Mistral's fill-in-the-middle completions, which Continue sends.
type fimRequest struct {
	Prompt              string   `json:"prompt"`
	Suffix              string   `json:"suffix"`
	MaxTokens           *int     `json:"max_tokens"`
	MaxCompletionTokens *int     `json:"max_completion_tokens"`
	Temperature         *float64 `json:"temperature"`
	TopP                *float64 `json:"top_p"`
	Stop                stops    `json:"stop"`
	Seed                *int64   `json:"random_seed"`
	Stream              bool     `json:"stream"`
}

// fimAnswer is a whole answer, or one chunk of a streamed one, which has delta where the whole has message.
type fimAnswer struct {
	ID      string       `json:"id"`
	Object  string       `json:"object"`
	Created int64        `json:"created"`
	Model   string       `json:"model"`
	Choices []fimChoice  `json:"choices"`
	Usage   *openAIUsage `json:"usage,omitempty"`
}

type fimChoice struct {
	Index        int         `json:"index"`
	Message      *fimMessage `json:"message,omitempty"`
	Delta        *fimMessage `json:"delta,omitempty"`
	FinishReason *string     `json:"finish_reason"`
}

type fimMessage struct {
	Role    string `json:"role,omitempty"`
	Content string `json:"content"`
}

// fimCompletions answers POST /v1/fim/completions.
func (s *server) fimCompletions(w http.ResponseWriter, r *http.Request) {
	var in fimRequest
	if err := s.decodeLoose(w, r, &in); err != nil {
		s.refuseError(w, r, openAIShape, err)
		return
	}
	want := sampling{maxTokens: in.MaxTokens, temperature: in.Temperature, topP: in.TopP, stop: in.Stop, seed: in.Seed}
	if want.maxTokens == nil {
		want.maxTokens = in.MaxCompletionTokens
	}
	opts, err := s.options(want)
	if err != nil {
		s.refuseError(w, r, openAIShape, err)
		return
	}
	a := ask{Place: placeIn("", "", in.Prompt, in.Suffix), Options: opts, Caller: s.callerOf(r.Context(), "")}
	answer := fimAnswer{ID: "fim-" + requestID(r.Context()), Created: time.Now().Unix(), Model: s.cfg.Model().Name}
	if in.Stream {
		s.fimStream(w, r, a, answer)
		return
	}
	all, err := s.run(r, a, nil)
	if err != nil {
		s.refuseError(w, r, openAIShape, err)
		return
	}
	answer.Object, answer.Usage = "chat.completion", &openAIUsage{}
	answer.Usage.add(usageOf(all))
	answer.Choices = []fimChoice{{Message: &fimMessage{"assistant", all[0].Text}, FinishReason: ref(finishReason(all[0].Stop))}}
	writeJSON(w, http.StatusOK, answer)
}

// fimStream sends a chunk per delta; the last holds reason and usage.
func (s *server) fimStream(w http.ResponseWriter, r *http.Request, a ask, answer fimAnswer) {
	out := s.newEvents(w)
	answer.Object = "chat.completion.chunk"
	all, err := s.run(r, a, func(d infer.Delta) error {
		if d.Text == "" {
			return out.begin()
		}
		answer.Choices = []fimChoice{{Delta: &fimMessage{"assistant", d.Text}}}
		return out.send("", answer)
	})
	if err != nil {
		s.endStream(w, r, out, openAIShape, openAIError, err)
		return
	}
	answer.Usage = &openAIUsage{}
	answer.Usage.add(usageOf(all))
	answer.Choices = []fimChoice{{Delta: &fimMessage{}, FinishReason: ref(finishReason(all[0].Stop))}}
	_ = out.send("", answer) // the client is gone, or has it
	_ = out.line("data: [DONE]\n\n")
}
