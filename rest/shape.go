package rest

import (
	"encoding/json"
	"net/http"
	"strings"
)

// A shape is how a door's clients expect to be told of a failure. It writes status and body; common headers are set.
type shape func(w http.ResponseWriter, r *http.Request, f *failure)

// ErrorResponse is what the documented API answers instead of a result.
type ErrorResponse struct {
	Status    string      `json:"status" enum:"error"`
	Error     ErrorDetail `json:"error"`
	RequestID string      `json:"requestId" doc:"Also in the X-Request-Id header and in the server's log"`
}

// ErrorDetail says what is wrong.
type ErrorDetail struct {
	Code         string `json:"code" doc:"Stable name of the error" example:"quota"`
	Message      string `json:"message" doc:"For people; may change"`
	Field        string `json:"field,omitempty" doc:"Field of the request that is to blame" example:"context.position.line"`
	RetryAfterMs int64  `json:"retryAfterMs,omitempty" doc:"A new try may succeed after this many milliseconds"`
}

// ownShape is the documented API's.
func ownShape(w http.ResponseWriter, r *http.Request, f *failure) {
	writeJSON(w, f.Status, errorResponse(r, f))
}

// errorResponse is the body of ownShape, which streams send as their last event too.
func errorResponse(r *http.Request, f *failure) ErrorResponse {
	return ErrorResponse{
		Status:    "error",
		Error:     ErrorDetail{Code: f.Code, Message: f.Message, Field: f.Field, RetryAfterMs: f.RetryAfter.Milliseconds()},
		RequestID: requestID(r.Context()),
	}
}

// shapes are told apart by path for what no handler sees: unknown paths, methods, hosts. The first prefix counts.
var shapes = []struct {
	prefix string
	shape  shape
}{
	{"/v1beta/", tabbyShape}, {"/v1/health", tabbyShape}, {"/v1/events", tabbyShape},
	{"/v1/", openAIShape},
	{"/infill", llamaShape}, {"/props", llamaShape},
	{"/api/generate", ollamaShape}, {"/api/tags", ollamaShape}, {"/api/show", ollamaShape}, {"/api/version", ollamaShape},
}

// shapeOf returns the shape for a path.
func shapeOf(path string) shape {
	for _, s := range shapes {
		if strings.HasPrefix(path, s.prefix) {
			return s.shape
		}
	}
	return ownShape
}

// writeJSON writes v in one line. A failed write means that the client is gone, which its context says too.
func writeJSON(w http.ResponseWriter, status int, v any) {
	body, err := marshal(v)
	if err != nil {
		http.Error(w, `{"status":"error"}`, http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n')) // #nosec G705 -- JSON, never sniffed
}

// marshal is json.Marshal without HTML's escapes, which would only lengthen code.
func marshal(v any) ([]byte, error) {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return []byte(strings.TrimSuffix(b.String(), "\n")), nil
}
