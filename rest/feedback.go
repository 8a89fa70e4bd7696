package rest

import (
	"net/http"
	"sync"

	"inkling/rest/metrics"
)

// FeedbackRequest tells what became of a suggestion. No text is needed, and none is kept.
type FeedbackRequest struct {
	RequestID string `json:"requestId" minLength:"1" maxLength:"80" doc:"X-Request-Id of the completion's response"`
	Event     string `json:"event" enum:"shown,accepted,partially_accepted,dismissed"`
	Language  string `json:"language,omitempty" maxLength:"64" doc:"Needed only where the completion is long past"`
}

// FeedbackResponse acknowledges it.
type FeedbackResponse struct {
	Status string `json:"status" enum:"success"`
}

// feedback answers POST /api/v1/feedback.
func (s *server) feedback(w http.ResponseWriter, r *http.Request) {
	var in FeedbackRequest
	if err := s.decode(w, r, &in); err != nil {
		s.refuseError(w, r, ownShape, err)
		return
	}
	s.countFeedback(metrics.Event(in.Event), in.RequestID, in.Language)
	writeJSON(w, http.StatusOK, FeedbackResponse{"success"})
}

// countFeedback counts an event by what is remembered of its completion.
func (s *server) countFeedback(event metrics.Event, id, language string) {
	var cached *bool
	if o, ok := s.recent.get(id); ok {
		language, cached = o.language, &o.cached
	}
	s.metrics.Feedback(event, language, s.cfg.Model().Name, cached)
}

// origin is what is remembered of a completion, for its feedback.
type origin struct {
	language string
	cached   bool
}

// maxRecent is how many completions are remembered: minutes of a busy server, 4,096 times some 200 bytes.
const maxRecent = 4096

// recent remembers the last completions by id.
type recent struct {
	mu   sync.Mutex // guards all below
	byID map[string]origin
	ring [maxRecent]string
	next int
}

func (m *recent) put(id string, o origin) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.byID == nil {
		m.byID = map[string]origin{}
	}
	delete(m.byID, m.ring[m.next])
	m.byID[id], m.ring[m.next] = o, id
	m.next = (m.next + 1) % maxRecent
}

func (m *recent) get(id string) (origin, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	o, ok := m.byID[id]
	return o, ok
}
