package main

import (
	"inkling/rest/metrics"
	"inkling/stream"
)

// feedback passes what becomes of the suggestions of sessions on to the metrics.
type feedback struct {
	metrics *metrics.Metrics
	engine  *lateEngine
}

var feedbackEvents = map[stream.Event]metrics.Event{
	stream.Shown: metrics.EventShown, stream.Accepted: metrics.EventAccepted,
	stream.PartiallyAccepted: metrics.EventPartiallyAccepted, stream.Dismissed: metrics.EventDismissed,
	stream.Retained30s: metrics.EventRetained30s, stream.Retained2m: metrics.EventRetained2m, stream.Retained5m: metrics.EventRetained5m,
}

// Count implements stream.Metrics.
func (f feedback) Count(e stream.Event, n int64, about *stream.Suggestion) {
	event, known := feedbackEvents[e]
	if !known || about == nil {
		return
	}
	for range n {
		f.metrics.Feedback(event, about.Language, f.engine.Model().Name, &about.Cached)
	}
}
