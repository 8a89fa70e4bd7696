package syntax

import (
	"strings"

	sitter "github.com/tree-sitter/go-tree-sitter"

	"inkling/contexts/languages"
)

// placeholder returns what stands for that which the user is about to type, where code is completed to be understood.
func placeholder(facts languages.Facts) string {
	if facts.Placeholder != "" {
		return facts.Placeholder
	}
	return "_"
}

// repaired is a copy of a document, completed at the cursor.
type repaired struct {
	tree  *sitter.Tree
	view  view
	added int // bytes inserted at the cursor
}

// repair parses a copy of broken code that is completed at the cursor: brackets and strings closed, and a name where
// an expression is missing. It returns nil where the code is whole, or where this does not understand more. native is
// the view's tree. The caller closes the tree.
func (t *Tree) repair(native *sitter.Tree, v *view) *repaired {
	if v.late || !v.broken() {
		return nil
	}
	insert := v.completion()
	if insert == "" {
		return nil
	}
	edit := inputEdit(v.text, v.offset, v.offset, insert)
	edited := cloneTree(native)
	defer closeTree(edited)
	edited.Edit(&edit)
	text := v.text[:v.offset] + insert + v.text[v.offset:]
	tree := t.parseNative(text, t.beside(text, edited))
	if tree == nil {
		return nil
	}
	t.pool.count(func(s *Stats) { s.Repairs++ })
	r := &repaired{tree: tree, view: *v, added: len(insert)}
	r.view.root, r.view.text, r.view.assigned = tree.RootNode(), text, nil
	r.view.enclosing = r.view.symbolsAround()
	if !r.view.better(v) {
		closeTree(tree)
		return nil
	}
	return r
}

// maxErrorSteps bounds how far up from the cursor an error is looked for.
const maxErrorSteps = 12

// better reports whether the completed copy v tells more than the text as it stands.
func (v *view) better(plain *view) bool {
	if n, m := len(v.enclosing), len(plain.enclosing); n != m {
		return n > m
	}
	return !v.broken() || v.errorSteps() > plain.errorSteps()
}

// errorSteps returns how many nodes lie between the cursor and the error around it.
func (v *view) errorSteps() int {
	node := v.root.DescendantForByteRange(uint(v.anchor()), uint(v.anchor()+1))
	for steps := range maxErrorSteps {
		if node == nil || node.IsError() {
			return steps
		}
		parent := node.Parent()
		if parent == nil {
			break
		}
		node = parent
	}
	return maxErrorSteps
}

// broken reports whether the syntax of the cursor's line, or of what holds it, has an error.
func (v *view) broken() bool {
	if !v.root.HasError() {
		return false
	}
	start := lineStart(v.text, v.offset)
	node := v.root.DescendantForByteRange(uint(min(start, v.anchor())), uint(v.offset))
	return node == nil || node.HasError() || node.IsError()
}

// completion returns what to insert at the cursor.
func (v *view) completion() string {
	facts := v.grammar.language.Facts
	state, ahead := v.lexicalState(facts)
	var b strings.Builder
	switch state.in {
	case inLineComment:
		return ""
	case inString, inBlockComment:
		b.WriteString(placeholder(facts) + state.closer)
	default:
		if v.wantsOperand() {
			b.WriteString(placeholder(facts))
		}
	}
	for i := len(state.open) - 1; i >= ahead; i-- {
		if state.open[i] == '{' && facts.Blocks == languages.Braces {
			b.WriteString("\n")
		}
		b.WriteByte(closing(state.open[i]))
	}
	if state.in == inPlainCode && v.headerLine() {
		b.WriteString(emptyBlock(facts))
	}
	return b.String()
}

// headerWords begin a line that goes on with a block.
var headerWords = words(`if elif else for foreach while until switch match select with try catch except finally def fn func fun
	function class interface trait impl struct enum record namespace module object unless loop do guard when case`)

// modifierWords stand before them.
var modifierWords = words(`} export default declare async public private protected internal static pub else final abstract override const
	unsafe virtual inline suspend open data sealed extern constexpr readonly partial implicit lazy case template`)

func words(list string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(list) {
		set[w] = true
	}
	return set
}

// headerLine reports whether the cursor ends a line that begins a block and does not open it.
func (v *view) headerLine() bool {
	line := v.text[lineStart(v.text, v.offset):v.offset]
	rest, _, _ := strings.Cut(v.text[v.offset:], "\n")
	if strings.TrimSpace(rest) != "" || strings.HasSuffix(strings.TrimRight(line, " \t"), "{") ||
		strings.HasSuffix(line, ":") {
		return false
	}
	for _, field := range strings.Fields(line) {
		word := strings.TrimRight(field, "({:")
		if headerWords[word] {
			return true
		}
		if !modifierWords[word] {
			return false
		}
	}
	return false
}

// emptyBlock is what completes a header.
func emptyBlock(facts languages.Facts) string {
	switch facts.Blocks {
	case languages.Braces:
		return " {}"
	case languages.Indentation:
		return ": pass"
	}
	return ""
}

// lexicalState returns what is open at the cursor, and how many of the outermost brackets are closed after it or must
// be taken to be. Where nothing follows the cursor all of them are open; else only those of its own line are closed,
// since what a whole file closes further down is not known without a tree.
func (v *view) lexicalState(facts languages.Facts) (lexical, int) {
	if strings.TrimSpace(v.text[v.offset:]) == "" {
		return scan(v.text[max(0, v.offset-scanBytes):v.offset], facts), 0
	}
	start := lineStart(v.text, v.offset)
	state := scan(v.text[start:v.offset], facts)
	line, _, _ := strings.Cut(v.text[v.offset:], "\n")
	ahead := 0
	for i := 0; i < len(line) && ahead < len(state.open); i++ {
		if strings.IndexByte(")]}", line[i]) >= 0 {
			ahead++
		}
	}
	if state.in == inString && strings.Contains(line, state.closer) {
		state.in = inPlainCode
	}
	if n := len(state.open); n > ahead && state.open[n-1] == '{' && strings.TrimSpace(line) == "" {
		ahead = n // a block that opens on this line is most often closed further down
	}
	return state, ahead
}

// wantsOperand reports whether an expression must follow what stands before the cursor.
func (v *view) wantsOperand() bool {
	before := strings.TrimRight(v.text[lineStart(v.text, v.offset):v.offset], " \t")
	if before == "" {
		return v.grammar.language.Facts.Blocks == languages.Indentation
	}
	if strings.IndexByte("=+-*/%&|^<>,([.!~?:", before[len(before)-1]) >= 0 {
		return true
	}
	word := before[strings.LastIndexAny(before, " \t([{,;=")+1:]
	switch word {
	case "return", "yield", "await", "in", "not", "and", "or", "if", "elif", "while", "import", "from", "new", "throw", "raise",
		"else", "lambda", "is", "as", "for", "with", "typeof", "case", "assert", "del", "go", "defer", "range", "instanceof", "extends", "implements":
		return true
	}
	return false
}

// restore moves what lies after the cursor back to where it is in text, which is not completed.
func (r *repaired) restore(a *Analysis, text string) {
	cursor := r.view.offset
	back := func(at *int) {
		if *at > cursor {
			*at = max(cursor, *at-r.added)
		}
	}
	for i := range a.Enclosing {
		s := &a.Enclosing[i]
		back(&s.Span.Start)
		back(&s.Span.End)
		back(&s.Body.Start)
		back(&s.Body.End)
		if header := s.header(); header.Start < cursor && cursor <= header.End {
			s.Signature = signature(text[header.Start:header.End])
		}
	}
	for i := range a.Imports {
		back(&a.Imports[i].Span.Start)
		back(&a.Imports[i].Span.End)
		if span := a.Imports[i].Span; span.Start < cursor && cursor <= span.End {
			a.Imports[i].Text = oneLine(text[span.Start:span.End])
		}
	}
	names := a.Names[:0]
	for _, n := range a.Names {
		if n.Name != placeholder(r.view.grammar.language.Facts) || n.Offset != cursor {
			back(&n.Offset)
			names = append(names, n)
		}
	}
	a.Names = names
}
