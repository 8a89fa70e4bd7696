package syntax

import (
	"container/list"
	"strings"
	"sync"
	"time"

	sitter "github.com/tree-sitter/go-tree-sitter"

	"inkling/contexts/languages"
)

// retryEdits is how many edits a document stays plain text after its first parse that ran past the timeout; it
// doubles with every further one, up to maxRetryEdits.
const (
	retryEdits    = 32
	maxRetryEdits = 4096
)

// exactBytes is the size up to which a text whose syntax is broken, or was before an edit, is parsed from the start: how the parser
// recovers from an error can depend on the tree it had before (of 32,000 random edits, 8 left another tree than a fresh parse), and what
// is taken over from a broken tree can be read in a way that a fresh parse does not come to. It takes 1.5 ms at this size; a longer text
// keeps the tree of its edits.
const exactBytes = 8 << 10

// Tree is the handle of one document's syntax. It belongs to one goroutine at a time.
type Tree struct {
	pool     *Pool
	language *languages.Language
	grammar  *grammar   // nil: plain text
	own      *Allowance // those that are like this one have it too
	shared   *Allowance // with other documents; nil: with none

	mu      sync.Mutex // guards what follows against the pool, which drops trees
	native  *sitter.Tree
	length  int      // bytes that the text has by the edits so far; valid while native is there
	edited  bool     // since the last parse
	drift   int      // bytes that edits took and gave since then
	imports []Import // by the last parse, moved with the edits since; for places that are understood from an excerpt
	outline []Symbol
	listed  bool // outline is that of the text by the edits so far
	last    answered
	wait    int // edits to come before a parse is tried again
	backoff int
	gaveUp  int  // bytes that the text had which took too long
	left    bool // a parse of it had to be left, or failed: it is parsed from the start
	crowded bool // the last parse was left for what others held
	closed  bool

	weight  int64         // guarded by pool.mu
	element *list.Element // guarded by pool.mu
}

// answered is the last answer and what it was asked for. One request asks for the same place more than once: for its
// prompt, for its finishing and for its description.
type answered struct {
	named    bool // the names in scope are among it
	known    bool
	length   int
	offset   int
	analysis Analysis
}

// Language returns the plugin of the document.
func (t *Tree) Language() *languages.Language { return t.language }

// Facts returns what is known of the document's language without parsing.
func (t *Tree) Facts() languages.Facts { return t.language.Facts }

// Edit notes that text[start:oldEnd], of the text before the edit, is replaced by inserted. It is cheap: the parse
// comes with the next question. A range outside the text makes the next question parse from the start.
func (t *Tree) Edit(text string, start, oldEnd int, inserted string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.listed, t.outline, t.last = false, nil, answered{}
	if t.wait > 0 {
		t.wait--
	}
	if t.native == nil {
		return
	}
	if start < 0 || oldEnd < start || oldEnd > len(text) || t.length != len(text) {
		t.drop()
		return
	}
	edit := inputEdit(text, start, oldEnd, inserted)
	t.native.Edit(&edit)
	t.length += len(inserted) - (oldEnd - start)
	t.drift += len(inserted) + oldEnd - start
	t.shiftImports(start, oldEnd, len(inserted)-(oldEnd-start))
	t.edited = true
}

// With returns the handle of a document like this one in which inserted stands instead of text[start:oldEnd]. It begins with what is
// known of this one, and both live on the same allowances of time. The caller closes it.
func (t *Tree) With(text string, start, oldEnd int, inserted string) *Tree {
	as := t.pool.OpenLanguage(t.language)
	t.mu.Lock()
	defer t.mu.Unlock()
	as.own, as.shared = t.own, t.shared
	as.wait, as.backoff, as.gaveUp, as.left = t.wait, t.backoff, t.gaveUp, t.left
	if t.native != nil {
		as.native, as.imports = cloneTree(t.native), t.imports
		as.length, as.edited, as.drift = t.length, t.edited, t.drift
		t.pool.hold(as, bytesPerTree) // the rest is shared
	}
	as.Edit(text, start, oldEnd, inserted)
	return as
}

// Reset forgets the tree: the next question parses from the start. It is for a document that was replaced whole, and counts as one
// edit: a client that sends the whole text at every key is not to have a parse that takes too long at each.
func (t *Tree) Reset() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.listed, t.outline, t.last = false, nil, answered{}
	t.wait = max(0, t.wait-1)
	t.drop()
}

// Close frees the tree. It may be called again; after it every answer is that of plain text.
func (t *Tree) Close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return
	}
	t.closed, t.last = true, answered{}
	t.drop()
	t.pool.count(func(s *Stats) { s.Documents-- })
}

func (t *Tree) drop() {
	closeTree(t.native)
	t.native, t.imports = nil, nil
	t.pool.forget(t)
}

// parse makes t.native the tree of text and reports whether it could. The caller holds t.mu, and has
// seen that the document is open and has a grammar.
func (t *Tree) parse(text string) bool {
	if len(text) > t.pool.cfg.MaxTextBytes {
		t.drop()
		t.pool.count(func(s *Stats) { s.TooLarge++ })
		return false
	}
	if t.native != nil && t.length != len(text) {
		t.drop() // the caller's edits did not lead to this text
	}
	if t.native != nil && !t.edited {
		t.pool.hold(t, t.weight)
		return true
	}
	if t.wait > 0 && 2*len(text) > t.gaveUp {
		return false // it took too long before, and is not another text altogether
	}
	old := t.native
	if old != nil && len(text) <= exactBytes && old.RootNode().HasError() {
		old = nil
	}
	if old != nil {
		old = t.beside(text, old)
	}
	fresh, whole := t.parseNative(text, old), old == nil
	switch {
	case fresh == nil && t.crowded: // through no fault of its own
		t.drop()
		return false
	case fresh == nil:
		t.giveUp(len(text))
		return false
	}
	if !whole && len(text) <= exactBytes && fresh.RootNode().HasError() {
		if exact := t.parseNative(text, nil); exact != nil {
			closeTree(fresh)
			fresh, whole = exact, true
		}
	}
	t.pool.count(func(s *Stats) {
		if whole {
			s.FullParses++
		} else {
			s.Reparses++
		}
	})
	closeTree(t.native)
	t.native, t.length, t.edited, t.drift = fresh, len(text), false, 0
	t.imports = t.importsOf(text)
	t.pool.hold(t, weigh(fresh))
	return true
}

// giveUp leaves the document plain text until enough edits have come, twice as many as the last time.
func (t *Tree) giveUp(length int) {
	t.gaveUp = length
	t.backoff = min(max(2*t.backoff, retryEdits), maxRetryEdits)
	t.wait = t.backoff
	t.drop()
}

// view returns a view of a tree at a place.
func (t *Tree) view(native *sitter.Tree, text string, offset int) view {
	return view{
		grammar: t.grammar, root: native.RootNode(), text: text, offset: offset,
		deadline: time.Now().Add(maxWaits * t.pool.cfg.QueryTimeout),
		until:    t.pool.processor() + t.pool.cfg.QueryTimeout, processor: t.pool.processor,
	}
}

// tooLate gives the document up where the queries of v ran past their time, and reports whether they did.
func (t *Tree) tooLate(v *view) bool {
	if v.late {
		t.pool.count(func(s *Stats) { s.TimedOut++ })
		t.giveUp(len(v.text))
	}
	return v.late
}

// parseNative parses text beside old, which stays the caller's; nil where it ran past the timeout, or waited too long for another large text,
// and where the grammar failed on it or would.
func (t *Tree) parseNative(text string, old *sitter.Tree) *sitter.Tree {
	t.crowded = false
	if t.grammar.failures.tooMany() || hazardous(t.language.Name, text) {
		t.pool.count(func(s *Stats) { s.Refused++ })
		return nil
	}
	if old == nil && len(text) > largeText {
		patience := time.NewTimer(maxWaits * t.pool.cfg.ParseTimeout)
		defer patience.Stop()
		select {
		case t.pool.large <- struct{}{}:
			defer func() { <-t.pool.large }()
			trim() // of what large trees before it left
		case <-patience.C:
			t.pool.count(func(s *Stats) { s.TimedOut++ })
			return nil
		}
	}
	fresh, how := t.pool.parse(t.grammar.native, readable(t.language.Name, text), old, t.pool.cfg.ParseTimeout)
	t.crowded = how == crowded
	switch how {
	case parsed:
	case stopped:
		t.pool.count(func(s *Stats) { s.TimedOut++ })
	case left, crowded:
		t.lose(text, old)
		t.pool.count(func(s *Stats) { s.Left++ })
	case failed:
		t.lose(text, old)
		t.pool.count(func(s *Stats) { s.Failed++ })
	}
	return fresh
}

// lose notes that a parse of text beside old did not end.
func (t *Tree) lose(text string, old *sitter.Tree) {
	t.left = t.left || !t.crowded
	t.grammar.failures.add(t.language.Name, text, old)
}

// inputEdit describes an edit in bytes, and in rows and byte columns, as the parser wants both.
func inputEdit(text string, start, oldEnd int, inserted string) sitter.InputEdit {
	from := point(text[:start], sitter.Point{})
	return sitter.InputEdit{
		StartByte:      uint(start),
		OldEndByte:     uint(oldEnd),
		NewEndByte:     uint(start + len(inserted)),
		StartPosition:  from,
		OldEndPosition: point(text[start:oldEnd], from),
		NewEndPosition: point(inserted, from),
	}
}

// point returns where text ends that begins at from.
func point(text string, from sitter.Point) sitter.Point {
	rows := strings.Count(text, "\n")
	if rows == 0 {
		return sitter.Point{Row: from.Row, Column: from.Column + uint(len(text))}
	}
	return sitter.Point{Row: from.Row + uint(rows), Column: uint(len(text) - strings.LastIndexByte(text, '\n') - 1)}
}

// Weights of a tree, fitted to what malloc held for trees of 13 languages: 50 bytes a node for JSON, 97 for JavaScript,
// 119 for Python, 219 for Ruby. The estimate is within a factor of 2.2 of each.
const (
	bytesPerNode = 105
	bytesPerTree = 2 << 10
)

// weigh estimates how many bytes a tree holds.
func weigh(tree *sitter.Tree) int64 {
	return bytesPerTree + bytesPerNode*int64(tree.RootNode().DescendantCount())
}
