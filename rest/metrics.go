package rest

import "net/http"

// metricsJSON answers GET /api/v1/metrics: JSON, or Prometheus' text where Accept names it.
func (s *server) metricsJSON(w http.ResponseWriter, r *http.Request) {
	if accepts(r, "text/plain") || accepts(r, "application/openmetrics-text") {
		s.metrics.Prometheus().ServeHTTP(w, r)
		return
	}
	writeJSON(w, http.StatusOK, s.metrics.Snapshot())
}
