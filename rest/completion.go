package rest

import (
	"net/http"
	"time"

	"inkling/contexts"
	"inkling/infer"
)

// CompletionRequest asks for completions at one place of a file.
type CompletionRequest struct {
	Context        CompletionContext `json:"context" doc:"Where, and what stands around it"`
	MaxSuggestions int               `json:"max_suggestions,omitempty" minimum:"1" default:"1" doc:"How many different suggestions at most"`
	Temperature    float64           `json:"temperature,omitempty" minimum:"0" doc:"0, the default, always takes the likeliest token; above 0 answers vary"`
	MaxTokens      int               `json:"max_tokens,omitempty" minimum:"1" doc:"Tokens per suggestion; the server's own default when absent"`
	Stream         bool              `json:"stream,omitempty" doc:"Answer by server-sent events, as with Accept: text/event-stream"`
	UserID         string            `json:"user_id,omitempty" maxLength:"128" doc:"Who asks, for the limits; believed only while the server has no keys"`
}

// CompletionContext is a file around the cursor. The lines may be a part of the file: the cursor's line is told by
// previousLines and currentLine, not by position.line.
type CompletionContext struct {
	Language         string             `json:"language,omitempty" maxLength:"64" doc:"LSP language id; plaintext when absent" example:"python"`
	Path             string             `json:"path,omitempty" maxLength:"4096" doc:"Of the file, relative to its project"`
	Position         CompletionPosition `json:"position" doc:"The cursor"`
	PositionEncoding string             `json:"positionEncoding,omitempty" enum:"utf-8,utf-16,utf-32" default:"utf-16" doc:"Unit of position.column and of cursorOffset"`
	PreviousLines    []string           `json:"previousLines,omitempty" nullable:"false" doc:"Lines before the cursor's, without line ends"`
	CurrentLine      string             `json:"currentLine,omitempty" doc:"The cursor's line, whole. Empty with a column above 0: the cursor stands at the end of the last previous line"`
	NextLines        []string           `json:"nextLines,omitempty" nullable:"false" doc:"Lines after the cursor's"`
}

// CompletionPosition is the cursor's place.
type CompletionPosition struct {
	Line   int `json:"line" minimum:"0" maximum:"2147483647" doc:"In the file, from 0"`
	Column int `json:"column" minimum:"0" maximum:"2147483647" doc:"In currentLine, from 0; past its end is its end"`
}

// CompletionResponse holds what the model suggests.
type CompletionResponse struct {
	Suggestions []Suggestion       `json:"suggestions" nullable:"false" doc:"Different ones, the surest first; empty when there is nothing worth showing"`
	Metadata    CompletionMetadata `json:"metadata"`
	Status      string             `json:"status" enum:"success"`
}

// Suggestion is text to insert at the cursor.
type Suggestion struct {
	Text         string  `json:"text"`
	Confidence   float64 `json:"confidence" minimum:"0" maximum:"1" doc:"Product of the probabilities of the text's tokens"`
	Type         string  `json:"type" enum:"single-line,multi-line"`
	Description  string  `json:"description" doc:"What the suggestion is, by syntax"`
	CursorOffset int     `json:"cursorOffset" minimum:"0" doc:"Where the cursor ends, from the start of text, in units of positionEncoding"`
}

// CompletionMetadata says how an answer came about.
type CompletionMetadata struct {
	ProcessingTimeMs float64 `json:"processingTimeMs"`
	ModelVersion     string  `json:"modelVersion"`
	CacheHit         bool    `json:"cacheHit" doc:"Every suggestion came from the cache"`
	ContextHash      string  `json:"contextHash" doc:"Of what the model was shown; equal for equal prompts"`
	Why              string  `json:"why,omitempty" enum:"filtered,quota,unsupported,excluded,empty,repeat" doc:"With no suggestions: why"`
}

// completion answers POST /api/v1/completion.
func (s *server) completion(w http.ResponseWriter, r *http.Request) {
	start := time.Now()
	var body CompletionRequest
	if err := s.decode(w, r, &body); err != nil {
		s.refuseError(w, r, ownShape, err)
		return
	}
	place, enc, err := body.Context.place()
	if err != nil {
		s.refuseError(w, r, ownShape, err)
		return
	}
	defer place.Document.Close()
	req, err := s.request(ask{
		Place:   place,
		Options: infer.Options{Suggestions: max(body.MaxSuggestions, 1), MaxTokens: body.MaxTokens, Temperature: body.Temperature},
		Caller:  s.callerOf(r.Context(), body.UserID),
	})
	if err != nil {
		s.refuseError(w, r, ownShape, err)
		return
	}
	finish := func(all []suggestion) CompletionResponse { return s.completionResponse(place, enc, req, all, start) }
	if body.Stream || accepts(r, "text/event-stream") {
		s.streamCompletion(w, r, req, body.Context.Language, finish)
		return
	}
	all, err := s.generate(r.Context(), req, nil)
	if err != nil {
		s.refuseError(w, r, ownShape, err)
		return
	}
	s.recent.put(requestID(r.Context()), origin{body.Context.Language, all[0].Cached})
	writeJSON(w, http.StatusOK, finish(all))
}

// CompletionDelta is what one server-sent event of a streamed completion adds.
type CompletionDelta struct {
	Suggestion int     `json:"suggestion" doc:"Index while streaming; the final response has its own order"`
	Text       string  `json:"text"`
	Confidence float64 `json:"confidence" doc:"Of the text so far"`
}

// streamCompletion sends the deltas as events named "delta", then the whole response as "completion". Until the first
// token an error has its own status; after it, it is an event named "error".
func (s *server) streamCompletion(w http.ResponseWriter, r *http.Request, req infer.Request, language string, finish func([]suggestion) CompletionResponse) {
	out := s.newEvents(w)
	all, err := s.generate(r.Context(), req, func(d infer.Delta) error {
		if d.Text == "" {
			return out.begin() // a rule holds the text back, but the client learns that it has begun
		}
		return out.send("delta", CompletionDelta{d.Suggestion, d.Text, confidence(d.LogProb)})
	})
	switch {
	case err == nil:
		s.recent.put(requestID(r.Context()), origin{language, all[0].Cached})
		_ = out.send("completion", finish(all)) // the client is gone, or has it
	case out.begun:
		_ = out.send("error", errorResponse(r, failureOf(err)))
	default:
		s.refuseError(w, r, ownShape, err)
	}
}

// completionResponse makes the response of what was generated.
func (s *server) completionResponse(place contexts.Place, enc contexts.Encoding, req infer.Request, all []suggestion, start time.Time) CompletionResponse {
	resp := CompletionResponse{
		Suggestions: []Suggestion{},
		Metadata:    CompletionMetadata{ModelVersion: s.cfg.Model().Name, CacheHit: true, ContextHash: contextHash(req)},
		Status:      "success",
	}
	kept := distinct(all)
	description := ""
	if len(kept) > 0 {
		description = s.cfg.Builder.Describe(place)
	}
	for _, g := range kept {
		resp.Suggestions = append(resp.Suggestions, describe(g, description, enc))
		resp.Metadata.CacheHit = resp.Metadata.CacheHit && g.Cached
	}
	if len(resp.Suggestions) == 0 {
		resp.Metadata.CacheHit, resp.Metadata.Why = false, string(whyEmpty(all))
	}
	resp.Metadata.ProcessingTimeMs = milliseconds(start)
	return resp
}
