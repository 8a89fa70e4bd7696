package syntax

import "slices"

// Limits of how long a tree serves that is older than the text.
const (
	refreshBytes = 2 << 10  // edited, after which the whole text is parsed as soon as the code at the cursor is whole
	staleBytes   = 16 << 10 // edited, after which it is parsed in any case
)

// analyzeLocal answers for a place of a long text that was edited since its tree was made, from an excerpt: how the
// parser recovers from an error takes time in proportion to the whole text (25 ms at 200 kB, and up to 120), and code is
// broken at most keystrokes. It reports false where the whole text has to be parsed.
func (t *Tree) analyzeLocal(text string, offset int) (Analysis, bool) {
	if t.native == nil || !t.edited || t.length != len(text) || len(text) <= t.pool.cfg.LocalBytes || t.drift > staleBytes {
		return Analysis{}, false
	}
	e, ok := excerptOf(t.native.RootNode(), text, offset)
	if !ok {
		return Analysis{}, false
	}
	native := t.parseNative(e.text, nil)
	if native == nil {
		return Analysis{}, false
	}
	defer closeTree(native)
	if t.drift > refreshBytes && !native.RootNode().HasError() {
		return Analysis{}, false // the whole parse is cheap now
	}
	t.pool.count(func(s *Stats) { s.Excerpts++ })
	t.pool.hold(t, t.weight)
	a, ok := t.fromTree(native, e.text, e.offset, false)
	if !ok {
		return a, true // the document is plain text for a while
	}
	e.restore(&a)
	a.Imports = t.importsAround(a.Imports, &e)
	return a, true
}

// importsAround returns the imports of an excerpt with those of the rest of the text, in order.
func (t *Tree) importsAround(local []Import, e *excerpt) []Import {
	all := slices.Clone(local)
	for _, i := range t.imports {
		if len(all) < MaxImports && !e.holds(i.Span) {
			all = append(all, i)
		}
	}
	sortSpans(all, func(i Import) Span { return i.Span })
	return all
}

// shiftImports moves the imports that are known with an edit; one that it touches is forgotten.
func (t *Tree) shiftImports(start, oldEnd, delta int) {
	if n := len(t.imports); n == 0 || t.imports[n-1].Span.End < start {
		return
	}
	moved := make([]Import, 0, len(t.imports)) // answers share the slice
	for _, i := range t.imports {
		switch {
		case i.Span.End < start:
			moved = append(moved, i)
		case oldEnd < i.Span.Start:
			i.Span.Start += delta
			i.Span.End += delta
			moved = append(moved, i)
		}
	}
	t.imports = moved
}
