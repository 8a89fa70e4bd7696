package syntax

import (
	sitter "github.com/tree-sitter/go-tree-sitter"
)

// Where imports are looked for: deep, such as in a module's try or a preprocessor's condition, at the text's start and
// right before the cursor, and among the root's own statements for some way on; not in the whole tree.
const (
	importHeadBytes = 8 << 10
	importHeadDepth = 4
	importBytes     = 24 << 10
	importDepth     = 1
	importNearBytes = 2 << 10
)

// importsOf returns the imports of a long text, which its excerpts are without; nil for a short one.
func (t *Tree) importsOf(text string) []Import {
	if len(text) <= t.pool.cfg.LocalBytes {
		return nil
	}
	v := t.view(t.native, text, 0)
	return v.imports()
}

// imports returns the imports of the text in order.
func (v *view) imports() []Import {
	q := v.grammar.imports
	if q == nil {
		return nil
	}
	var found []Import
	collect := func(captures []sitter.QueryCapture) bool {
		for i := range captures {
			if q.captures[captures[i].Index] == "import" {
				span := spanOf(&captures[i].Node)
				found = append(found, Import{Text: oneLine(v.text[span.Start:span.End]), Span: span})
			}
		}
		return len(found) < MaxImports
	}
	v.eachMatch(q, v.root, 0, importHeadBytes, importHeadDepth, collect)
	if len(v.text) > importHeadBytes {
		v.eachMatch(q, v.root, importHeadBytes, importBytes, importDepth, collect)
	}
	if v.offset > importHeadBytes {
		v.eachMatch(q, v.root, v.offset-importNearBytes, v.offset, -1, collect)
	}
	sortSpans(found, func(i Import) Span { return i.Span })
	kept := found[:0]
	for _, i := range found { // an import inside another, such as one of Go's group, is told with it
		if n := len(kept); n > 0 && i.Span.Start < kept[n-1].Span.End {
			continue
		}
		kept = append(kept, i)
	}
	return kept
}
