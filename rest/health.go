package rest

import (
	"net/http"

	"inkling/infer"
)

// HealthResponse is the state of the server and of its parts.
type HealthResponse struct {
	Status  string          `json:"status" enum:"ok,degraded,loading,failed,draining" doc:"ok and degraded serve; degraded means that a part is missing; draining that the server ends"`
	Version string          `json:"version" doc:"Of the server"`
	Model   HealthModel     `json:"model"`
	Parts   map[string]Part `json:"parts" doc:"The others, such as cache and limiter"`
}

// HealthModel is the state of the model.
type HealthModel struct {
	Part
	Name          string `json:"name"`
	ContextTokens int    `json:"contextTokens" doc:"Prompt and answer together"`
	FillInMiddle  bool   `json:"fillInMiddle" doc:"The model sees the text after the cursor"`
	Rows          int    `json:"rows" doc:"Suggestions that can run at once"`
	RowsBusy      int    `json:"rowsBusy"`
	QueueLength   int    `json:"queueLength" doc:"Requests that wait for a row"`
}

// health answers GET /health: 200 while the server can answer, 503 while it loads, ends or has failed.
func (s *server) health(w http.ResponseWriter, _ *http.Request) {
	h := s.healthNow()
	writeJSON(w, statusOfHealth(h.Status), h)
}

// ready answers GET /health/ready: whether requests should be sent here.
func (s *server) ready(w http.ResponseWriter, _ *http.Request) {
	status := s.healthNow().Status
	writeJSON(w, statusOfHealth(status), Part{Status: status})
}

// live answers GET /health/live: the process runs. It never looks at parts, since restarting does not mend those.
func (s *server) live(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, Part{Status: "ok"})
}

func statusOfHealth(status string) int {
	if status == "ok" || status == "degraded" {
		return http.StatusOK
	}
	return http.StatusServiceUnavailable
}

// healthNow asks every part. The engine decides whether there is service; any other part can only degrade it.
func (s *server) healthNow() HealthResponse {
	engine, model := s.cfg.Engine(), s.cfg.Model()
	h := HealthResponse{
		Status:  or(engine.State, "ok"),
		Version: s.cfg.Version,
		Model:   healthModel(engine, model),
		Parts:   make(map[string]Part, len(s.cfg.Parts)),
	}
	for name, ask := range s.cfg.Parts {
		part := ask()
		h.Parts[name] = part
		if h.Status == "ok" && part.Status != "ok" && part.Status != "off" {
			h.Status = "degraded"
		}
	}
	if s.cfg.Draining != nil && s.cfg.Draining() {
		h.Status = "draining"
	}
	return h
}

func healthModel(engine infer.EngineStats, model infer.Model) HealthModel {
	return HealthModel{
		Part: Part{Status: or(engine.State, "ok")},
		Name: model.Name, ContextTokens: model.ContextTokens, FillInMiddle: model.FillInMiddle,
		Rows: engine.Rows, RowsBusy: engine.RowsBusy, QueueLength: engine.QueueLength,
	}
}
