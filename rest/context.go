package rest

import (
	"net/http"

	"inkling/contexts"
	"inkling/contexts/languages"
	"inkling/contexts/syntax"
)

// contextPath is served only where there is syntax to tell of.
const contextPath = "/api/v1/context"

// ContextRequest asks what is known about the code around a cursor.
type ContextRequest struct {
	Context CompletionContext `json:"context" doc:"Where, and what stands around it"`
}

// ContextResponse is what is known about a place, by syntax. Positions count lines from 0 in the text that previousLines,
// currentLine and nextLines make together.
type ContextResponse struct {
	Language    string          `json:"language"`
	Parsed      bool            `json:"parsed" doc:"False: known without a syntax tree"`
	Repaired    bool            `json:"repaired" doc:"The code is broken here, and was completed to be understood"`
	Region      string          `json:"region" enum:"code,string,comment,import,arguments,parameters,text" doc:"What the cursor is in"`
	Role        string          `json:"role,omitempty" doc:"The finer place"`
	Of          string          `json:"of,omitempty" doc:"What the role belongs to"`
	EmptyBody   bool            `json:"emptyBody" doc:"A block opens before the cursor and has nothing in it"`
	Description string          `json:"description" doc:"What a suggestion here would be"`
	Function    *ContextSymbol  `json:"function,omitempty" doc:"The innermost around the cursor"`
	Class       *ContextSymbol  `json:"class,omitempty" doc:"The innermost around the cursor"`
	Enclosing   []ContextSymbol `json:"enclosing" nullable:"false" doc:"Around the cursor, outermost first"`
	Outline     []ContextSymbol `json:"outline" nullable:"false" doc:"All definitions"`
	Imports     []ContextImport `json:"imports" nullable:"false"`
	Names       []ContextName   `json:"names" nullable:"false" doc:"In scope, innermost first"`
	Status      string          `json:"status" enum:"success"`
}

// ContextSymbol is a function, a type or another definition.
type ContextSymbol struct {
	Kind      string `json:"kind"`
	Name      string `json:"name"`
	Signature string `json:"signature"`
	Line      int    `json:"line" doc:"Of its beginning"`
	EndLine   int    `json:"endLine" doc:"Of its end"`
	Depth     int    `json:"depth" doc:"Of nesting"`
}

// ContextImport is one import, include, use or require.
type ContextImport struct {
	Text string `json:"text"`
	Line int    `json:"line"`
}

// ContextName is a name that may be used at the cursor.
type ContextName struct {
	Name string `json:"name"`
	Kind string `json:"kind"`
	Line int    `json:"line" doc:"Of its definition"`
}

// context answers POST /api/v1/context.
func (s *server) context(w http.ResponseWriter, r *http.Request) {
	var in ContextRequest
	if err := s.decode(w, r, &in); err != nil {
		s.refuseError(w, r, ownShape, err)
		return
	}
	place, _, err := in.Context.place()
	if err != nil {
		s.refuseError(w, r, ownShape, err)
		return
	}
	defer place.Document.Close()
	tree := s.cfg.Syntax.OpenLanguage(languages.For(place.Document.Language, place.Document.URI))
	defer tree.Close()
	text := place.Document.Text()
	analysis := tree.Analyze(text, place.Offset)
	writeJSON(w, http.StatusOK, contextResponse(place.Document, &analysis, tree.Outline(text)))
}

func contextResponse(doc *contexts.Document, a *syntax.Analysis, outline []syntax.Symbol) ContextResponse {
	line := func(offset int) int { return int(doc.Position(offset, contexts.UTF8).Line) }
	symbol := func(s syntax.Symbol) ContextSymbol {
		return ContextSymbol{string(s.Kind), s.Name, s.Signature, line(s.Span.Start), line(s.Span.End), s.Depth}
	}
	optional := func(s *syntax.Symbol) *ContextSymbol {
		if s == nil {
			return nil
		}
		return ref(symbol(*s))
	}
	return ContextResponse{
		Language: a.Language, Parsed: a.Parsed, Repaired: a.Repaired, Region: string(a.Region), Role: string(a.Role), Of: a.Of,
		EmptyBody: a.EmptyBody, Description: a.Describe(), Function: optional(a.Function()), Class: optional(a.Class()),
		Enclosing: each(a.Enclosing, symbol), Outline: each(outline, symbol),
		Imports: each(a.Imports, func(i syntax.Import) ContextImport { return ContextImport{i.Text, line(i.Span.Start)} }),
		Names:   each(a.Names, func(n syntax.Name) ContextName { return ContextName{n.Name, string(n.Kind), line(n.Offset)} }),
		Status:  "success",
	}
}

// each maps a list; the result is never nil, so that it is never null in JSON.
func each[A, B any](in []A, f func(A) B) []B {
	out := make([]B, 0, len(in))
	for _, v := range in {
		out = append(out, f(v))
	}
	return out
}
