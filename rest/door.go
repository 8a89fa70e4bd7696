package rest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"inkling/infer"
)

// maxSnippets is how many pieces of other files a compatible door takes of one request: twice what the busiest of
// their clients sends. More are dropped, the least important first.
const maxSnippets = 64

// stops are stop strings as those servers take them: one, several, or null.
type stops []string

// UnmarshalJSON implements json.Unmarshaler.
func (s *stops) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*s = stops{one}
		return nil
	}
	var several []string
	if err := json.Unmarshal(b, &several); err != nil {
		f := fail(http.StatusBadRequest, "bad_type", "stop: must be a string or a list of strings")
		f.Field = "stop"
		return f
	}
	*s = several
	return nil
}

// sampling is what compatible requests say about how to answer, under whichever names. nil: not said.
type sampling struct {
	n, maxTokens, topK  *int
	temperature, topP   *float64
	penalty             *float64
	seed                *int64
	stop                stops
	defaultMaxTokens    int     // where maxTokens is nil; 0 leaves it to the generator
	defaultTemperature  float64 // where temperature is nil
	temperatureFor, nIs string  // names of the fields, for failures
}

// options checks what a request says. Lengths are cut to the limits, since those servers' clients send large defaults;
// what has no meaning is refused by name.
func (s *server) options(w sampling) (infer.Options, error) {
	o := infer.Options{Suggestions: deref(w.n, 1), Temperature: deref(w.temperature, w.defaultTemperature), TopP: deref(w.topP, 0),
		TopK: max(deref(w.topK, 0), 0), RepetitionPenalty: deref(w.penalty, 0), MaxTokens: w.defaultMaxTokens}
	if w.maxTokens != nil {
		most := s.limits.MaxTokens
		if context := s.cfg.Model().ContextTokens; context > 0 {
			most = max(min(most, context/2), 1) // the rest is the prompt's
		}
		o.MaxTokens = *w.maxTokens
		if o.MaxTokens < 1 || o.MaxTokens > most {
			o.MaxTokens = most // 0 and below mean "no limit" there
		}
	}
	if w.seed != nil && *w.seed >= 0 {
		o.Seed = uint64(*w.seed) + 1 // 0 would draw one
	}
	for _, stop := range w.stop {
		if stop != "" && len(o.Stop) < s.limits.MaxStops {
			o.Stop = append(o.Stop, stop)
		}
	}
	for _, c := range []struct {
		field    string
		value    float64
		min, max float64
	}{
		{or(w.nIs, "n"), float64(o.Suggestions), 1, float64(s.limits.MaxSuggestions)},
		{or(w.temperatureFor, "temperature"), o.Temperature, 0, s.limits.MaxTemperature},
		{"top_p", o.TopP, 0, 1},
	} {
		if !(c.value >= c.min && c.value <= c.max) {
			f := fail(http.StatusUnprocessableEntity, "out_of_range", "%s: %v is not from %v to %v", c.field, c.value, c.min, c.max)
			f.Field = c.field
			return infer.Options{}, f
		}
	}
	return o, nil
}

// deref returns what p points to, or def.
func deref[T any](p *T, def T) T {
	if p == nil {
		return def
	}
	return *p
}

// addSnippets makes documents of pieces of other files, given with the most important last, for a place.
func (p *ask) addSnippets(snippets []infer.Snippet) {
	if extra := len(snippets) - maxSnippets; extra > 0 {
		snippets = snippets[extra:]
	}
	for _, s := range slices.Backward(snippets) {
		p.Place.Others = append(p.Place.Others, placeIn(pathEnd(s.Path), "", s.Text, "").Document)
	}
}

// maxPathBytes is how much of the path of a piece stands in a prompt.
const maxPathBytes = 4 << 10

// pathEnd is the end of a path, whole characters of it, where that is longer than paths are.
func pathEnd(path string) string {
	if len(path) <= maxPathBytes {
		return path
	}
	return strings.ToValidUTF8(path[len(path)-maxPathBytes:], "")
}

// close frees the documents of an ask.
func (p *ask) close() {
	p.Place.Document.Close()
	for _, d := range p.Place.Others {
		d.Close()
	}
}

// run makes the request of an ask and generates; see generate.
func (s *server) run(r *http.Request, a ask, onDelta func(infer.Delta) error) ([]suggestion, error) {
	defer a.close()
	req, err := s.request(a)
	if err != nil {
		return nil, err
	}
	return s.generate(r.Context(), req, onDelta)
}

// usageOf sums what the suggestions of one prompt cost; the prompt counts once.
func usageOf(all []suggestion) infer.Usage {
	var sum infer.Usage
	for i, g := range all {
		if i == 0 {
			sum = g.Usage
			continue
		}
		sum.CompletionTokens += g.Usage.CompletionTokens
	}
	return sum
}

// finishReason is OpenAI's word for a stop reason.
func finishReason(r infer.StopReason) string {
	if r == infer.StopLength {
		return "length"
	}
	return "stop"
}
