package replay

import (
	"encoding/json"
	"strings"
)

// What the peers' own editor plugins ask for, by default.
const (
	peerWindow    = 2_400 // characters before the cursor
	peerAfter     = 600   // characters after it
	peerTokens    = 24
	tabbyLanguage = "plaintext"
)

// LlamaCompletion is llama.cpp's server at /completion, for models without fill-in-the-middle: text before the cursor,
// kept in its prompt cache, up to the end of the line. model is only a name for reports.
func LlamaCompletion(base, name string) *HTTPPeer { return newHTTPPeer(base, llama{label: name}) }

// LlamaInfill is llama.cpp's server at /infill, as llama.vim and llama.vscode ask it.
func LlamaInfill(base, name string) *HTTPPeer {
	return newHTTPPeer(base, llama{label: name, infill: true})
}

// OpenAI is any server that speaks OpenAI's /v1/completions. model is the server's own name of it.
func OpenAI(base, name, model string) *HTTPPeer {
	return newHTTPPeer(base, openAI{label: name, model: model})
}

// Tabby is a server that speaks Tabby's /v1/completions.
func Tabby(base, name string) *HTTPPeer { return newHTTPPeer(base, tabby{label: name}) }

type llama struct {
	label  string
	infill bool
}

func (l llama) name() string { return l.label }

func (l llama) path() string {
	if l.infill {
		return "/infill"
	}
	return "/completion"
}

func (l llama) body(_ *Trace, m *mirror) any {
	body := map[string]any{
		"n_predict": peerTokens, "stop": []string{"\n"}, "stream": true, "cache_prompt": true,
		"temperature": 0, "samplers": []string{"top_k"}, "top_k": 1,
	}
	before := m.blockBefore(peerWindow)
	if !l.infill {
		body["prompt"] = before
		return body
	}
	line := strings.LastIndexByte(before, '\n') + 1
	body["input_prefix"], body["prompt"], body["input_suffix"] = before[:line], before[line:], m.after(peerAfter)
	return body
}

func (l llama) event(data []byte, a *Answer) (text string, last bool, err error) {
	var event struct {
		Content         *string `json:"content"`
		Stop            bool    `json:"stop"`
		TokensPredicted int     `json:"tokens_predicted"` // so far
		Timings         struct {
			PromptN    int `json:"prompt_n"`
			CacheN     int `json:"cache_n"`
			PredictedN int `json:"predicted_n"`
		} `json:"timings"`
		Error json.RawMessage `json:"error"`
	}
	if err := json.Unmarshal(data, &event); err != nil {
		return "", false, err
	}
	if err := refusal(event.Error); err != nil {
		return "", false, err
	}
	if event.Content == nil {
		return "", false, errForeign
	}
	a.Decoded = max(a.Decoded+1, event.TokensPredicted) // a message holds several where text was held back
	if event.Stop {
		a.Computed, a.Reused, a.Decoded = event.Timings.PromptN, event.Timings.CacheN, event.Timings.PredictedN
	}
	return *event.Content, event.Stop, nil
}

type openAI struct{ label, model string }

func (o openAI) name() string { return o.label }
func (o openAI) path() string { return "/v1/completions" }

func (o openAI) body(_ *Trace, m *mirror) any {
	return map[string]any{
		"model": o.model, "prompt": m.blockBefore(peerWindow), "max_tokens": peerTokens,
		"stop": []string{"\n"}, "stream": true, "temperature": 0,
	}
}

func (o openAI) event(data []byte, a *Answer) (text string, last bool, err error) {
	var event struct {
		Choices []struct {
			Text         string `json:"text"`
			FinishReason string `json:"finish_reason"`
		} `json:"choices"`
		Usage *struct { // where the server tells it unasked: not all take stream_options
			PromptTokens     int `json:"prompt_tokens"`
			CompletionTokens int `json:"completion_tokens"`
			Details          *struct {
				CachedTokens int `json:"cached_tokens"`
			} `json:"prompt_tokens_details"`
		} `json:"usage"`
		Error json.RawMessage `json:"error"`
	}
	if err := json.Unmarshal(data, &event); err != nil {
		return "", false, err
	}
	if err := refusal(event.Error); err != nil {
		return "", false, err
	}
	if event.Choices == nil && event.Usage == nil {
		return "", false, errForeign
	}
	if len(event.Choices) > 0 {
		a.Decoded++
		text, last = event.Choices[0].Text, event.Choices[0].FinishReason != ""
	}
	if u := event.Usage; u != nil {
		a.Decoded = u.CompletionTokens
		if u.Details != nil {
			a.Computed, a.Reused = u.PromptTokens-u.Details.CachedTokens, u.Details.CachedTokens
		}
	}
	return text, last, nil
}

type tabby struct{ label string }

func (t tabby) name() string { return t.label }
func (t tabby) path() string { return "/v1/completions" }

func (t tabby) body(trace *Trace, m *mirror) any {
	language := trace.Language
	if language == "" {
		language = tabbyLanguage
	}
	return map[string]any{
		"language": language,
		"segments": map[string]any{"prefix": m.before(peerWindow), "suffix": m.after(peerAfter), "filepath": trace.Path},
	}
}

// event takes the whole answer: Tabby does not stream, and tells no numbers of tokens.
func (t tabby) event(data []byte, _ *Answer) (text string, last bool, err error) {
	var answer struct {
		Choices []struct {
			Text string `json:"text"`
		} `json:"choices"`
	}
	if err := json.Unmarshal(data, &answer); err != nil {
		return "", false, err
	}
	if answer.Choices == nil {
		return "", false, errForeign
	}
	if len(answer.Choices) > 0 {
		text = answer.Choices[0].Text
	}
	return text, true, nil
}
