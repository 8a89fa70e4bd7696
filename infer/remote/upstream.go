package remote

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/packages/ssestream"
	"github.com/sony/gobreaker/v2"

	"inkling/infer"
)

// Limits of what an upstream says.
const (
	maxWholeBytes = 1 << 20   // of an answer that is read whole: a refusal, or a list of models
	maxRetryAfter = time.Hour // that it may ask to be left alone
)

// upstream is one server.
type upstream struct {
	url         string
	completions openai.CompletionService
	models      openai.ModelService
	breaker     *gobreaker.TwoStepCircuitBreaker[struct{}]
	stall       time.Duration
	without     [features]atomic.Bool // fields that the server refused: not sent again
}

// feature is a field of the request that not every server takes.
type feature int

const (
	suffixField feature = iota
	logProbsField
	usageField
	topKField
	penaltyField
	seedField
	features
)

// fieldNames are how a server's refusal names the features. Ollama calls a suffix "insert".
var fieldNames = [features][]string{{"suffix", "support insert"}, {"logprobs"}, {"stream_options"}, {"top_k"}, {"repetition_penalty"}, {"seed"}}

func newUpstream(base string, cfg Config) *upstream {
	opts := []option.RequestOption{option.WithBaseURL(strings.TrimSuffix(base, "/") + "/"), option.WithMaxRetries(0), option.WithMiddleware(bounded)} // retries go elsewhere
	if cfg.Key != "" {
		opts = append(opts, option.WithAPIKey(cfg.Key))
	}
	u := &upstream{
		url: base, completions: openai.NewCompletionService(opts...), models: openai.NewModelService(opts...), stall: cfg.Stall,
		breaker: gobreaker.NewTwoStepCircuitBreaker[struct{}](gobreaker.Settings{
			Name: base, Timeout: cfg.RetryAfter, MaxRequests: 1,
			ReadyToTrip:  func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= uint32(cfg.Failures) },
			IsSuccessful: func(err error) bool { return err == nil || !retriable(err) },
			IsExcluded: func(err error) bool {
				return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, errLeft)
			},
		}),
	}
	u.without[suffixField].Store(cfg.NoSuffix)
	return u
}

// bounded ends what is read whole where it is too long: anything but a stream of tokens, whose messages the client bounds.
func bounded(r *http.Request, next option.MiddlewareNext) (*http.Response, error) {
	answer, err := next(r)
	if err == nil && (r.Method == http.MethodGet || answer.StatusCode != http.StatusOK) {
		answer.Body = http.MaxBytesReader(nil, answer.Body, maxWholeBytes)
	}
	return answer, err
}

// usable reports whether the breaker may let a request through.
func (u *upstream) usable() bool { return u.breaker.State() != gobreaker.StateOpen }

// errStalled is returned when an upstream says nothing for too long.
var errStalled = errors.New("remote: the upstream says nothing")

// try sends a request, and ranges over the answer. Before the first token, fields that the server refuses are left out
// and the request is sent again.
func (u *upstream) try(ctx context.Context, r *run) (err error) {
	done, err := u.breaker.Allow()
	if err != nil {
		return fmt.Errorf("%w: %w", errBusy, err)
	}
	defer func() {
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		done(err)
	}()
	for range features + 1 {
		err = u.stream(ctx, r)
		if r.begun || err == nil || !u.learn(err) {
			return err
		}
	}
	return err
}

// errBusy is returned while the breaker lets no further request through.
var errBusy = errors.New("remote: the upstream is left alone")

// learn reports whether an error refuses a field that had been sent, and remembers it.
func (u *upstream) learn(err error) bool {
	refusal, ok := errors.AsType[*openai.Error](err)
	if !ok || (refusal.StatusCode != http.StatusBadRequest && refusal.StatusCode != http.StatusUnprocessableEntity) {
		return false
	}
	text := strings.ToLower(refusal.Param + " " + refusal.Message + " " + refusal.RawJSON())
	for f, names := range fieldNames {
		named := slices.ContainsFunc(names, func(name string) bool { return strings.Contains(text, name) })
		if named && u.without[f].CompareAndSwap(false, true) {
			return true
		}
	}
	return false
}

// stream sends a request once. A stalled answer is ended by cancelling it.
func (u *upstream) stream(ctx context.Context, r *run) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watch := time.AfterFunc(u.stall, func() { cancel(errStalled) })
	defer watch.Stop()
	answer := u.completions.NewStreaming(ctx, u.params(r), u.extras(r)...)
	defer answer.Close() //nolint:errcheck // closing a body that is read or given up
	err := u.read(answer, r, func() { watch.Reset(u.stall) })
	if errors.Is(context.Cause(ctx), errStalled) {
		return errStalled
	}
	return err
}

func (u *upstream) read(answer *ssestream.Stream[openai.Completion], r *run, heard func()) error {
	for answer.Next() {
		heard()
		if over, err := r.take(answer.Current()); over || err != nil {
			return err
		}
	}
	if err := answer.Err(); err != nil {
		return err
	}
	return r.end()
}

// params is the request in OpenAI's form.
func (u *upstream) params(r *run) openai.CompletionNewParams {
	o := r.req.Options
	p := openai.CompletionNewParams{
		Model:       openai.CompletionNewParamsModel(r.model),
		Prompt:      openai.CompletionNewParamsPromptUnion{OfString: openai.String(promptText(r.req.Prompt))},
		MaxTokens:   openai.Int(int64(r.maxTokens)),
		Temperature: openai.Float(o.Temperature),
	}
	if n := max(o.Suggestions, 1); n > 1 {
		p.N = openai.Int(int64(n))
	}
	if o.TopP > 0 && o.TopP < 1 {
		p.TopP = openai.Float(o.TopP)
	}
	if len(o.Stop) > 0 {
		p.Stop = openai.CompletionNewParamsStopUnion{OfStringArray: o.Stop}
	}
	if r.req.Prompt.Suffix != "" && u.takes(suffixField) {
		p.Suffix = openai.String(r.req.Prompt.Suffix)
	}
	if u.takes(logProbsField) {
		p.Logprobs = openai.Int(1)
	}
	if u.takes(usageField) {
		p.StreamOptions = openai.ChatCompletionStreamOptionsParam{IncludeUsage: openai.Bool(true)}
	}
	if o.Seed != 0 && u.takes(seedField) {
		p.Seed = openai.Int(int64(o.Seed >> 1)) // theirs is signed
	}
	return p
}

// extras are fields that OpenAI does not know, but vLLM, SGLang and llama.cpp do.
func (u *upstream) extras(r *run) []option.RequestOption {
	var opts []option.RequestOption
	if k := r.req.Options.TopK; k > 0 && u.takes(topKField) {
		opts = append(opts, option.WithJSONSet("top_k", k))
	}
	if p := r.req.Options.RepetitionPenalty; p != 0 && p != 1 && u.takes(penaltyField) {
		opts = append(opts, option.WithJSONSet("repetition_penalty", p))
	}
	return opts
}

func (u *upstream) takes(f feature) bool { return !u.without[f].Load() }

// promptText puts the parts together for a vocabulary that is not known: plain text, the least important first.
func promptText(p infer.Prompt) string {
	var b strings.Builder
	for _, s := range p.Snippets {
		b.WriteString(s.Text)
		b.WriteString("\n\n")
	}
	b.WriteString(p.Header)
	b.WriteString(p.Prefix)
	return b.String()
}

// retriable reports whether another try may succeed where this one failed.
func retriable(err error) bool {
	if answer, ok := errors.AsType[*openai.Error](err); ok {
		return answer.StatusCode >= 500 || answer.StatusCode == http.StatusTooManyRequests || answer.StatusCode == http.StatusRequestTimeout
	}
	return true // a connection that failed, a stream that broke, a stall
}

// failure is an error in infer's words. The upstream's own message stays inside, for the log.
func failure(err error, after time.Duration) error {
	answer, ok := errors.AsType[*openai.Error](err)
	if ok && (answer.StatusCode == http.StatusTooManyRequests || answer.StatusCode == http.StatusServiceUnavailable) {
		if answer.Response != nil {
			if s, err := strconv.Atoi(answer.Response.Header.Get("Retry-After")); err == nil && s > 0 {
				after = time.Duration(min(s, int(maxRetryAfter/time.Second))) * time.Second
			}
		}
		return &infer.RetryError{Err: fmt.Errorf("%w: the upstream answered %d", infer.ErrOverloaded, answer.StatusCode), After: after}
	}
	if errors.Is(err, errBusy) {
		return &infer.RetryError{Err: fmt.Errorf("%w: %w", infer.ErrOverloaded, err), After: after}
	}
	if ok {
		return fmt.Errorf("%w: the upstream answered %d (%s)", infer.ErrRuntime, answer.StatusCode, answer.Code)
	}
	return fmt.Errorf("%w: %w", infer.ErrRuntime, err)
}
