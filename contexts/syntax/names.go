package syntax

import (
	"slices"
	"strings"

	sitter "github.com/tree-sitter/go-tree-sitter"
)

// Bounds of the search for names in scope, which keep an analysis of a large file short. Depths count from the scope's
// own node to where a pattern of variables.scm begins.
const (
	functionTailBytes = 16 << 10 // of a function before the cursor
	functionHeadBytes = 2 << 10  // of a function's start, where its parameters are
	typeHeadBytes     = 4 << 10  // of a type's start, where a constructor sets fields
	typeHeadDepth     = 6
	typeDepth         = 3        // to members elsewhere in a type
	rootDepth         = 2        // to what a module defines; not into functions
	rootHeadBytes     = 8 << 10  // of a module's start, where its imports are
	outerBeforeBytes  = 16 << 10 // before the cursor, in types and modules
	outerAfterBytes   = 6 << 10  // after it
	nearBytes         = 2 << 10  // before the cursor, in a module's own statements at any depth
)

// bound is a capture of a language's variables.scm.
type bound struct {
	span   Span
	id     uintptr // of a scope's node; two nodes may have the same span
	scope  bool    // a scope, else a name
	class  bool    // of a scope: its names are members
	kind   Kind
	outer  bool // the name belongs to the scope around the one that it stands in
	member bool // the name belongs to the innermost type around
}

// scope is one scope around the cursor.
type scope struct {
	node  sitter.Node
	span  Span
	class bool
}

// names returns the names in scope at the cursor, at most MaxNames, nearest first.
func (v *view) names() []Name {
	q := v.grammar.variables
	if q == nil {
		return nil
	}
	scopes := v.scopesAround(q)
	var inner Span
	if len(scopes) > 0 {
		inner = scopes[len(scopes)-1].span
	}
	var all []Name
	seen := map[string]bool{}
	for i := len(scopes) - 1; i >= 0 && len(all) < MaxNames; i-- {
		for _, n := range v.namesOf(q, scopes[i], i == 0) {
			if !seen[n.Name] && len(all) < MaxNames && !v.unassigned(n, inner) {
				seen[n.Name] = true
				all = append(all, n)
			}
		}
	}
	return all
}

// unassigned reports whether a name is only about to be bound by the assignment that the cursor is in, the innermost
// scope being inner: in a function that is assigned, the function's own name is known.
func (v *view) unassigned(n Name, inner Span) bool {
	for _, a := range v.assigned {
		if a.target.Start <= n.Offset && n.Offset < a.target.End && a.span.Start >= inner.Start && a.span.End <= inner.End {
			return true
		}
	}
	return false
}

// scopesAround returns the scopes that hold the cursor, outermost first.
func (v *view) scopesAround(q *query) []scope {
	anchor := v.anchor()
	var found []scope
	v.eachMatch(q, v.root, anchor, v.offset+1, -1, func(captures []sitter.QueryCapture) bool {
		for i := range captures {
			name := q.captures[captures[i].Index]
			if name != "scope" && name != "scope.class" {
				continue
			}
			s := scope{node: captures[i].Node, span: spanOf(&captures[i].Node), class: name == "scope.class"}
			if s.node.Id() == v.root.Id() || v.encloses(Symbol{Span: s.span, Body: s.span}) {
				found = append(found, s)
			}
		}
		return true
	})
	sortSpans(found, func(s scope) Span { return s.span })
	return slices.CompactFunc(found, func(a, b scope) bool { return a.node.Id() == b.node.Id() })
}

// namesOf returns the names that one scope binds, the nearest above the cursor first, then those below it where the
// scope knows names before they are defined.
func (v *view) namesOf(q *query, s scope, root bool) []Name {
	var found []bound
	collect := func(start, end, depth int) {
		v.eachMatch(q, &s.node, start, end, depth, func(captures []sitter.QueryCapture) bool {
			found = appendBound(found, q, captures)
			return true
		})
	}
	low, high := max(s.span.Start, v.offset-outerBeforeBytes), min(s.span.End, v.offset+outerAfterBytes)+1
	switch {
	case s.class:
		collect(s.span.Start, min(s.span.Start+typeHeadBytes, high), typeHeadDepth)
		collect(low, high, typeDepth)
	case root:
		if low > s.span.Start {
			collect(s.span.Start, min(s.span.Start+rootHeadBytes, low), rootDepth)
		}
		collect(low, high, rootDepth)
		collect(max(s.span.Start, v.offset-nearBytes), v.offset, -1)
	default:
		tail := max(s.span.Start, v.offset-functionTailBytes)
		if tail > s.span.Start {
			collect(s.span.Start, min(s.span.Start+functionHeadBytes, tail), -1)
		}
		collect(tail, max(v.offset, tail+1), -1)
	}
	sortSpans(found, func(b bound) Span { return b.span })
	return v.owned(found, s, root)
}

func appendBound(found []bound, q *query, captures []sitter.QueryCapture) []bound {
	for i := range captures {
		name := q.captures[captures[i].Index]
		if name[0] == '_' {
			continue
		}
		b := bound{span: spanOf(&captures[i].Node)}
		switch name {
		case "scope", "scope.class":
			b.scope, b.class, b.id = true, name == "scope.class", captures[i].Node.Id()
		default:
			name, b.outer = strings.CutPrefix(name, "outer.")
			name, b.member = strings.CutPrefix(name, "member.")
			b.kind = Kind(name)
		}
		found = append(found, b)
	}
	return found
}

// owned keeps of the captures, which are in order, the names that belong to s itself.
func (v *view) owned(found []bound, s scope, root bool) []Name {
	var above, below []Name
	open := []bound{{span: s.span, scope: true, class: s.class}}
	for _, b := range found {
		for len(open) > 1 && open[len(open)-1].span.End <= b.span.Start {
			open = open[:len(open)-1]
		}
		if b.scope {
			if b.id != s.node.Id() && !slices.ContainsFunc(open, func(o bound) bool { return o.id == b.id }) {
				open = append(open, b)
			}
			continue
		}
		if !ownedBy(open, b) || b.span.End <= b.span.Start || b.span.End > len(v.text) {
			continue
		}
		n := Name{Name: v.text[b.span.Start:b.span.End], Kind: memberKind(b, s), Offset: b.span.Start}
		switch {
		case b.span.End <= v.offset:
			above = append(above, n)
		case root || s.class:
			below = append(below, n)
		}
	}
	slices.Reverse(above)
	return append(above, below...)
}

// ownedBy reports whether a name belongs to the first of the open scopes.
func ownedBy(open []bound, b bound) bool {
	depth := len(open) - 1
	switch {
	case b.member:
		for depth > 0 && !open[depth].class {
			depth--
		}
		return depth == 0 && open[0].class
	case b.outer:
		return depth == 1
	}
	return depth == 0
}

func memberKind(b bound, s scope) Kind {
	if s.class {
		switch b.kind {
		case Variable:
			return Field
		case Function:
			return Method
		}
	}
	return b.kind
}
