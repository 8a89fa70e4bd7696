// Package cpp is the C++ plugin.
package cpp

import (
	"embed"
	"io/fs"

	grammar "github.com/tree-sitter/tree-sitter-cpp/bindings/go"

	"inkling/contexts/languages"
	"inkling/contexts/languages/c"
)

//go:embed *.scm
var queries embed.FS

func init() {
	facts := languages.CFamily()
	facts.Strings = append([]languages.Delimiter{{Open: `R"(`, Close: `)"`, Multiline: true, Raw: true}}, facts.Strings...)
	languages.Register(&languages.Language{
		Name:       "cpp",
		Aliases:    []string{"c++", "cuda-cpp"},
		Extensions: []string{".cpp", ".cc", ".cxx", ".hpp", ".hh", ".hxx", ".ipp", ".cu", ".cuh"},
		Grammar:    grammar.Language,
		Queries:    []fs.FS{c.Shared, queries},
		Facts:      facts,
	})
}
