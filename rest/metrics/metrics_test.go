package metrics

import (
	"context"
	"errors"
	"iter"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"inkling/infer"
)

// steps is a generator that yields its steps, each after a time.
type steps []struct {
	after time.Duration
	delta infer.Delta
	err   error
}

func (s steps) Generate(ctx context.Context, _ infer.Request) iter.Seq2[infer.Delta, error] {
	return func(yield func(infer.Delta, error) bool) {
		for _, step := range s {
			time.Sleep(step.after) // the bubble's clock
			if !yield(step.delta, step.err) {
				return
			}
		}
	}
}

var premium = infer.Request{Caller: infer.Caller{Door: infer.DoorSession, Tier: "premium"}}

func TestACompletionIsTimedFromRequestToEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := New(Sources{})
		g := m.Wrap(steps{
			{30 * time.Millisecond, infer.Delta{Text: "a"}, nil},
			{20 * time.Millisecond, infer.Delta{Text: "b", Stop: infer.StopEnd,
				Usage: &infer.Usage{PromptTokens: 9, ReusedTokens: 5, ComputedTokens: 4, CompletionTokens: 2, QueueMs: 3, PrefillMs: 7}}, nil},
		})
		for range g.Generate(t.Context(), premium) {
		}
		l := m.Snapshot().LatencyMs
		if l.FirstToken != (Percentiles{1, 30, 30, 30}) || l.Total != (Percentiles{1, 50, 50, 50}) || l.Queue.P50 != 3 || l.Prefill.P99 != 7 {
			t.Errorf("%+v", l)
		}
		if n := testutil.ToFloat64(m.completions.WithLabelValues("session", "premium", "engine", "ok")); n != 1 {
			t.Errorf("completions %v", n)
		}
		for kind, want := range map[string]float64{"prompt": 9, "reused": 5, "computed": 4, "completion": 2} {
			if n := testutil.ToFloat64(m.tokens.WithLabelValues(kind)); n != want {
				t.Errorf("%s tokens %v, want %v", kind, n, want)
			}
		}
	})
}

func TestOutcomes(t *testing.T) {
	leave := errors.New("leave")
	for _, c := range []struct {
		name  string
		steps steps
		leave bool
		want  string
	}{
		{"text", steps{{0, infer.Delta{Text: "a", Stop: infer.StopEnd}, nil}}, false, "ok"},
		{"nothing", steps{{0, infer.Delta{Stop: infer.StopFinished, Why: infer.WhyFiltered}, nil}}, false, "empty"},
		{"left", steps{{0, infer.Delta{Text: "a"}, nil}, {0, infer.Delta{Text: "b"}, nil}}, true, "cancelled"},
		{"cancelled", steps{{0, infer.Delta{Text: "a"}, nil}, {0, infer.Delta{}, context.Canceled}}, false, "cancelled"},
		{"quota", steps{{0, infer.Delta{}, &infer.RetryError{Err: infer.ErrQuota}}}, true, "quota"},
		{"overloaded", steps{{0, infer.Delta{}, &infer.RetryError{Err: infer.ErrOverloaded}}}, false, "overloaded"},
		{"loading", steps{{0, infer.Delta{}, infer.ErrLoading}}, false, "loading"},
		{"runtime", steps{{0, infer.Delta{}, infer.ErrRuntime}}, false, "error"},
		{"other", steps{{0, infer.Delta{}, leave}}, false, "error"},
	} {
		m := New(Sources{})
		for range m.Wrap(c.steps).Generate(t.Context(), infer.Request{}) {
			if c.leave {
				break
			}
		}
		s := m.Snapshot().Requests
		if s.ByOutcome[c.want] != 1 || len(s.ByOutcome) != 1 || s.Running != 0 {
			t.Errorf("%s: %+v, want %s", c.name, s, c.want)
		}
	}
}

func TestCachedAnswersAreTheCaches(t *testing.T) {
	m := New(Sources{})
	for range m.Wrap(steps{{0, infer.Delta{Text: "a", Cached: true, Stop: infer.StopEnd, Usage: &infer.Usage{PromptTokens: 9}}, nil}}).Generate(t.Context(), premium) {
	}
	if n := testutil.ToFloat64(m.completions.WithLabelValues("session", "premium", "cache", "ok")); n != 1 {
		t.Errorf("%v", n)
	}
	if n := testutil.ToFloat64(m.tokens.WithLabelValues("prompt")); n != 0 {
		t.Errorf("tokens of a cached answer were counted: %v", n)
	}
}

func TestPercentilesAreOfTheLastSamples(t *testing.T) {
	w := &window{}
	for range windowSize {
		w.add(1e6) // forgotten below
	}
	for i := range windowSize {
		w.add(float64(i + 1))
	}
	if p := w.percentiles(); p != (Percentiles{2 * windowSize, 2048, 3892, 4056}) {
		t.Errorf("%+v", p)
	}
	if p := (&window{}).percentiles(); p != (Percentiles{}) {
		t.Errorf("empty: %+v", p)
	}
}

func TestLabelsComeFromLists(t *testing.T) {
	m := New(Sources{})
	m.HTTP("/x", "BREW", http.StatusTeapot, time.Second)
	m.HTTP("/stream", http.MethodGet, http.StatusSwitchingProtocols, time.Hour)
	if m.Feedback("made-up", "go", "m", nil) {
		t.Error("an unknown event was counted")
	}
	yes := true
	m.Feedback(EventRetained2m, "klingon", "m", &yes)
	w := httptest.NewRecorder()
	m.Prometheus().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	for _, want := range []string{`inkling_http_requests_total{method="other",route="/x",status="418"} 1`,
		`inkling_feedback_total{cached="true",event="retained_2m",language="other",model="m"} 1`, `inkling_http_requests_total{method="GET",route="/stream",status="101"} 1`, "inkling_completions_running 0", "go_goroutines"} {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("no %s", want)
		}
	}
	if strings.Contains(w.Body.String(), `http_request_seconds_count{route="/stream"}`) {
		t.Error("a session was timed as a request")
	}
	if strings.Contains(w.Body.String(), "inkling_engine_rows") {
		t.Error("a source that is not there was told of")
	}
}
