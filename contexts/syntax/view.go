package syntax

import (
	"cmp"
	"slices"
	"strings"
	"time"

	sitter "github.com/tree-sitter/go-tree-sitter"

	"inkling/contexts/languages"
)

// view is one tree, its text and a cursor in it, while a question is answered.
type view struct {
	grammar   *grammar
	root      *sitter.Node
	text      string
	offset    int
	deadline  time.Time     // on the clock, after which no query runs on
	until     time.Duration // likewise of the processor, by
	processor func() time.Duration
	late      bool // one did
	enclosing []Symbol
	assigned  []assigned // the assignments around the cursor
}

// assigned is an assignment and the names that it gives a value to, which they do not have in it.
type assigned struct{ span, target Span }

// fill answers everything but what needs no tree.
func (v *view) fill(a *Analysis, named bool) {
	a.Enclosing = v.enclosing
	a.Imports = v.imports()
	v.place(a)
	if named {
		a.Names = v.names()
	}
	facts := v.grammar.language.Facts
	switch a.Region {
	case InCode:
		a.EmptyBody = a.Role != RoleLiteral && a.Role != RoleSubscript && emptyBody(v.text, v.offset, facts)
	}
	a.ownBody = a.EmptyBody && v.inOwnBody()
	if node := v.root.NamedDescendantForByteRange(uint(v.anchor()), uint(max(v.offset, v.anchor()))); node != nil {
		a.Node = node.Kind()
	}
}

// inOwnBody reports whether nothing but what opens it stands between the start of the innermost symbol's body and the
// cursor.
func (v *view) inOwnBody() bool {
	if len(v.enclosing) == 0 {
		return false
	}
	body := v.enclosing[len(v.enclosing)-1].Body
	if body.Start == body.End || body.Start >= v.offset {
		return true
	}
	return strings.Trim(v.text[body.Start:v.offset], " \t\r\n{:[(=") == ""
}

// anchor returns the offset of the last byte before the cursor that is not white space, or the cursor's where there
// is none: what stands there tells where a cursor in white space belongs.
func (v *view) anchor() int {
	trimmed := strings.TrimRight(v.text[:v.offset], " \t\r\n\v\f")
	if trimmed == "" {
		return v.offset
	}
	return len(trimmed) - 1
}

// lineBlank reports whether the cursor has only white space before it on its line, and the width of that.
func (v *view) lineBlank() (bool, int) {
	start := lineStart(v.text, v.offset)
	prefix := v.text[start:v.offset]
	return strings.TrimLeft(prefix, " \t") == "", width(prefix)
}

func lineStart(text string, offset int) int { return strings.LastIndexByte(text[:offset], '\n') + 1 }

// width returns the columns that leading white space takes, a tab going on to the next multiple of eight, which is how
// Python compares them.
func width(line string) int {
	w := 0
	for i := 0; i < len(line); i++ {
		switch line[i] {
		case ' ':
			w++
		case '\t':
			w += 8 - w%8
		default:
			return w
		}
	}
	return w
}

// symbolsAround returns the functions, types and modules around the cursor, outermost first.
func (v *view) symbolsAround() []Symbol {
	anchor := v.anchor()
	symbols := v.symbols(anchor, v.offset+1, true)
	around := symbols[:0]
	for _, s := range symbols {
		if s.Kind.Holds() && v.encloses(s) {
			s.Depth = len(around)
			around = append(around, s)
		}
	}
	return around
}

// encloses reports whether the cursor is in s: between its braces, or by its line's indentation.
func (v *view) encloses(s Symbol) bool {
	if v.offset <= s.Span.Start {
		return false
	}
	if v.grammar.language.Facts.Blocks != languages.Indentation {
		return v.offset < s.Span.End || v.unclosed(s)
	}
	blank, column := v.lineBlank()
	if !blank {
		return v.offset <= s.Span.End || !strings.Contains(v.text[s.Span.End:v.offset], "\n")
	}
	own := width(v.text[lineStart(v.text, s.Span.Start):])
	if column > own {
		return true
	}
	return s.Body.Start == s.Body.End && emptyBody(v.text, v.offset, v.grammar.language.Facts) // right below its header
}

// unclosed reports whether the cursor stands after a symbol without a body's end that still takes it: a lambda's
// expression, or a definition on its own line that the cursor ends.
func (v *view) unclosed(s Symbol) bool {
	if v.offset < s.Span.End || s.Body.Start == s.Body.End {
		return false
	}
	last := v.text[s.Body.End-1]
	return last != '}' && last != ';' && !strings.Contains(v.text[s.Body.End:v.offset], "\n") &&
		strings.TrimSpace(v.text[s.Body.End:v.offset]) == "" && v.grammar.language.Facts.Blocks == languages.Braces
}

// sortSpans orders captures by where they start, the longer first: parents before children.
func sortSpans[T any](items []T, span func(T) Span) {
	slices.SortStableFunc(items, func(a, b T) int {
		sa, sb := span(a), span(b)
		return cmp.Or(cmp.Compare(sa.Start, sb.Start), cmp.Compare(sb.End, sa.End))
	})
}

func spanOf(n *sitter.Node) Span { return Span{Start: int(n.StartByte()), End: int(n.EndByte())} }

// oneLine joins the lines of a text by single spaces and cuts it to MaxSignatureBytes, never inside a character.
func oneLine(text string) string {
	if len(text) > 4*MaxSignatureBytes {
		text = text[:4*MaxSignatureBytes]
	}
	if strings.ContainsAny(text, "\n\r\t") || strings.Contains(text, "  ") {
		text = strings.Join(strings.Fields(text), " ")
	}
	if len(text) <= MaxSignatureBytes {
		return strings.ToValidUTF8(strings.Clone(strings.TrimSpace(text)), "\uFFFD")
	}
	return strings.ToValidUTF8(strings.TrimSpace(text[:MaxSignatureBytes]), "") + "…"
}
