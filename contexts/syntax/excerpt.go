package syntax

import (
	"cmp"
	"slices"
	"strings"

	sitter "github.com/tree-sitter/go-tree-sitter"
)

// Sizes of an excerpt.
const (
	wholeNodeBytes  = 2 << 10  // a definition up to this size is taken whole
	besideBytes     = 512      // of what stands beside it, before and after it
	headerBytes     = 512      // of what opens, and of what closes, a larger definition around it
	maxExcerptBytes = 24 << 10 // beyond, the whole text is parsed
)

// excerpt is what of a long text a place is understood from: whole lines around it, and those that open and close what
// lies around them. It is made with the help of a tree that is older than the last edits but knows where they were, so
// that a keystroke costs the parse of a few functions, however broken they are while they are typed.
type excerpt struct {
	text   string
	offset int    // of the cursor in it
	spans  []Span // of the document, in order
}

// excerptOf returns the excerpt for a place, false where there is none that is short enough.
func excerptOf(root *sitter.Node, text string, offset int) (excerpt, bool) {
	at := len(strings.TrimRight(text[:offset], " \t\r\n\v\f"))
	at = max(at-1, 0) // what a cursor in white space belongs to
	spans := append(chain(root, at), Span{at, offset})
	e := excerpt{spans: wholeLines(spans, text)}
	var b strings.Builder
	for _, s := range e.spans {
		if b.Len()+s.End-s.Start > maxExcerptBytes {
			return e, false
		}
		if s.Start <= offset && offset <= s.End {
			e.offset = b.Len() + offset - s.Start
		}
		b.WriteString(text[s.Start:s.End])
	}
	e.text = b.String()
	return e, true
}

// chain walks from the root to the place, and returns what opens and closes each node on the way, down to one that is
// taken whole with what stands beside it.
func chain(root *sitter.Node, at int) []Span {
	var spans []Span
	cursor := root.Walk()
	defer cursor.Close()
	for top := true; ; top = false {
		node := cursor.Node()
		index, ok := step(cursor, at)
		if !ok {
			return append(spans, spanOf(node))
		}
		child := spanOf(cursor.Node())
		if !top {
			spans = append(spans, head(node, child), tail(node, child))
		}
		if child.End <= at { // what was typed since belongs to no node
			spans = append(spans, Span{child.End, at})
		}
		if child.End-child.Start <= wholeNodeBytes {
			return append(spans, beside(node, index))
		}
	}
}

// step moves a cursor to the child around a place, or the one before it where none is, and returns its index.
func step(cursor *sitter.TreeCursor, at int) (int, bool) {
	count := int(cursor.Node().ChildCount())
	index := cursor.GotoFirstChildForByte(uint32(at))
	if index == nil {
		return count - 1, cursor.GotoLastChild()
	}
	if int(cursor.Node().StartByte()) > at && cursor.GotoPreviousSibling() {
		return int(*index) - 1, true
	}
	return int(*index), true
}

// head returns the span of the children that a node opens with, before one of them.
func head(node *sitter.Node, child Span) Span {
	span := Span{int(node.StartByte()), int(node.StartByte())}
	for i := uint(0); ; i++ {
		c := node.Child(i)
		if c == nil || int(c.EndByte())-span.Start > headerBytes || int(c.StartByte()) >= child.Start {
			return span
		}
		span.End = int(c.EndByte())
	}
}

// tail returns the span of the last child of a node, where it comes after another and is short.
func tail(node *sitter.Node, child Span) Span {
	span := Span{int(node.EndByte()), int(node.EndByte())}
	if last := node.Child(node.ChildCount() - 1); last != nil {
		if start := int(last.StartByte()); start >= child.End && span.End-start <= headerBytes {
			span.Start = start
		}
	}
	return span
}

// beside returns the span of a child and of its neighbours: one on either side, and more up to besideBytes.
func beside(node *sitter.Node, index int) Span {
	span := spanOf(node.Child(uint(index)))
	first, last := span.Start, span.End
	for i := index - 1; i >= 0 && (i == index-1 || first-span.Start < besideBytes); i-- {
		c := spanOf(node.Child(uint(i)))
		if c.End-c.Start > wholeNodeBytes {
			break
		}
		span.Start = c.Start
	}
	for i := index + 1; i == index+1 || span.End-last < besideBytes; i++ {
		c := node.Child(uint(i))
		if c == nil || c.EndByte()-c.StartByte() > wholeNodeBytes {
			break
		}
		span.End = int(c.EndByte())
	}
	return span
}

// wholeLines makes whole lines of spans, in order and each once.
func wholeLines(spans []Span, text string) []Span {
	slices.SortFunc(spans, func(a, b Span) int { return cmp.Compare(a.Start, b.Start) })
	var out []Span
	for _, s := range spans {
		if n := len(out); n > 0 && s.End < out[n-1].End {
			continue // on lines that are there: of what is nested on one long line, each would look for its ends
		}
		s.Start = lineStart(text, min(s.Start, len(text)))
		s.End = min(max(s.End, s.Start), len(text))
		if n := strings.IndexByte(text[s.End:], '\n'); n < 0 {
			s.End = len(text)
		} else if s.End == s.Start || text[s.End-1] != '\n' {
			s.End += n + 1
		}
		if n := len(out); n > 0 && s.Start <= out[n-1].End {
			out[n-1].End = max(out[n-1].End, s.End)
			continue
		}
		out = append(out, s)
	}
	return out
}

// back returns where an offset of the excerpt lies in the document; end is set for the end of a span, which belongs to
// what stands before it.
func (e *excerpt) back(offset int, end bool) int {
	left := offset
	for i, s := range e.spans {
		size := s.End - s.Start
		if left < size || left == size && (end || i == len(e.spans)-1) {
			return s.Start + left
		}
		left -= size
	}
	return 0
}

// restore moves an answer to where it lies in the document.
func (e *excerpt) restore(a *Analysis) {
	move := func(s *Span) {
		if empty := s.Start == s.End; empty {
			s.Start = e.back(s.Start, true)
			s.End = s.Start
			return
		}
		s.Start, s.End = e.back(s.Start, false), e.back(s.End, true)
	}
	for i := range a.Enclosing {
		move(&a.Enclosing[i].Span)
		if a.Enclosing[i].Body != (Span{}) {
			move(&a.Enclosing[i].Body)
		}
	}
	for i := range a.Imports {
		move(&a.Imports[i].Span)
	}
}

// holds reports whether a span of the document is in the excerpt.
func (e *excerpt) holds(span Span) bool {
	return slices.ContainsFunc(e.spans, func(s Span) bool { return s.Start <= span.Start && span.Start < s.End })
}
