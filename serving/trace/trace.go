// Package trace tells an OpenTelemetry collector where the time of each completion went. It is off unless an endpoint is
// configured.
//
// Its nouns: a [Tracer] sends spans by OTLP over HTTP; its [Tracer.Requests] and [Tracer.Engine] are Generators around the
// others, from which the spans of one request follow:
//
//	completion            from the door to the last delta
//	├─ prompt             its parts are chosen and its tokens counted
//	├─ cache              limits and cache are asked
//	├─ generate           the engine, where the cache had nothing
//	│  ├─ queue           it waits for a row
//	│  ├─ prefill         prompt tokens are computed
//	│  └─ decode          one for each suggestion
//	└─ finish             from the engine's last delta to the door's
//
// Invariants:
//   - No text of a document, prompt or completion, no path and no user is in a span: lengths, counts and times are.
//   - What a collector does not take in time is dropped; requests never wait for it.
//   - The methods of a nil Tracer do nothing.
package trace

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/zap"
)

// ErrEndpoint is wrapped by an error of [Open] for an endpoint that is no address.
var ErrEndpoint = errors.New("trace: the endpoint is no http or https address")

// Config says where spans go. Endpoint is required. Headers, time-outs, sampling and attributes of the resource are the
// exporter's own variables (OTEL_EXPORTER_OTLP_HEADERS, OTEL_TRACES_SAMPLER, OTEL_RESOURCE_ATTRIBUTES, ...).
type Config struct {
	Endpoint string // of the collector, such as http://localhost:4318; /v1/traces is added
	Service  string // its name
	Version  string
	Instance string // tells servers apart
	Log      *zap.Logger
}

// Tracer makes spans. Close it when done.
type Tracer struct {
	provider *sdk.TracerProvider
	tracer   trace.Tracer
}

// parent reads traceparent, as W3C's Trace Context has it.
var parent = propagation.TraceContext{}

// Open starts a tracer. It does not wait for the collector.
func Open(ctx context.Context, c Config) (*Tracer, error) {
	address, err := url.Parse(c.Endpoint)
	if err != nil || address.Host == "" || address.Scheme != "http" && address.Scheme != "https" {
		return nil, fmt.Errorf("%w: %q", ErrEndpoint, c.Endpoint)
	}
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(strings.TrimRight(c.Endpoint, "/")+"/v1/traces"))
	if err != nil {
		return nil, fmt.Errorf("trace: %w", err)
	}
	from, err := resource.New(ctx, resource.WithAttributes(attribute.String("service.name", c.Service),
		attribute.String("service.version", c.Version), attribute.String("service.instance.id", c.Instance)), resource.WithFromEnv())
	if err != nil {
		return nil, errors.Join(fmt.Errorf("trace: OTEL_RESOURCE_ATTRIBUTES: %w", err), exporter.Shutdown(ctx))
	}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { c.Log.Warn("spans were not sent", zap.Error(err)) }))
	provider := sdk.NewTracerProvider(sdk.WithBatcher(exporter), sdk.WithResource(from))
	return &Tracer{provider: provider, tracer: provider.Tracer("inkling")}, nil
}

// closeTime is for the last spans to be taken.
const closeTime = 2 * time.Second

// Close sends what is left and ends the tracer's goroutine.
func (t *Tracer) Close() error {
	if t == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeTime)
	defer cancel()
	if err := t.provider.Shutdown(ctx); err != nil {
		return fmt.Errorf("trace: sending the last spans: %w", err)
	}
	return nil
}

// Handler takes over the trace of a request that brings one (traceparent).
func (t *Tracer) Handler(next http.Handler) http.Handler {
	if t == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(parent.Extract(r.Context(), propagation.HeaderCarrier(r.Header))))
	})
}
