package syntax

import sitter "github.com/tree-sitter/go-tree-sitter"

// Span is a range of bytes, from Start up to, not including, End.
type Span struct{ Start, End int }

// Kind is what a symbol or a name is.
type Kind string

// Kinds of symbols, in outlines, around the cursor and among the names in scope.
const (
	Function    Kind = "function"
	Method      Kind = "method"
	Constructor Kind = "constructor"
	Class       Kind = "class"
	Interface   Kind = "interface"
	Struct      Kind = "struct"
	Enum        Kind = "enum"
	Trait       Kind = "trait"
	Record      Kind = "record"
	Object      Kind = "object"
	Impl        Kind = "impl"
	Module      Kind = "module"
	TypeAlias   Kind = "type"
	Macro       Kind = "macro"
	Rule        Kind = "rule"    // of a style sheet
	Element     Kind = "element" // of a markup document
	Key         Kind = "key"     // of a data document
)

// Kinds that only names in scope have, and a few that an outline shares with them.
const (
	Variable      Kind = "variable"
	Parameter     Kind = "parameter"
	Constant      Kind = "constant"
	Field         Kind = "field"
	Property      Kind = "property"
	Member        Kind = "member" // of an enumeration
	Imported      Kind = "import"
	TypeParameter Kind = "typeparameter"
)

var symbolKinds = map[Kind]bool{
	Function: true, Method: true, Constructor: true, Class: true, Interface: true, Struct: true, Enum: true, Trait: true,
	Record: true, Object: true, Impl: true, Module: true, TypeAlias: true, Macro: true, Rule: true, Element: true, Key: true,
	Constant: true, Variable: true, Field: true, Property: true, Member: true,
}

var nameKinds = map[Kind]bool{Parameter: true, Imported: true, TypeParameter: true}

// typeKinds are those that hold members: a function directly inside one is a method.
var typeKinds = map[Kind]bool{Class: true, Interface: true, Struct: true, Enum: true, Trait: true, Record: true, Object: true, Impl: true}

// Holds reports whether a symbol of this kind may enclose a cursor: functions, types and modules do, constants do not.
func (k Kind) Holds() bool {
	switch k {
	case Constant, Variable, Field, Property, Member:
		return false
	}
	return true
}

// Symbol is a function, a type or another definition with a name.
type Symbol struct {
	Kind       Kind
	Name       string
	Signature  string   // the text up to the body on one line, at most MaxSignatureBytes
	Decorators []string // each on one line, likewise bounded
	Span       Span     // the definition, decorators left out
	Body       Span     // empty where there is none
	Depth      int      // of nesting: 0 is the outermost
}

// Import is one import, include, use or require.
type Import struct {
	Text string // as it stands there, at most MaxSignatureBytes, on one line
	Span Span
}

// Name is a name that may be used where the cursor stands.
type Name struct {
	Name   string
	Kind   Kind // Field and Method for members of the types around the cursor
	Offset int  // of its definition
}

// Region is what the cursor is in, coarsely.
type Region string

const (
	InCode       Region = "code"
	InString     Region = "string"
	InComment    Region = "comment"
	InImport     Region = "import"
	InArguments  Region = "arguments"
	InParameters Region = "parameters"
	InText       Region = "text" // of a markup or plain-text document
)

// Bounds of an answer.
const (
	MaxNames          = 128 // names in scope, the nearest first
	MaxImports        = 200
	MaxSymbols        = 2000 // of an outline
	MaxSignatureBytes = 240
)

// Analysis is what is known about one place of one text.
type Analysis struct {
	Language  string
	Parsed    bool     // false: from the language's facts alone
	Repaired  bool     // the code is broken here and was completed, in a copy, to be understood
	Enclosing []Symbol // the functions, types and modules around the cursor, outermost first
	Imports   []Import // in the text's order
	Names     []Name   // in scope, innermost scope first, within a scope the nearest above the cursor first
	Region    Region
	Role      Role   // the finer place, such as RoleReturn; "" where there is none
	Of        string // what the role belongs to: the function called, the target assigned to; may be ""
	Node      string // the grammar's name for the smallest named node around the cursor
	EmptyBody bool   // a block opens before the cursor and has nothing in it
	ownBody   bool   // it is that of the innermost symbol
}

// Function returns the innermost function or method around the cursor, nil where there is none.
func (a *Analysis) Function() *Symbol {
	for i := len(a.Enclosing) - 1; i >= 0; i-- {
		switch a.Enclosing[i].Kind {
		case Function, Method, Constructor, Macro:
			return &a.Enclosing[i]
		}
	}
	return nil
}

// Class returns the innermost class or other type around the cursor, nil where there is none.
func (a *Analysis) Class() *Symbol {
	for i := len(a.Enclosing) - 1; i >= 0; i-- {
		if typeKinds[a.Enclosing[i].Kind] {
			return &a.Enclosing[i]
		}
	}
	return nil
}

// Analyze tells what is known about the place at offset of text, which is clamped into it. It parses what the edits
// since the last call touched. Asked again for the same place, it gives the same answer, whose slices the caller does
// not change.
func (t *Tree) Analyze(text string, offset int) Analysis { return t.answer(text, offset, true) }

// AnalyzePlace is Analyze without the names in scope, which in a large file cost more than all the rest. Names may be
// there all the same.
func (t *Tree) AnalyzePlace(text string, offset int) Analysis { return t.answer(text, offset, false) }

func (t *Tree) answer(text string, offset int, named bool) Analysis {
	offset = min(max(offset, 0), len(text))
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.last.known && t.last.length == len(text) && t.last.offset == offset && (t.last.named || !named) {
		return t.last.analysis
	}
	if t.grammar == nil || t.closed {
		return t.analyzeFacts(text, offset)
	}
	done, ok := t.begin()
	if !ok {
		return t.analyzeFacts(text, offset)
	}
	defer done()
	a := t.analyze(text, offset, named)
	if a.Parsed {
		t.last = answered{known: true, named: named, length: len(text), offset: offset, analysis: a}
	}
	return a
}

func (t *Tree) analyze(text string, offset int, named bool) Analysis {
	if !named {
		if a, ok := t.analyzeLocal(text, offset); ok {
			return a
		}
	}
	if !t.parse(text) {
		return t.analyzeFacts(text, offset)
	}
	a, _ := t.fromTree(t.native, text, offset, named)
	return a
}

// fromTree answers from the tree of a text; false where its queries took too long.
func (t *Tree) fromTree(native *sitter.Tree, text string, offset int, named bool) (Analysis, bool) {
	a := Analysis{Language: t.language.Name, Region: InCode, Parsed: true}
	v := t.view(native, text, offset)
	v.enclosing = v.symbolsAround()
	repaired := t.repair(native, &v)
	if repaired != nil {
		defer closeTree(repaired.tree)
		v, a.Repaired = repaired.view, true
	}
	v.fill(&a, named)
	if t.tooLate(&v) {
		return t.analyzeFacts(text, offset), false
	}
	if repaired != nil {
		repaired.restore(&a, text)
	}
	return a, true
}

// analyzeFacts answers without a tree.
func (t *Tree) analyzeFacts(text string, offset int) Analysis {
	a := Analysis{Language: t.language.Name, Region: InCode}
	facts := t.language.Facts
	if t.language.Grammar == nil && len(facts.Strings) == 0 && facts.LineComment == "" {
		a.Region = InText
		return a
	}
	from := max(0, offset-scanBytes)
	switch state := scan(text[from:offset], facts); state.in {
	case inString:
		a.Region, a.Role = InString, RoleString
	case inLineComment, inBlockComment:
		a.Region, a.Role = InComment, RoleComment
	}
	a.EmptyBody = a.Region == InCode && emptyBody(text, offset, facts)
	return a
}
