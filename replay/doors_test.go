package replay

import (
	"context"
	"iter"
	"net/http/httptest"
	"testing"

	"inkling/contexts"
	"inkling/infer"
	"inkling/rest"
)

// sayer says "bcde" in two tokens.
type sayer struct{}

// Generate implements infer.Generator.
func (sayer) Generate(_ context.Context, req infer.Request) iter.Seq2[infer.Delta, error] {
	return func(yield func(infer.Delta, error) bool) {
		f := infer.Finisher(&infer.ReleaseAll{})
		if req.NewFinisher != nil {
			f = req.NewFinisher(0)
		}
		for _, text := range []string{"bc", "de"} {
			v := f.Feed(infer.Piece{Text: text, LogProb: -.1, Tokens: 1})
			if !yield(infer.Delta{Raw: text, RawTokens: 1, Text: v.Release, LogProb: v.LogProb}, nil) {
				return
			}
		}
		v := f.Flush(infer.StopEnd)
		yield(infer.Delta{Text: v.Release, Stop: v.Stop, Usage: &infer.Usage{PromptTokens: 93, ComputedTokens: 3, ReusedTokens: 90, CompletionTokens: 2}}, nil)
	}
}

// plain makes a prompt of all of a document.
type plain struct{}

func (plain) Request(p contexts.Place, o infer.Options) (infer.Request, error) {
	text := p.Document.Text()
	return infer.Request{Options: o, Prompt: infer.Prompt{Prefix: text[:p.Offset], Suffix: text[p.Offset:]}}, nil
}

func (plain) Excluded(string) bool { return false }

func (plain) Describe(contexts.Place) string { return "code" }

// This server speaks its peers' forms to their editor plugins; the adapters, written apart from it, take it for a peer.
func TestThisServersOwnDoorsAreReadAsPeers(t *testing.T) {
	handler, err := rest.New(rest.Config{Generator: sayer{}, Builder: plain{}, Model: func() infer.Model { return infer.Model{Name: "m", ContextTokens: 2048} }})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	defer server.Close()
	for _, k := range kinds {
		if k.name == "completion" {
			continue // it has no such door
		}
		desk, err := k.peer(server.URL).Sit(t.Context(), &Trace{Path: "pkg/a.py", Language: "python", Text: "x = 1\ny = \nz = 3\n"})
		if err != nil {
			t.Fatal(err)
		}
		a, err := desk.Press(t.Context(), keyAt(0, "a"))
		if err != nil || a.Text != "bcde" || a.First == 0 || a.Whole < a.First {
			t.Errorf("%s: %+v, %v", k.name, a, err)
		}
		if k.name == "infill" && (a.Computed != 3 || a.Reused != 90 || a.Decoded != 2) {
			t.Errorf("%s: %+v", k.name, a)
		}
	}
}
