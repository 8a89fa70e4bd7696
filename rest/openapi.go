package rest

import (
	"reflect"

	"github.com/danielgtaylor/huma/v2"
)

// spec is the OpenAPI document, made from the Go types of this package, and the schemas that requests are checked by:
// what is documented and what is enforced are one.
type spec struct {
	api huma.OpenAPI
}

func (d *spec) registry() huma.Registry { return d.api.Components.Schemas }

// newSpec makes the schemas, with the limits of this server in them.
func newSpec(version string, limits Limits) *spec {
	d := &spec{api: huma.OpenAPI{
		OpenAPI:    "3.1.0",
		Info:       &huma.Info{Title: "Inkling", Version: version, Description: "Code completion, self-hosted."},
		Components: &huma.Components{Schemas: huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer)},
	}}
	for _, t := range []any{CompletionRequest{}, CompletionResponse{}, ErrorResponse{}} {
		d.registry().Schema(reflect.TypeOf(t), true, "")
	}
	d.limit(limits)
	return d
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

// ref returns a pointer to v.
func ref[T any](v T) *T { return &v }
