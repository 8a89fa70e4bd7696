package remote

import (
	"encoding/json"
	"errors"
	"fmt"
	"inkling/infer"
	"io"
	"net/http"
	"sync/atomic"
	"testing"
	"time"
)

func TestAFailureBeforeTheFirstTokenIsTriedElsewhere(t *testing.T) {
	var failures atomic.Int32
	bad := answers(t, func(w http.ResponseWriter, _ *http.Request) { failures.Add(1); w.WriteHeader(502) })
	good := answers(t, func(w http.ResponseWriter, _ *http.Request) { says(w, "hello") })
	e := engine(t, func(c *Config) { c.Failures = 2; c.RetryAfter = time.Hour }, bad, good)
	for range 10 {
		texts, last, err := collect(t.Context(), e, ask)
		if err != nil || texts[0] != "hello" || last.Stop != infer.StopLength {
			t.Fatalf("%v %+v %v", texts, last, err)
		}
	}
	if failures.Load() != 2 {
		t.Errorf("the failing upstream was asked %d times, want 2 and then no more", failures.Load())
	}
	if s := e.Stats(); s.State != "degraded" {
		t.Errorf("%+v", s)
	}
}

func TestAFailingUpstreamIsTriedAgainAndComesBack(t *testing.T) {
	var healthy atomic.Bool
	url := answers(t, func(w http.ResponseWriter, _ *http.Request) {
		if !healthy.Load() {
			w.WriteHeader(500)
			return
		}
		says(w, "hello")
	})
	down := engine(t, func(c *Config) { c.Failures = 1; c.Attempts = 1; c.RetryAfter = time.Hour }, url)
	if _, _, err := collect(t.Context(), down, ask); !errors.Is(err, infer.ErrRuntime) || down.Stats().State != "failed" {
		t.Errorf("%v %+v", err, down.Stats())
	}
	if _, _, err := collect(t.Context(), down, ask); !errors.Is(err, infer.ErrRuntime) {
		t.Errorf("%v", err)
	}
	back := engine(t, func(c *Config) { c.Failures = 1; c.Attempts = 1; c.RetryAfter = time.Nanosecond }, url)
	if _, _, err := collect(t.Context(), back, ask); err == nil {
		t.Error("no error")
	}
	healthy.Store(true)
	if texts, _, err := collect(t.Context(), back, ask); err != nil || texts[0] != "hello" || back.Stats().State != "ok" {
		t.Errorf("%v %v %+v", texts, err, back.Stats())
	}
}

func TestNothingIsTriedAgainAfterTheFirstToken(t *testing.T) {
	var asked atomic.Int32
	url := answers(t, func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, chunk("half ", ""))
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	})
	texts, _, err := collect(t.Context(), engine(t, nil, url), ask)
	if !errors.Is(err, infer.ErrRuntime) || texts[0] != "half " || asked.Load() != 1 {
		t.Errorf("%v %v, asked %d times", texts, err, asked.Load())
	}
}

func TestFieldsThatAnUpstreamRefusesAreLeftOut(t *testing.T) {
	var bodies []map[string]any
	url := answers(t, func(w http.ResponseWriter, r *http.Request) {
		var body map[string]any
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			t.Error(err)
		}
		bodies = append(bodies, body)
		for _, field := range []string{"suffix", "logprobs", "top_k"} {
			if body[field] != nil {
				w.WriteHeader(400)
				fmt.Fprintf(w, `{"error":{"message":"%s is not currently supported","type":"BadRequestError"}}`, field)
				return
			}
		}
		says(w, "hello")
	})
	req := ask
	req.Prompt.Suffix, req.Options.TopK, req.Options.Stop = "after", 5, []string{"x"}
	e := engine(t, nil, url)
	for range 2 {
		if texts, _, err := collect(t.Context(), e, req); err != nil || texts[0] != "hello" {
			t.Fatalf("%v %v", texts, err)
		}
	}
	if e.Model().FillInMiddle {
		t.Error("the suffix is still made room for")
	}
	if len(bodies) != 5 {
		t.Fatalf("%d requests, want 4 to learn and 1 that knows", len(bodies))
	}
	first, last := bodies[0], bodies[4]
	if first["suffix"] != "after" || first["top_k"] != 5.0 || first["logprobs"] != 1.0 || first["max_tokens"] != 20.0 {
		t.Errorf("first %v", first)
	}
	if last["prompt"] != "zero " || last["temperature"] != .5 || last["stream"] != true || last["stop"] == nil {
		t.Errorf("last %v", last)
	}
}

func TestASuffixIsNotSentWhereItIsRefusedOrSwitchedOff(t *testing.T) {
	for _, off := range []bool{false, true} {
		sent := 0
		url := answers(t, func(w http.ResponseWriter, r *http.Request) {
			var body map[string]any
			if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
				t.Error(err)
			}
			if body["suffix"] == nil {
				says(w, "hello")
				return
			}
			sent++
			w.WriteHeader(400)
			_, _ = io.WriteString(w, `{"error":{"message":"model does not support insert"}}`) // as Ollama has it
		})
		req := ask
		req.Prompt.Suffix = "after"
		e := engine(t, func(c *Config) { c.NoSuffix = off }, url)
		if e.Model().FillInMiddle == off {
			t.Errorf("switched off %v, model %+v", off, e.Model())
		}
		if texts, _, err := collect(t.Context(), e, req); err != nil || texts[0] != "hello" {
			t.Fatalf("%v %v", texts, err)
		}
		if want := map[bool]int{false: 1, true: 0}[off]; sent != want || e.Model().FillInMiddle {
			t.Errorf("switched off %v: sent %d times, want %d; %+v", off, sent, want, e.Model())
		}
	}
}

func TestAnUpstreamsLimitsAreToldWithTheirTime(t *testing.T) {
	url := answers(t, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Retry-After", "7"); w.WriteHeader(429) })
	_, _, err := collect(t.Context(), engine(t, func(c *Config) { c.Attempts = 1 }, url), ask)
	retry, ok := errors.AsType[*infer.RetryError](err)
	if !ok || !errors.Is(err, infer.ErrOverloaded) || retry.After != 7*time.Second {
		t.Errorf("%v", err)
	}
	bad := answers(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(404) })
	e := engine(t, nil, bad)
	if _, _, err := collect(t.Context(), e, ask); !errors.Is(err, infer.ErrRuntime) || e.Stats().State != "ok" {
		t.Errorf("%v %+v: what the request is to blame for is no failure of the upstream", err, e.Stats())
	}
}

func TestAnUpstreamThatSaysNothingIsGivenUp(t *testing.T) {
	silent := answers(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
	good := answers(t, func(w http.ResponseWriter, _ *http.Request) { says(w, "hello") })
	e := engine(t, func(c *Config) { c.Stall = 50 * time.Millisecond }, silent, good)
	e.next.Store(1) // the silent one's turn is next
	if texts, _, err := collect(t.Context(), e, ask); err != nil || texts[0] != "hello" {
		t.Errorf("%v %v", texts, err)
	}
}

func TestMoreThanTheLimitAtOnceIsRefused(t *testing.T) {
	e := engine(t, func(c *Config) { c.MaxConcurrent = 1 }, second(t, &script{text: "one two"}))
	for range e.Generate(t.Context(), ask) {
		_, _, err := collect(t.Context(), e, ask)
		if !errors.Is(err, infer.ErrOverloaded) {
			t.Errorf("%v", err)
		}
		break
	}
	if _, _, err := collect(t.Context(), e, ask); err != nil {
		t.Errorf("the place was not given back: %v", err)
	}
}
