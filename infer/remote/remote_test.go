package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"inkling/contexts"
	"inkling/infer"
	"inkling/rest"
)

// script says a text word by word, and waits where hold is set.
type script struct {
	text      string
	hold      func(ctx context.Context, word int) error
	cancelled chan struct{} // closed when a generation was cancelled
	once      sync.Once
}

// Generate implements infer.Generator.
func (s *script) Generate(ctx context.Context, req infer.Request) iter.Seq2[infer.Delta, error] {
	return func(yield func(infer.Delta, error) bool) {
		defer func() {
			if ctx.Err() != nil && s.cancelled != nil {
				s.once.Do(func() { close(s.cancelled) })
			}
		}()
		for i := range max(req.Options.Suggestions, 1) {
			f := infer.Finisher(&infer.ReleaseAll{})
			if req.NewFinisher != nil {
				f = req.NewFinisher(i)
			}
			for n, word := range strings.SplitAfter(s.text, " ") {
				if s.hold != nil {
					if err := s.hold(ctx, n); err != nil {
						yield(infer.Delta{}, err)
						return
					}
				}
				v := f.Feed(infer.Piece{Text: word, LogProb: -.5, Tokens: 1})
				if !yield(infer.Delta{Suggestion: i, Raw: word, RawLogProb: -.5, RawTokens: 1, Text: v.Release, LogProb: v.LogProb}, nil) {
					return
				}
			}
			v := f.Flush(infer.StopEnd)
			if !yield(infer.Delta{Suggestion: i, Text: v.Release, LogProb: v.LogProb, Stop: v.Stop, Usage: &infer.Usage{PromptTokens: 5, CompletionTokens: 3}}, nil) {
				return
			}
		}
	}
}

// plain makes a request of a place without a window or a finisher: these tests are not about either.
type plain struct{}

func (plain) Request(p contexts.Place, o infer.Options) (infer.Request, error) {
	text := p.Document.Text()
	return infer.Request{Options: o, Prompt: infer.Prompt{Prefix: text[:p.Offset], Suffix: text[p.Offset:]}}, nil
}

func (plain) Excluded(string) bool { return false }

func (plain) Describe(contexts.Place) string { return "code" }

// second starts another Inkling over a generator.
func second(t *testing.T, gen *script) string {
	t.Helper()
	h, err := rest.New(rest.Config{
		Generator: gen,
		Builder:   plain{},
		Model:     func() infer.Model { return infer.Model{Name: "m"} },
	})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return srv.URL + "/v1"
}

// answers starts an upstream of plain HTTP.
func answers(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return srv.URL
}

func engine(t *testing.T, change func(*Config), urls ...string) *Engine {
	t.Helper()
	cfg := Config{URLs: urls, Model: "m", Stall: 10 * time.Second}
	if change != nil {
		change(&cfg)
	}
	e, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// collect ranges to the end and returns the texts by suggestion.
func collect(ctx context.Context, e *Engine, req infer.Request) (map[int]string, infer.Delta, error) {
	texts, last := map[int]string{}, infer.Delta{}
	for d, err := range e.Generate(ctx, req) {
		if err != nil {
			return texts, last, err
		}
		texts[d.Suggestion] += d.Text
		last = d
	}
	return texts, last, nil
}

var ask = infer.Request{Prompt: infer.Prompt{Prefix: "zero "}, Options: infer.Options{Temperature: .5, MaxTokens: 20}}

func TestASecondInklingGenerates(t *testing.T) {
	e := engine(t, nil, second(t, &script{text: "one two three"}))
	if err := e.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	req := ask
	req.Options.Suggestions = 2
	texts, last, err := collect(t.Context(), e, req)
	if err != nil || texts[0] != "one two three" || texts[1] != texts[0] {
		t.Fatalf("%v %v", texts, err)
	}
	if last.Stop != infer.StopEnd || last.LogProb != -1.5 || last.Usage == nil || last.Usage.CompletionTokens != 3 {
		t.Errorf("%+v %+v", last, last.Usage)
	}
	if s := e.Stats(); s.State != "ok" || s.Requests != 1 || s.PromptTokens != 5 || s.CompletionTokens != 6 || s.RowsBusy != 0 {
		t.Errorf("%+v", s)
	}
}

func TestCancellingEndsTheUpstreamsGeneration(t *testing.T) {
	for _, leave := range []bool{true, false} {
		gen := &script{text: "one two three", cancelled: make(chan struct{})}
		gen.hold = func(ctx context.Context, word int) error {
			if word == 0 {
				return nil
			}
			<-ctx.Done()
			return ctx.Err()
		}
		e := engine(t, nil, second(t, gen))
		ctx, cancel := context.WithCancel(t.Context())
		var last error
		for _, err := range e.Generate(ctx, ask) {
			if last = err; err != nil || leave {
				break
			}
			cancel()
		}
		if !leave && !errors.Is(last, context.Canceled) {
			t.Errorf("%v", last)
		}
		select {
		case <-gen.cancelled:
		case <-time.After(10 * time.Second):
			t.Fatal("the upstream goes on")
		}
		if s := e.Stats(); s.Cancelled != 1 || s.State != "ok" {
			t.Errorf("%+v", s)
		}
		cancel()
	}
}

// firstWord is a finisher that is done after the first word.
type firstWord struct{}

func (firstWord) Feed(p infer.Piece) infer.Verdict {
	return infer.Verdict{Release: strings.TrimSpace(p.Text), Done: true, Stop: infer.StopFinished}
}
func (firstWord) Flush(infer.StopReason) infer.Verdict {
	return infer.Verdict{Done: true, Stop: infer.StopEnd}
}

func TestAFinisherEndsTheUpstreamsGeneration(t *testing.T) {
	gen := &script{text: "one two three", cancelled: make(chan struct{})}
	gen.hold = func(ctx context.Context, word int) error {
		if word == 0 {
			return nil
		}
		<-ctx.Done()
		return ctx.Err()
	}
	req := ask
	req.NewFinisher = func(int) infer.Finisher { return firstWord{} }
	texts, last, err := collect(t.Context(), engine(t, nil, second(t, gen)), req)
	if err != nil || texts[0] != "one" || last.Stop != infer.StopFinished {
		t.Fatalf("%v %+v %v", texts, last, err)
	}
	<-gen.cancelled
}

// chunk is one event of an OpenAI stream.
func chunk(text, finish string) string {
	reason := "null"
	if finish != "" {
		reason = `"` + finish + `"`
	}
	return fmt.Sprintf("data: {\"id\":\"x\",\"object\":\"text_completion\",\"choices\":[{\"index\":0,\"text\":%q,\"finish_reason\":%s,\"logprobs\":null}]}\n\n", text, reason)
}

func says(w http.ResponseWriter, text string) {
	w.Header().Set("Content-Type", "text/event-stream")
	_, _ = io.WriteString(w, chunk(text, "")+chunk("", "length")+"data: [DONE]\n\n")
}

func TestConfigNamesWhatIsWrong(t *testing.T) {
	for _, c := range []struct {
		cfg  Config
		says string
	}{
		{Config{}, "URLs"}, {Config{URLs: []string{"ftp://x"}, Model: "m"}, "ftp://x"}, {Config{URLs: []string{"http://u:secret@"}, Model: "m"}, "URLs"},
		{Config{URLs: []string{"http://x"}}, "Model"}, {Config{URLs: []string{"http://x"}, Model: "m", Attempts: -1}, "Attempts is -1"},
	} {
		if _, err := New(c.cfg); err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%+v: %v", c.cfg, err)
		}
	}
}
