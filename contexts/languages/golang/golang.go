// Package golang is the Go plugin.
package golang

import (
	"embed"
	"io/fs"

	grammar "github.com/tree-sitter/tree-sitter-go/bindings/go"

	"inkling/contexts/languages"
)

//go:embed *.scm
var queries embed.FS

func init() {
	facts := languages.CFamily()
	facts.Strings = append(facts.Strings, languages.Delimiter{Open: "`", Close: "`", Multiline: true, Raw: true})
	facts.Indent = "\t"
	languages.Register(&languages.Language{
		Name:       "go",
		Aliases:    []string{"golang"},
		Extensions: []string{".go"},
		Grammar:    grammar.Language,
		Queries:    []fs.FS{queries},
		Facts:      facts,
	})
}
