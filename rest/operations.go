package rest

import (
	"net/http"
	"reflect"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"inkling/rest/metrics"
)

// example is a request that the documentation shows, and that the tests send.
type example struct {
	name, summary string
	body          map[string]any
}

// operation is one row of the documentation.
type operation struct {
	method, path, id, summary, text string
	request                         any // nil: no body
	examples                        []example
	answers                         map[string]any // media type to type; nil values are plain text
	errors                          []int
	parameters                      []*huma.Param
	status                          int  // of success; 0 means 200
	open                            bool // needs no key
}

var referenceContext = map[string]any{
	"language": "python", "position": map[string]any{"line": 10, "column": 4},
	"previousLines": []any{"def fibonacci(n):", "    if n <= 1:", "        return n", "    return "}, "currentLine": "",
}

var goContext = map[string]any{
	"language": "go", "path": "sum/sum.go", "position": map[string]any{"line": 3, "column": 1}, "positionEncoding": "utf-8",
	"previousLines": []any{"package sum", "", "func Sum(values []int) (total int) {"}, "currentLine": "\t", "nextLines": []any{"}"},
}

// bodyErrors are what any request with a JSON body may be answered.
var bodyErrors = []int{400, 401, 403, 408, 413, 415, 422, 500}

const completionText = "Suggests text to insert at the cursor.\n\n" +
	"The cursor's line is currentLine. Where that is empty and position.column is above 0, the cursor stands at the end " +
	"of the last of previousLines.\n\n" +
	"With \"stream\": true, or Accept: text/event-stream, the answer is a stream of server-sent events: \"delta\" for each " +
	"piece of text, then \"completion\" with the whole response, or \"error\". An error before the first token has its own status."

const administrators = "For administrators: with an administrator's key, or, where keys are off, on a loopback server."

// operations is the documented API.
var operations = []operation{
	{
		method: http.MethodPost, path: "/api/v1/completion", id: "complete", summary: "Complete code at the cursor", text: completionText,
		request: CompletionRequest{},
		examples: []example{
			{"line", "A line that is being typed", map[string]any{"context": referenceContext, "max_suggestions": 3, "temperature": 0.7, "user_id": "user123"}},
			{"middle", "An empty body, with what follows it", map[string]any{"context": goContext, "max_tokens": 48}},
			{"stream", "Streamed", map[string]any{"context": referenceContext, "stream": true}},
		},
		answers: map[string]any{"application/json": CompletionResponse{}, "text/event-stream": nil},
		errors:  append([]int{429, 503}, bodyErrors...),
	},
	{
		method: http.MethodPost, path: contextPath, id: "context", summary: "What is known about the code around the cursor",
		text:    "The syntax that steers a completion, for inspection. Nothing is generated.",
		request: ContextRequest{}, examples: []example{{"go", "An empty function", map[string]any{"context": goContext}}},
		answers: map[string]any{"application/json": ContextResponse{}}, errors: bodyErrors,
	},
	{
		method: http.MethodPost, path: "/api/v1/feedback", id: "feedback", summary: "Tell what became of a suggestion",
		text:     "Counted by language, model and cache state. No text is taken.",
		request:  FeedbackRequest{},
		examples: []example{{"accepted", "It was accepted", map[string]any{"requestId": "5f2b6c0e9a1d4e3f8a7b6c5d", "event": "accepted", "language": "python"}}},
		answers:  map[string]any{"application/json": FeedbackResponse{}}, errors: bodyErrors,
	},
	{
		method: http.MethodGet, path: "/api/v1/metrics", id: "metrics", summary: "Counters and latencies",
		text:    "JSON, or Prometheus' text format where Accept names text/plain.",
		answers: map[string]any{"application/json": metrics.Snapshot{}, "text/plain": nil}, errors: []int{401, 403},
	},
	{
		method: http.MethodGet, path: languagesPath, id: "languages", summary: "The languages that the server knows",
		text:    "Any other is completed as plain text.",
		answers: map[string]any{"application/json": LanguageList{}}, errors: []int{401, 403},
	},
	{
		method: http.MethodGet, path: "/metrics", id: "prometheus", summary: "The same for Prometheus",
		answers: map[string]any{"text/plain": nil}, open: true,
	},
	{
		method: http.MethodGet, path: sessionsPath, id: "sessions", summary: "The open sessions", text: administrators,
		answers: map[string]any{"application/json": SessionList{}}, errors: []int{401, 403},
	},
	{
		method: http.MethodDelete, path: sessionsPath + "/{id}", id: "endSession", summary: "End a session",
		text:       administrators + " The client is told by close code 4102.",
		parameters: []*huma.Param{{Name: "id", In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString}, Example: "1"}},
		answers:    map[string]any{"application/json": SessionEnded{}}, errors: []int{401, 403, 404},
	},
	{
		method: http.MethodGet, path: usersPath, id: "users", summary: "Users, and what is left of their limits", text: administrators,
		answers: map[string]any{"application/json": UserList{}}, errors: []int{401, 403, 500},
	},
	{
		method: http.MethodPost, path: warmPath, id: "warm", summary: "Warm the cache with a folder",
		text: administrators + " The folder lies below the configured root. Common openings of its files are completed in idle time; " +
			"any real request comes first. One run at a time.",
		request: WarmRequest{}, examples: []example{{"folder", "A folder below the root", map[string]any{"folder": "service", "limit": 100}}},
		answers: map[string]any{"application/json": WarmProgress{}}, errors: append([]int{409}, bodyErrors...), status: http.StatusAccepted,
	},
	{
		method: http.MethodGet, path: warmPath, id: "warmProgress", summary: "How far warming has come", text: administrators,
		answers: map[string]any{"application/json": WarmProgress{}}, errors: []int{401, 403},
	},
	{
		method: http.MethodDelete, path: warmPath, id: "cancelWarm", summary: "End warming", text: administrators,
		answers: map[string]any{"application/json": WarmProgress{}}, errors: []int{401, 403},
	},
	{
		method: http.MethodGet, path: "/health", id: "health", summary: "State of the server and its parts",
		text:    "503 while the model is loading or has failed.",
		answers: map[string]any{"application/json": HealthResponse{}}, open: true,
	},
	{
		method: http.MethodGet, path: "/health/live", id: "live", summary: "The process runs",
		answers: map[string]any{"application/json": Part{}}, open: true,
	},
	{
		method: http.MethodGet, path: "/health/ready", id: "ready", summary: "Requests may be sent here", text: "503 while they may not.",
		answers: map[string]any{"application/json": Part{}}, open: true,
	},
}

// add documents one operation.
func (d *spec) add(o operation) {
	op := &huma.Operation{Method: o.method, Path: o.path, OperationID: o.id, Summary: o.summary, Description: o.text, Parameters: o.parameters, Responses: map[string]*huma.Response{}}
	if o.request != nil {
		media := &huma.MediaType{Schema: d.schema(o.request), Examples: map[string]*huma.Example{}}
		for _, e := range o.examples {
			media.Examples[e.name] = &huma.Example{Summary: e.summary, Value: e.body}
		}
		op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/json": media}}
	}
	ok := &huma.Response{Description: "Success", Content: map[string]*huma.MediaType{}}
	for name, v := range o.answers {
		media := &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString}}
		if v != nil {
			media.Schema = d.schema(v)
		}
		ok.Content[name] = media
	}
	op.Responses[strconv.Itoa(or(o.status, http.StatusOK))] = ok
	for _, status := range o.errors {
		op.Responses[strconv.Itoa(status)] = &huma.Response{
			Description: http.StatusText(status),
			Content:     map[string]*huma.MediaType{"application/json": {Schema: d.schema(ErrorResponse{})}},
		}
	}
	if o.open {
		op.Security = []map[string][]string{{}}
	}
	d.api.AddOperation(op)
}

// schema returns a reference to the schema of v's type.
func (d *spec) schema(v any) *huma.Schema { return d.registry().Schema(reflect.TypeOf(v), true, "") }
