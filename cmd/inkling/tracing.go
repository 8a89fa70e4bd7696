package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"go.uber.org/zap"

	"inkling/contexts"
	"inkling/infer"
	"inkling/serving/trace"
)

// openTracer starts sending spans where an endpoint is configured; nil where none is.
func openTracer(c servingConfig, log *zap.Logger) (*trace.Tracer, error) {
	if c.TraceEndpoint == "" {
		return nil, nil
	}
	instance, err := os.Hostname()
	if err != nil {
		return nil, fmt.Errorf("the name of this machine: %w", err)
	}
	tracer, err := trace.Open(context.Background(), trace.Config{Endpoint: c.TraceEndpoint, Service: c.TraceService, Version: version,
		Instance: fmt.Sprintf("%s-%d", instance, os.Getpid()), Log: log})
	if err != nil {
		return nil, fmt.Errorf("OTEL_EXPORTER_OTLP_ENDPOINT: %w", err)
	}
	return tracer, nil
}

// clocked is a builder that notes when it was asked and when it was done, for traces.
type clocked struct{ *contexts.Builder }

// Request makes a request as the builder does.
func (b clocked) Request(p contexts.Place, opts infer.Options) (infer.Request, error) {
	began := time.Now()
	req, err := b.Builder.Request(p, opts)
	req.Began, req.Prompted = began, time.Now()
	return req, err
}
