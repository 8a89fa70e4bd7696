package rest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
)

// documented returns a configuration with every documented path.
func documented(t testing.TB) Config {
	cfg, _, _ := administered(configWithSyntax(t, fibonacci), true)
	return cfg
}

// TestEveryExampleOfTheDocumentWorks reads the served document, sends each example to the path it stands at, and checks
// the answer by the schema of that path.
func TestEveryExampleOfTheDocumentWorks(t *testing.T) {
	cfg := documented(t)
	srv := serve(t, cfg)
	doc := get(t, srv.URL+"/openapi.json")
	tree := object(t, doc.body)
	if at(tree, "openapi") != "3.1.0" {
		t.Fatalf("%.200s", doc.body)
	}
	checker := newSpec("x", Limits{}.withDefaults(), true)
	sent := 0
	for path, item := range at(tree, "paths").(map[string]any) {
		for method, op := range item.(map[string]any) {
			examples, _ := at(op, "requestBody", "content", "application/json", "examples").(map[string]any)
			if examples == nil {
				examples = map[string]any{"": map[string]any{}}
			}
			for name, e := range examples {
				t.Run(method+path+"/"+name, func(t *testing.T) {
					sent++
					var r reply
					body := []byte{}
					if e := at(e, "value"); e != nil {
						var err error
						if body, err = json.Marshal(e); err != nil {
							t.Fatal(err)
						}
					}
					r = send(t, strings.ToUpper(method), srv.URL+filled(op, path), string(body))
					if _, ok := at(op, "responses", strconv.Itoa(r.status)).(map[string]any); !ok || r.status >= 300 {
						t.Fatalf("%d %s", r.status, r.body)
					}
					checkAnswer(t, checker, op, r)
				})
			}
		}
	}
	if sent < len(operations) {
		t.Errorf("%d requests for %d operations", sent, len(operations))
	}
}

// filled puts the examples of an operation's parameters into its path.
func filled(op any, path string) string {
	parameters, _ := at(op, "parameters").([]any)
	for _, p := range parameters {
		path = strings.ReplaceAll(path, fmt.Sprintf("{%v}", at(p, "name")), fmt.Sprint(at(p, "example")))
	}
	return path
}

// checkAnswer validates an answer by the schema that its operation names for its media type.
func checkAnswer(t *testing.T, d *spec, op any, r reply) {
	t.Helper()
	media, _, _ := strings.Cut(r.header.Get("Content-Type"), ";")
	schema, ok := at(op, "responses", strconv.Itoa(r.status), "content", media, "schema").(map[string]any)
	if !ok {
		t.Fatalf("the document does not know the answer's type %q", media)
	}
	if media != "application/json" {
		return
	}
	name, _ := schema["$ref"].(string)
	typ := d.registry().TypeFromRef(name)
	var v any
	if err := json.Unmarshal(r.body, &v); err != nil {
		t.Fatal(err)
	}
	var res huma.ValidateResult
	huma.Validate(d.registry(), d.registry().Schema(typ, true, ""), huma.NewPathBuffer(nil, 0), huma.ModeReadFromServer, v, &res)
	for _, err := range res.Errors {
		t.Errorf("the answer is not as documented: %v in %s", err, r.body)
	}
}

func TestTheDocumentHoldsTheConfiguredLimits(t *testing.T) {
	cfg := documented(t)
	cfg.Limits = Limits{MaxSuggestions: 3, MaxLines: 77}
	tree := object(t, get(t, serve(t, cfg).URL+"/openapi.json").body)
	schemas := at(tree, "components", "schemas")
	if at(schemas, "CompletionRequest", "properties", "max_suggestions", "maximum") != 3.0 || at(schemas, "CompletionContext", "properties", "nextLines", "maxItems") != 77.0 {
		t.Errorf("%v", schemas)
	}
}

func TestStreamedExampleEndsWithTheWholeResponse(t *testing.T) {
	r := post(t, serve(t, documented(t)).URL+"/api/v1/completion", reference, "Accept", "text/event-stream")
	in := bufio.NewReader(bytes.NewReader(r.body))
	for {
		if e := readEvent(t, in); e.name == "completion" {
			if whole := into[CompletionResponse](t, reply{body: []byte(e.data)}); len(whole.Suggestions) != 1 {
				t.Errorf("%+v", whole)
			}
			return
		}
	}
}

func TestDocsPageComesFromHereAlone(t *testing.T) {
	srv := serve(t, documented(t))
	r := get(t, srv.URL+"/docs")
	if r.status != 200 || !strings.Contains(string(r.body), "docs.js") || !strings.Contains(r.header.Get("Content-Security-Policy"), "default-src 'none'") {
		t.Fatalf("%d %v", r.status, r.header)
	}
	for _, file := range []string{"index.html", "docs.js", "docs.css"} {
		body := string(get(t, srv.URL+"/docs/"+file).body)
		if strings.Contains(body, "http://") || strings.Contains(body, "https://") || strings.Contains(body, "<script>") || strings.Contains(body, "style=") || body == "" {
			t.Errorf("%s is empty, foreign or inline", file)
		}
	}
}

// TestLimitsNameFieldsThatExist fails where a field of limit() is renamed.
func TestLimitsNameFieldsThatExist(t *testing.T) {
	d := newSpec("x", Limits{}.withDefaults(), true)
	if d.registry().Map()["CompletionRequest"] == nil || d.registry().TypeFromRef("#/components/schemas/CompletionContext") != reflect.TypeFor[CompletionContext]() {
		t.Error("the schemas have other names")
	}
}
