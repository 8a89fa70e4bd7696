package metrics

import "strconv"

// Event is what became of a suggestion.
type Event string

const (
	EventShown             Event = "shown"
	EventAccepted          Event = "accepted"
	EventPartiallyAccepted Event = "partially_accepted"
	EventDismissed         Event = "dismissed"
	EventRetained30s       Event = "retained_30s" // still in the document so long after it was accepted
	EventRetained2m        Event = "retained_2m"
	EventRetained5m        Event = "retained_5m"
)

// events that may be counted.
var events = map[Event]bool{EventShown: true, EventAccepted: true, EventPartiallyAccepted: true, EventDismissed: true,
	EventRetained30s: true, EventRetained2m: true, EventRetained5m: true}

// languages that may become labels: those that the syntax knows, by LSP id. Others are "other".
var languages = map[string]bool{"python": true, "javascript": true, "javascriptreact": true, "typescript": true,
	"typescriptreact": true, "java": true, "go": true, "rust": true, "c": true, "cpp": true, "ruby": true, "php": true,
	"csharp": true, "kotlin": true, "scala": true, "shellscript": true, "html": true, "css": true, "json": true, "plaintext": true}

// Feedback counts what became of one suggestion; an unknown event is not counted, and reported by false. model is the
// server's own name of it, never a client's word; cached is nil where it is not known.
func (m *Metrics) Feedback(event Event, language, model string, cached *bool) bool {
	if !events[event] {
		return false
	}
	if !languages[language] {
		language = "other"
	}
	source := "unknown"
	if cached != nil {
		source = strconv.FormatBool(*cached)
	}
	m.mu.Lock()
	m.events[string(event)]++
	m.mu.Unlock()
	m.feedback.WithLabelValues(string(event), language, model, source).Inc()
	return true
}
