package rest

import (
	"testing"

	"inkling/contexts/syntax"
)

func TestContextTellsWhatIsAroundTheCursor(t *testing.T) {
	cfg := configFor(fibonacci)
	cfg.Syntax = syntax.NewPool(syntax.Config{})
	t.Cleanup(cfg.Syntax.Close)
	srv := serve(t, cfg)
	const body = `{"context":{"language":"python","position":{"line":5,"column":99},"previousLines":["import os","","class Tree:","    def grow(self, by):","        height = 1"],"currentLine":"        return ","nextLines":["","def other(): pass"]}}`
	r := post(t, srv.URL+"/api/v1/context", body)
	if r.status != 200 {
		t.Fatalf("%d %s", r.status, r.body)
	}
	got := into[ContextResponse](t, r)
	if got.Function == nil || got.Function.Name != "grow" || got.Function.Line != 3 || got.Class == nil || got.Class.Name != "Tree" {
		t.Errorf("around the cursor: %s", r.body)
	}
	if len(got.Imports) != 1 || got.Imports[0].Text != "import os" || len(got.Outline) < 3 || got.Description == "" {
		t.Errorf("imports, outline: %s", r.body)
	}
	names := map[string]int{}
	for _, n := range got.Names {
		names[n.Name] = n.Line
	}
	if names["height"] != 4 || names["by"] != 3 {
		t.Errorf("names %v", names)
	}
	wantError(t, post(t, srv.URL+"/api/v1/context", `{"context":{"position":{"line":0}}}`), 400, "missing_field", "context.position.column")
	if trees := cfg.Syntax.Stats().Documents; trees != 0 {
		t.Errorf("%d trees are left open", trees)
	}
}

func TestWithoutSyntaxThereIsNoContextDoor(t *testing.T) {
	srv := serve(t, configFor(fibonacci))
	wantError(t, post(t, srv.URL+"/api/v1/context", `{}`), 404, "not_found", "")
}
