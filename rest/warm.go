package rest

import (
	"errors"
	"net/http"
)

// Errors of warming: wrapped by what a [Warmer] returns.
var (
	ErrWarming = errors.New("warming runs already")
	ErrFolder  = errors.New("folder: it is not a folder below the server's WARM_ROOT, or cannot be read")
)

// Warmer fills the cache with what is likely to be asked about a folder.
type Warmer interface {
	// Start begins in the background. folder is relative to the root; "" is the root. limit is of places computed, 0 the
	// warmer's own. Errors wrap [ErrWarming], [ErrFolder] or infer.ErrOption.
	Start(folder string, limit int) error
	Progress() WarmProgress
	Cancel()
}

// WarmRequest names what to warm.
type WarmRequest struct {
	Folder string `json:"folder,omitempty" maxLength:"4096" doc:"Below the server's WARM_ROOT: relative to it, or absolute; the root itself when absent"`
	Limit  int    `json:"limit,omitempty" minimum:"0" maximum:"10000" doc:"Places computed at the most; 500 when absent or 0"`
}

// WarmProgress is how far warming has come.
type WarmProgress struct {
	Running   bool   `json:"running"`
	Folder    string `json:"folder" doc:"Relative to the root"`
	Files     int    `json:"files" doc:"Found"`
	FilesDone int    `json:"filesDone" doc:"Of these"`
	Computed  int    `json:"computed" doc:"Places that are in the cache now"`
	Known     int    `json:"known" doc:"Places that were there already"`
	Skipped   int    `json:"skipped" doc:"Places that were given up: real requests kept coming, or they could not be asked about"`
	Preempted int    `json:"preempted" doc:"Times that a real request came first"`
	Limit     int    `json:"limit" doc:"Places computed at the most"`
	Error     string `json:"error,omitempty"`
}

// warm answers POST /api/v1/warm.
func (s *server) warm(w http.ResponseWriter, r *http.Request) {
	var body WarmRequest
	err := s.decode(w, r, &body)
	if err == nil {
		err = s.cfg.Warmer.Start(body.Folder, body.Limit)
	}
	if err != nil {
		s.refuseError(w, r, ownShape, err)
		return
	}
	writeJSON(w, http.StatusAccepted, s.cfg.Warmer.Progress())
}

// warmProgress answers GET /api/v1/warm.
func (s *server) warmProgress(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, s.cfg.Warmer.Progress())
}

// cancelWarm answers DELETE /api/v1/warm.
func (s *server) cancelWarm(w http.ResponseWriter, _ *http.Request) {
	s.cfg.Warmer.Cancel()
	writeJSON(w, http.StatusOK, s.cfg.Warmer.Progress())
}
