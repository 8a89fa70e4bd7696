package remote

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/openai/openai-go/v3/option"

	"inkling/infer"
)

// inMemory makes an engine whose one upstream is a function: nothing is dialled.
func inMemory(t *testing.T, answer func(r *http.Request) *http.Response) *Engine {
	t.Helper()
	e := engine(t, func(c *Config) { c.Attempts, c.Stall = 1, 0 }, "http://upstream/v1")
	u := e.upstreams[0]
	u.completions.Options = append(u.completions.Options, option.WithMiddleware(func(r *http.Request, _ option.MiddlewareNext) (*http.Response, error) {
		return answer(r), nil
	}))
	return e
}

// stream is an answer of status 200.
func stream(body io.ReadCloser) *http.Response {
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"text/event-stream"}}, Body: body}
}

func TestOnlySoManyRequestsRunAtOnce(t *testing.T) {
	e := engine(t, nil, answers(t, func(w http.ResponseWriter, _ *http.Request) { says(w, "hello") }))
	running := 0
	var next func()
	next = func() {
		for _, err := range e.Generate(t.Context(), ask) {
			if err != nil {
				if running != 64 || !errors.Is(err, infer.ErrOverloaded) {
					t.Errorf("while %d run: %v", running, err)
				}
				return
			}
			if running++; running < 66 {
				next()
			}
			return
		}
	}
	if next(); running != 64 {
		t.Errorf("%d ran at once", running)
	}
}

func TestARequestIsTriedOnlySoOften(t *testing.T) {
	for failures, answered := range map[int32]bool{2: true, 3: false} {
		var asked atomic.Int32
		url := answers(t, func(w http.ResponseWriter, _ *http.Request) {
			if asked.Add(1) <= failures {
				w.WriteHeader(http.StatusBadGateway)
				return
			}
			says(w, "hello")
		})
		_, _, err := collect(t.Context(), engine(t, func(c *Config) { c.Failures = 100 }, url), ask)
		if (err == nil) != answered || asked.Load() != 3 {
			t.Errorf("after %d failures: %v, asked %d times", failures, err, asked.Load())
		}
	}
}

func TestAnUpstreamThatKeepsFailingIsLeftAloneForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		e := inMemory(t, func(*http.Request) *http.Response {
			asked++
			return &http.Response{StatusCode: http.StatusBadGateway, Body: http.NoBody}
		})
		for _, c := range []struct {
			after       time.Duration
			asked       int
			state, says string
		}{
			{0, 1, "ok", "502"}, {0, 2, "ok", "502"}, {0, 3, "failed", "502"}, {0, 3, "failed", "every upstream is failing"},
			{5 * time.Second, 3, "failed", "every upstream is failing"}, {1, 4, "failed", "502"},
		} {
			time.Sleep(c.after)
			_, _, err := collect(t.Context(), e, ask)
			if err == nil || !strings.Contains(err.Error(), c.says) || asked != c.asked || e.Stats().State != c.state {
				t.Errorf("asked %d times, %v, %s; want %+v", asked, err, e.Stats().State, c)
			}
		}
	})
}

func TestASilentUpstreamIsWaitedForOnlySoLong(t *testing.T) {
	for takes, answered := range map[time.Duration]bool{20*time.Second - 1: true, 20*time.Second + 1: false} {
		for name, first := range map[string]time.Duration{"the first token": 0, "a further one": 20*time.Second - 1} {
			synctest.Test(t, func(t *testing.T) {
				e := inMemory(t, func(r *http.Request) *http.Response {
					here, there := io.Pipe()
					context.AfterFunc(r.Context(), func() { _ = there.CloseWithError(r.Context().Err()) })
					go func() {
						if first > 0 {
							time.Sleep(first)
							_, _ = io.WriteString(there, chunk("one ", ""))
						}
						time.Sleep(takes)
						_, _ = io.WriteString(there, chunk("two", "length")+"data: [DONE]\n\n") // nobody may be there
						_ = there.Close()
					}()
					return stream(here)
				})
				started := time.Now()
				_, _, err := collect(t.Context(), e, ask)
				took, want := time.Since(started), first+min(takes, 20*time.Second)
				if took != want || (err == nil) != answered || !answered && !errors.Is(err, errStalled) {
					t.Errorf("%s after %v: %v after %v", name, takes, err, took)
				}
				time.Sleep(time.Second) // what was waited for comes
			})
		}
	}
}

func TestARequestThatNamesNoNumberIsForSoManyTokens(t *testing.T) {
	var body []byte
	e := inMemory(t, func(r *http.Request) *http.Response {
		body, _ = io.ReadAll(r.Body)
		return stream(io.NopCloser(strings.NewReader(chunk("hello", "length") + "data: [DONE]\n\n")))
	})
	req := ask
	req.Options.MaxTokens = 0
	if _, _, err := collect(t.Context(), e, req); err != nil || !strings.Contains(string(body), `"max_tokens":128,`) {
		t.Errorf("%v: %s", err, body)
	}
}

func TestWhatIsReadWholeOfAnUpstreamHasALimit(t *testing.T) {
	for size, read := range map[int]bool{1 << 20: true, 1<<20 + 1: false} {
		url := answers(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			if r.Method == http.MethodPost {
				w.WriteHeader(http.StatusBadRequest)
			}
			body := `{"data":[{"id":"m"}],"error":{"code":"no"}}`
			_, _ = io.WriteString(w, body+strings.Repeat(" ", size-len(body))) // the client may be gone
		})
		e := engine(t, nil, url)
		if err := e.Check(t.Context()); (err == nil) != read {
			t.Errorf("a list of models of %d bytes: %v", size, err)
		}
		if _, _, err := collect(t.Context(), e, ask); err == nil || strings.Contains(err.Error(), "answered 400") != read {
			t.Errorf("a refusal of %d bytes: %v", size, err)
		}
	}
}

func TestAnUpstreamAsksToBeLeftAloneForAnHourAtMost(t *testing.T) {
	for _, seconds := range []int{3_599, 3_600, 3_601, 1 << 62} {
		url := answers(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", strconv.Itoa(seconds))
			w.WriteHeader(http.StatusServiceUnavailable)
		})
		_, _, err := collect(t.Context(), engine(t, nil, url), ask)
		retry, ok := errors.AsType[*infer.RetryError](err)
		if want := time.Duration(min(seconds, 3_600)) * time.Second; !ok || retry.After != want {
			t.Errorf("%d s: %v, want %v", seconds, err, want)
		}
	}
}
