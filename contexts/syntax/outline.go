package syntax

import (
	"math"
	"slices"
	"strings"
	"time"

	sitter "github.com/tree-sitter/go-tree-sitter"
)

// Outline returns the document's symbols in its order, at most MaxSymbols, with their depth of nesting. It is kept until the
// next edit, even where the tree is dropped meanwhile; the caller does not change it. It is nil for plain text.
func (t *Tree) Outline(text string) []Symbol {
	forever := time.Duration(math.MaxInt64)
	symbols, _ := t.OutlineWithin(text, &forever)
	return symbols
}

// OutlineWithin is Outline for whoever asks many documents in one go: what it takes of the processor is taken off left, and once
// nothing is left, it only tells what is known already. It reports false where it did not look, for want of that time or of the
// document's own: asked again later, it may know more.
func (t *Tree) OutlineWithin(text string, left *time.Duration) (symbols []Symbol, looked bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.listed || t.grammar == nil || t.closed {
		return t.outline, true
	}
	if *left <= 0 {
		return nil, false
	}
	done, ok := t.begin()
	if !ok {
		return nil, false
	}
	defer func() { *left -= done() }()
	return t.list(text), true
}

// list makes the outline. The caller holds t.mu.
func (t *Tree) list(text string) []Symbol {
	if !t.parse(text) {
		return nil
	}
	v := t.view(t.native, text, 0)
	symbols := v.symbols(0, len(text)+1, false)
	if t.tooLate(&v) {
		return nil
	}
	nest(symbols)
	if len(symbols) > MaxSymbols {
		symbols = symbols[:MaxSymbols]
	}
	t.outline, t.listed = symbols, true
	return symbols
}

// How deep below the root definitions are looked for in an outline.
const (
	outlineDepth  = 9 // a method of a class in two namespaces; not into every expression
	toplevelDepth = 2
)

// symbols returns the definitions that intersect [start, end), in the text's order, parents before children.
//
// Around a cursor, constants at the top level are left out and the depth is not bounded.
func (v *view) symbols(start, end int, around bool) []Symbol {
	var found []Symbol
	collect := func(q *query, depth int) {
		v.eachMatch(q, v.root, start, end, depth, func(captures []sitter.QueryCapture) bool {
			if s, ok := v.symbol(q, captures); ok {
				found = append(found, s)
			}
			return len(found) < 4*MaxSymbols
		})
	}
	if around {
		collect(v.grammar.outline, -1)
	} else {
		collect(v.grammar.outline, outlineDepth)
		collect(v.grammar.toplevel, toplevelDepth)
	}
	sortSpans(found, func(s Symbol) Span { return s.Span })
	merged := found[:0]
	for _, s := range found { // patterns may overlap: the one that knows more wins
		if n := len(merged); n > 0 && merged[n-1].Span == s.Span {
			merged[n-1] = richer(merged[n-1], s)
			continue
		}
		merged = append(merged, s)
	}
	methods(merged)
	return merged
}

func richer(a, b Symbol) Symbol {
	if !a.Kind.Holds() && b.Kind.Holds() {
		a.Kind = b.Kind
	}
	if a.Body == (Span{}) {
		a.Body, a.Signature = b.Body, b.Signature
	}
	if len(a.Decorators) == 0 {
		a.Decorators = b.Decorators
	}
	return a
}

// symbol makes one symbol of a match.
func (v *view) symbol(q *query, captures []sitter.QueryCapture) (Symbol, bool) {
	var s Symbol
	for i := range captures {
		c := &captures[i]
		span := spanOf(&c.Node)
		switch name := q.captures[c.Index]; name {
		case "name":
			s.Name = oneLine(v.text[span.Start:span.End])
		case "body":
			s.Body = span
		case "opener": // the body begins here and ends with the definition
			s.Body.Start = span.Start
		case "decorator":
			s.Decorators = append(s.Decorators, oneLine(v.text[span.Start:span.End]))
		default:
			if symbolKinds[Kind(name)] {
				s.Kind, s.Span = Kind(name), span
			}
		}
	}
	if s.Kind == "" {
		return s, false
	}
	if s.Body.Start > 0 && s.Body.End == 0 {
		s.Body.End = s.Span.End
	}
	header := s.header()
	s.Signature = signature(v.text[header.Start:header.End])
	return s, true
}

// header returns where the signature stands: up to the body, or the whole where there is none.
func (s *Symbol) header() Span {
	if s.Body.End > s.Body.Start && s.Body.Start >= s.Span.Start {
		return Span{Start: s.Span.Start, End: s.Body.Start}
	}
	return s.Span
}

// signature is the header of a definition on one line, without what opens its body.
func signature(header string) string {
	line := oneLine(header)
	for _, opener := range []string{"{", ":", "=>", "="} {
		if trimmed, ok := strings.CutSuffix(line, opener); ok {
			return strings.TrimSpace(trimmed)
		}
	}
	return strings.TrimSuffix(line, ";")
}

// nest sets the depth of each symbol of an ordered list.
func nest(symbols []Symbol) {
	var open []int // the ends of the symbols around
	for i := range symbols {
		open = slices.DeleteFunc(open, func(end int) bool { return end <= symbols[i].Span.Start })
		symbols[i].Depth = len(open)
		open = append(open, symbols[i].Span.End)
	}
}

// methods calls a function that stands directly inside a type a method. The types around the first symbol are all in
// the list, since a query over a range yields what intersects it.
func methods(symbols []Symbol) {
	var open []*Symbol
	for i := range symbols {
		s := &symbols[i]
		open = slices.DeleteFunc(open, func(o *Symbol) bool { return o.Span.End <= s.Span.Start })
		if s.Kind == Function && len(open) > 0 && typeKinds[open[len(open)-1].Kind] {
			s.Kind = Method
		}
		open = append(open, s)
	}
}
