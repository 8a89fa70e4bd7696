package rest

import (
	"fmt"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
)

// spec is the OpenAPI document, made from the Go types of this package, and the schemas that requests are checked by:
// what is documented and what is enforced are one.
type spec struct {
	api huma.OpenAPI
}

func (d *spec) registry() huma.Registry { return d.api.Components.Schemas }

// newSpec makes the document, with the limits of this server in it.
func newSpec(version string, limits Limits, syntax bool) *spec {
	d := &spec{api: huma.OpenAPI{
		OpenAPI: "3.1.0",
		Info: &huma.Info{Title: "Inkling", Version: version,
			Description: "Self-hosted code completion. Sessions are served over WebSocket at /api/v1/stream, by the Language Server Protocol.",
			License:     &huma.License{Name: "MIT", Identifier: "MIT"}},
		Components: &huma.Components{
			Schemas: huma.NewMapRegistry("#/components/schemas/", schemaName),
			SecuritySchemes: map[string]*huma.SecurityScheme{
				"bearer": {Type: "http", Scheme: "bearer", Description: "Needed where the server has keys"},
				"apiKey": {Type: "apiKey", In: "header", Name: "X-API-Key"},
			},
		},
		Security: []map[string][]string{{}, {"bearer": {}}, {"apiKey": {}}},
	}}
	for _, o := range operations {
		if o.path == contextPath && !syntax {
			continue
		}
		d.add(o)
	}
	d.limit(limits)
	return d
}

// schemaName keeps names of package metrics apart from this one's.
func schemaName(t reflect.Type, hint string) string {
	name := huma.DefaultSchemaNamer(t, hint)
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.PkgPath() == "inkling/rest/metrics" {
		return "Metrics" + name
	}
	return name
}

// limit writes the configured limits into the schemas.
func (d *spec) limit(l Limits) {
	all := d.registry().Map()
	request, context := all["CompletionRequest"], all["CompletionContext"]
	request.Properties["max_suggestions"].Maximum = ref(float64(l.MaxSuggestions))
	request.Properties["max_tokens"].Maximum = ref(float64(l.MaxTokens))
	request.Properties["temperature"].Maximum = ref(l.MaxTemperature)
	context.Properties["currentLine"].MaxLength = ref(l.MaxLineLength)
	for _, name := range []string{"previousLines", "nextLines"} {
		context.Properties[name].MaxItems = ref(l.MaxLines)
		context.Properties[name].Items.MaxLength = ref(l.MaxLineLength)
	}
	for _, s := range all {
		s.PrecomputeMessages()
	}
}

// document returns the document as JSON.
func (d *spec) document() ([]byte, error) {
	body, err := marshal(&d.api)
	if err != nil {
		return nil, fmt.Errorf("rest: encode the OpenAPI document: %w", err)
	}
	return body, nil
}

// openAPIDocument answers GET /openapi.json.
func (s *server) openAPIDocument(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(s.openapi) // a failed write means that the client is gone
}

// ref returns a pointer to v.
func ref[T any](v T) *T { return &v }
