package syntax

import (
	"strings"

	sitter "github.com/tree-sitter/go-tree-sitter"
)

// place finds the innermost place around the cursor.
func (v *view) place(a *Analysis) {
	q := v.grammar.places
	anchor := v.anchor()
	best, bestSpan := Role(""), Span{Start: -1, End: len(v.text) + 1}
	var of string
	imported := false
	v.eachMatch(q, v.root, min(anchor, v.offset), v.offset+1, -1, func(captures []sitter.QueryCapture) bool {
		var role Role
		var span, target Span
		for i := range captures {
			switch name := q.captures[captures[i].Index]; {
			case name == "of":
				target = spanOf(&captures[i].Node)
			case name[0] != '_':
				role, span = Role(name), spanOf(&captures[i].Node)
			}
		}
		if role == RoleAssignment && span.Start < v.offset && v.offset <= span.End {
			v.assigned = append(v.assigned, assigned{span, target})
		}
		if role == "" || !v.inside(role, span, anchor) {
			return true
		}
		imported = imported || role == RoleImport
		if !closer(role, span, best, bestSpan) || span == bestSpan && role == best && target.End == 0 {
			return true
		}
		best, bestSpan, of = role, span, ""
		if target.End > target.Start {
			of = oneLine(v.text[target.Start:target.End])
		}
		return true
	})
	if role, body := v.bodyRole(); role != "" && (best == "" || body.Start > bestSpan.Start) {
		best, of = role, ""
	}
	if imported && best == RoleString {
		best = RoleImport // the path of an import
	}
	a.Role, a.Of = best, of
	a.Region = best.region()
}

// bodyRole returns the place that the innermost symbol around the cursor makes, where the cursor is past its header.
func (v *view) bodyRole() (Role, Span) {
	if len(v.enclosing) == 0 {
		return "", Span{}
	}
	s := v.enclosing[len(v.enclosing)-1]
	switch {
	case s.Body == Span{} || v.offset < s.Body.Start:
		return "", Span{}
	case typeKinds[s.Kind]:
		return RoleClassBody, s.Body
	}
	return RoleBody, s.Body
}

// closer tells whether a place lies inside the best one so far; of two at the same node, text wins over code.
func closer(role Role, span Span, best Role, bestSpan Span) bool {
	if span == bestSpan {
		return role.region() != InCode || best.region() == InCode
	}
	return span.Start >= bestSpan.Start && span.End <= bestSpan.End || span.Start > bestSpan.Start
}

// inside reports whether the cursor is in a place. At the end of its text a place is left where a bracket, a quote or
// a semicolon closes it; a statement goes on to the end of its line.
func (v *view) inside(role Role, span Span, anchor int) bool {
	switch {
	case v.offset <= span.Start:
		return v.offset == span.Start && role.expression()
	case v.offset < span.End:
		return true
	case span.End == span.Start:
		return false
	case role == RoleComment:
		return v.offset == span.End && v.lineComment(span)
	case role.bracketed():
		return v.offset == span.End && !closes(v.text[span.Start:span.End])
	}
	between := v.text[span.End:v.offset]
	return anchor < span.End && !strings.Contains(between, "\n") && v.text[span.End-1] != ';'
}

func (v *view) lineComment(span Span) bool {
	facts := v.grammar.language.Facts
	text := v.text[span.Start:span.End]
	if block := facts.BlockComment; block[0] != "" && strings.HasPrefix(text, block[0]) {
		return !strings.HasSuffix(text, block[1])
	}
	return !strings.HasSuffix(text, "\n")
}

// closes reports whether a bracketed text ends with what closes it.
func closes(text string) bool {
	return len(text) > 1 && strings.IndexByte(")]}\"'`>", text[len(text)-1]) >= 0
}
