package syntax

import (
	"errors"
	"fmt"
	"strings"
	"sync"

	sitter "github.com/tree-sitter/go-tree-sitter"

	"inkling/contexts/languages"
)

// Errors of a language's grammar and queries. Documents of such a language are plain text.
var (
	// ErrGrammar is returned when a grammar cannot be loaded by this version of the parser.
	ErrGrammar = errors.New("syntax: the grammar cannot be loaded")
	// ErrQuery is returned when a query file does not compile or uses an unknown capture.
	ErrQuery = errors.New("syntax: the query is not valid")
)

// grammar is a language made ready: loaded once, kept as long as the process.
type grammar struct {
	language  *languages.Language
	native    *sitter.Language
	outline   *query
	toplevel  *query
	imports   *query
	variables *query
	places    *query
	failures  failures
}

// query is a compiled query file, with the names of its captures by their index.
type query struct {
	native   *sitter.Query
	captures []string
}

type loaded struct {
	once    sync.Once
	grammar *grammar
	err     error
}

var grammars sync.Map // *languages.Language to *loaded

// load returns the grammar of a language, nil without error where it has none.
func load(l *languages.Language) (*grammar, error) {
	if l.Grammar == nil {
		return nil, nil
	}
	entry, _ := grammars.LoadOrStore(l, &loaded{})
	e := entry.(*loaded)
	e.once.Do(func() { e.grammar, e.err = compile(l) })
	return e.grammar, e.err
}

// Check loads a language's grammar and compiles its queries; tests of plugins call it.
func Check(l *languages.Language) error {
	_, err := load(l)
	return err
}

func compile(l *languages.Language) (*grammar, error) {
	pointer := l.Grammar()
	if pointer == nil {
		return nil, fmt.Errorf("%w: %s: nil", ErrGrammar, l.Name)
	}
	g := &grammar{language: l, native: sitter.NewLanguage(pointer)}
	parser := sitter.NewParser() // which knows what versions it takes
	defer parser.Close()
	if err := parser.SetLanguage(g.native); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrGrammar, l.Name, err)
	}
	for file, q := range map[string]**query{
		languages.OutlineFile: &g.outline, languages.ToplevelFile: &g.toplevel, languages.ImportsFile: &g.imports,
		languages.VariablesFile: &g.variables, languages.PlacesFile: &g.places,
	} {
		var err error
		if *q, err = compileQuery(g, file); err != nil {
			return nil, err
		}
	}
	return g, nil
}

func compileQuery(g *grammar, file string) (*query, error) {
	text := g.language.Query(file)
	if text == "" {
		return nil, nil
	}
	native, queryErr := sitter.NewQuery(g.native, text)
	if queryErr != nil {
		return nil, fmt.Errorf("%w: %s/%s: line %d: %s", ErrQuery, g.language.Name, file, queryErr.Row+1, queryErr.Message)
	}
	q := &query{native: native, captures: native.CaptureNames()}
	for _, name := range q.captures {
		if !knownCapture(file, name) {
			native.Close()
			return nil, fmt.Errorf("%w: %s/%s: unknown capture @%s", ErrQuery, g.language.Name, file, name)
		}
	}
	return q, nil
}

// knownCapture tells whether a capture means something in a query file. A capture that begins with an underscore
// serves a predicate of its own file only.
func knownCapture(file, name string) bool {
	if strings.HasPrefix(name, "_") {
		return true
	}
	switch file {
	case languages.OutlineFile, languages.ToplevelFile:
		return name == "name" || name == "body" || name == "opener" || name == "decorator" || symbolKinds[Kind(name)]
	case languages.ImportsFile:
		return name == "import"
	case languages.VariablesFile:
		if name == "scope" || name == "scope.class" {
			return true
		}
		name = strings.TrimPrefix(strings.TrimPrefix(name, "outer."), "member.")
		return symbolKinds[Kind(name)] || nameKinds[Kind(name)]
	default:
		_, known := phrases[Role(name)]
		return known || name == "of"
	}
}
