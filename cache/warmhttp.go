package cache

import (
	"encoding/json"
	"errors"
	"net/http"

	"inkling/infer"
)

// maxWarmBody is the largest body of a request to warm.
const maxWarmBody = 16 << 10

// Handler starts warming by POST {"folder": "", "limit": 0}, answered 202, tells its progress by GET, and cancels it by
// DELETE. Every answer but an error is the progress. It stands behind authentication.
func (w *Warmer) Handler() http.Handler {
	return http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		switch r.Method {
		case http.MethodGet:
			respond(out, http.StatusOK, w.Progress())
		case http.MethodDelete:
			w.Cancel()
			respond(out, http.StatusOK, w.Progress())
		case http.MethodPost:
			w.start(out, r)
		default:
			out.Header().Set("Allow", "GET, POST, DELETE")
			respond(out, http.StatusMethodNotAllowed, warmError("method", "use GET, POST or DELETE"))
		}
	})
}

func (w *Warmer) start(out http.ResponseWriter, r *http.Request) {
	var in struct {
		Folder string `json:"folder"`
		Limit  int    `json:"limit"`
	}
	d := json.NewDecoder(http.MaxBytesReader(out, r.Body, maxWarmBody))
	d.DisallowUnknownFields()
	if err := d.Decode(&in); err != nil {
		respond(out, http.StatusBadRequest, warmError("invalid_json", `the body must be {"folder": text, "limit": number}`))
		return
	}
	switch err := w.Start(in.Folder, in.Limit); {
	case err == nil:
		respond(out, http.StatusAccepted, w.Progress())
	case errors.Is(err, ErrWarming):
		respond(out, http.StatusConflict, warmError("running", "warming runs already"))
	case errors.Is(err, ErrFolder):
		respond(out, http.StatusUnprocessableEntity, warmError("folder", ErrFolder.Error()))
	case errors.Is(err, infer.ErrOption):
		respond(out, http.StatusUnprocessableEntity, warmError("out_of_range", err.Error()))
	default:
		respond(out, http.StatusInternalServerError, warmError("internal", "internal error"))
	}
}

func warmError(code, message string) any {
	return map[string]any{"status": "error", "error": map[string]string{"code": code, "message": message}}
}

// respond writes JSON; a client that has gone is told nothing.
func respond(out http.ResponseWriter, status int, v any) {
	out.Header().Set("Content-Type", "application/json")
	out.WriteHeader(status)
	_ = json.NewEncoder(out).Encode(v)
}
