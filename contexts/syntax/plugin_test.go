package syntax

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"inkling/contexts/languages"
)

// registerStarlark runs once, however often the tests do: there is no way to take a language back.
var registerStarlark = sync.OnceFunc(func() {
	languages.Register(&languages.Language{
		Name: "starlark", Aliases: []string{"bazel"}, Extensions: []string{".bzl"}, Filenames: []string{"BUILD"},
		Grammar: languages.ByID("python").Grammar,
		Queries: []fs.FS{fstest.MapFS{
			languages.OutlineFile:   {Data: []byte("(function_definition name: (_) @name body: (_) @body) @function")},
			languages.ImportsFile:   {Data: []byte(`((call function: (identifier) @_f) @import (#eq? @_f "load"))`)},
			languages.VariablesFile: {Data: []byte("[(module) (function_definition)] @scope (parameters (identifier) @parameter)")},
			languages.PlacesFile:    {Data: []byte("(return_statement) @return (comment) @comment")},
		}},
		Facts: languages.Facts{LineComment: "#", Blocks: languages.Indentation, BlockOpeners: []string{":"}, Indent: "    "},
	})
})

// TestALanguageIsAddedByRegisteringIt is what a plugin's folder does, in a test: nothing else knows the language.
func TestALanguageIsAddedByRegisteringIt(t *testing.T) {
	closed(t)
	registerStarlark()
	pool := NewPool(patient)
	defer pool.Close()
	tree := pool.OpenLanguage(languages.For("", "file:///work/BUILD"))
	defer tree.Close()
	text := "load(\"//a.bzl\", \"b\")\n\ndef rule(name, deps):\n    return "
	a := tree.Analyze(text, len(text))
	if f := a.Function(); f == nil || f.Signature != "def rule(name, deps)" || a.Describe() != "return expression of rule" {
		t.Errorf("function %+v, %q", f, a.Describe())
	}
	if len(a.Imports) != 1 || len(a.Names) != 2 || a.Names[0] != (Name{Name: "deps", Kind: Parameter, Offset: 37}) {
		t.Errorf("imports %+v, names %+v", a.Imports, a.Names)
	}
	if bazel := languages.ByID("Bazel"); bazel.Name != "starlark" || languages.ForPath(`c:\a\x.BZL`) != bazel {
		t.Errorf("by alias: %s", bazel.Name)
	}
}

// TestOnlySyntaxAndTheLanguagesImportTheParser holds the parser, which is C code, in two places.
func TestOnlySyntaxAndTheLanguagesImportTheParser(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	err = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		folder, _ := filepath.Rel(root, filepath.Dir(path))
		folder = filepath.ToSlash(folder)
		for _, spec := range file.Imports {
			name := strings.Trim(spec.Path.Value, `"`)
			grammar := strings.Contains(name, "/tree-sitter-") && strings.HasSuffix(name, "/bindings/go")
			library := strings.HasSuffix(name, "/go-tree-sitter")
			switch {
			case grammar && !strings.HasPrefix(folder, "contexts/languages/"), library && folder != "contexts/syntax":
				t.Errorf("%s imports %s", path, name)
			case grammar || library:
				seen++
			}
		}
		return nil
	})
	if err != nil || seen < 18 {
		t.Errorf("%d imports of the parser, error %v", seen, err)
	}
}
