package syntax

import (
	sitter "github.com/tree-sitter/go-tree-sitter"
)

// importDepth is how deep below the root an import is looked for: inside a module's try or if, a namespace or a
// preprocessor's condition, but not inside functions, which would mean walking the whole tree.
const importDepth = 4

// imports returns the imports of the text in order.
func (v *view) imports() []Import {
	q := v.grammar.imports
	if q == nil {
		return nil
	}
	var found []Import
	eachMatch(q, v.root, v.text, 0, len(v.text)+1, importDepth, func(captures []sitter.QueryCapture) bool {
		for i := range captures {
			if q.captures[captures[i].Index] == "import" {
				span := spanOf(&captures[i].Node)
				found = append(found, Import{Text: oneLine(v.text[span.Start:span.End]), Span: span})
			}
		}
		return len(found) < MaxImports
	})
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
