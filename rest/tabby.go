package rest

import (
	"io"
	"net/http"
	"runtime"

	"inkling/infer"
	"inkling/rest/metrics"
)

// tabbyVersion is the release of Tabby's API that this door speaks: clients leave out what is newer.
const tabbyVersion = "v0.21.0"

// tabbyRequest is Tabby's completion request, as far as it is understood.
type tabbyRequest struct {
	Language string `json:"language"`
	Segments *struct {
		Prefix         string         `json:"prefix"`
		Suffix         string         `json:"suffix"`
		FilePath       string         `json:"filepath"`
		Declarations   []tabbySnippet `json:"declarations"`
		Changed        []tabbySnippet `json:"relevant_snippets_from_changed_files"`
		RecentlyOpened []tabbySnippet `json:"relevant_snippets_from_recently_opened_files"`
	} `json:"segments"`
	Temperature *float64 `json:"temperature"`
	Seed        *int64   `json:"seed"`
	User        string   `json:"user"`
}

type tabbySnippet struct {
	FilePath string `json:"filepath"`
	Body     string `json:"body"`
}

// tabbyShape is an error as Tabby's clients read it: by its status. The text is for people.
func tabbyShape(w http.ResponseWriter, _ *http.Request, f *failure) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(f.Status)
	_, _ = io.WriteString(w, f.Message+"\n") // #nosec G705 -- plain text, never sniffed; a failed write means that the client is gone
}

// tabbyCompletion answers POST /v1/completions with segments. Tabby's clients ask by themselves while the user types,
// so that what is not sure enough is not shown.
func (s *server) tabbyCompletion(w http.ResponseWriter, r *http.Request, body []byte) {
	var in tabbyRequest
	if err := unmarshal(body, &in); err != nil {
		s.refuseError(w, r, tabbyShape, err)
		return
	}
	if in.Segments == nil {
		s.refuse(w, r, tabbyShape, &failure{Status: http.StatusBadRequest, Code: "missing_field", Field: "segments", Message: "segments: is required"})
		return
	}
	opts, err := s.options(sampling{temperature: in.Temperature, seed: in.Seed})
	if err != nil {
		s.refuseError(w, r, tabbyShape, err)
		return
	}
	a := ask{Place: placeIn(in.Segments.FilePath, in.Language, in.Segments.Prefix, in.Segments.Suffix), Options: opts,
		Caller: s.callerOf(r.Context(), in.User), Priority: infer.PriorityAutomatic}
	a.addSnippets(in.snippets())
	all, err := s.run(r, a, nil)
	if err != nil {
		s.refuseError(w, r, tabbyShape, err)
		return
	}
	id := "cmpl-" + requestID(r.Context())
	s.recent.put(id, origin{in.Language, all[0].Cached})
	writeJSON(w, http.StatusOK, map[string]any{"id": id, "choices": []map[string]any{{"index": 0, "text": all[0].Text}}})
}

// snippets returns the pieces of other files, the most important last.
func (in *tabbyRequest) snippets() []infer.Snippet {
	var out []infer.Snippet
	for _, list := range [][]tabbySnippet{in.Segments.RecentlyOpened, in.Segments.Changed, in.Segments.Declarations} {
		for _, sn := range list {
			out = append(out, infer.Snippet{Path: sn.FilePath, Text: sn.Body})
		}
	}
	return out
}

// tabbyHealth answers GET and POST /v1/health.
func (s *server) tabbyHealth(w http.ResponseWriter, r *http.Request) {
	model := s.cfg.Model()
	if model.Name == "" {
		s.refuseError(w, r, tabbyShape, infer.ErrLoading)
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"model": model.Name, "device": "cpu", "arch": runtime.GOARCH, "cpu_info": "", "cpu_count": runtime.NumCPU(), "cuda_devices": []string{},
		"version": map[string]string{"build_date": "", "build_timestamp": "", "git_sha": "inkling-" + s.cfg.Version, "git_describe": tabbyVersion},
	})
}

// tabbySetting answers GET /v1beta/server_setting: nothing of what users do leaves for anywhere else.
func (s *server) tabbySetting(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, map[string]bool{"disable_client_side_telemetry": true})
}

// tabbyEvents are Tabby's names of what became of a suggestion.
var tabbyEvents = map[string]metrics.Event{"view": metrics.EventShown, "select": metrics.EventAccepted, "dismiss": metrics.EventDismissed}

// tabbyEvent answers POST /v1/events. Events that are not known, such as a client's own statistics, are let pass.
func (s *server) tabbyEvent(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Type         string `json:"type"`
		CompletionID string `json:"completion_id"`
		SelectKind   string `json:"select_kind"`
	}
	if err := s.decodeLoose(w, r, &in); err != nil {
		s.refuseError(w, r, tabbyShape, err)
		return
	}
	if event, ok := tabbyEvents[in.Type]; ok {
		if event == metrics.EventAccepted && in.SelectKind == "line" {
			event = metrics.EventPartiallyAccepted
		}
		s.countFeedback(event, in.CompletionID, "")
	}
	w.WriteHeader(http.StatusOK)
}
