// Package kotlin is the Kotlin plugin.
package kotlin

import (
	"embed"
	"io/fs"

	grammar "github.com/tree-sitter-grammars/tree-sitter-kotlin/bindings/go"

	"inkling/contexts/languages"
)

//go:embed *.scm
var queries embed.FS

func init() {
	facts := languages.CFamily()
	facts.Strings = append([]languages.Delimiter{{Open: `"""`, Close: `"""`, Multiline: true, Raw: true}}, facts.Strings...)
	languages.Register(&languages.Language{
		Name:       "kotlin",
		Aliases:    []string{"kt"},
		Extensions: []string{".kt", ".kts"},
		Grammar:    grammar.Language,
		Queries:    []fs.FS{queries},
		Facts:      facts,
	})
}
