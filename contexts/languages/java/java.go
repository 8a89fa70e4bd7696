// Package java is the Java plugin.
package java

import (
	"embed"
	"io/fs"

	grammar "github.com/tree-sitter/tree-sitter-java/bindings/go"

	"inkling/contexts/languages"
)

//go:embed *.scm
var queries embed.FS

func init() {
	facts := languages.CFamily()
	facts.Strings = append([]languages.Delimiter{{Open: `"""`, Close: `"""`, Multiline: true}}, facts.Strings...)
	languages.Register(&languages.Language{
		Name:       "java",
		Extensions: []string{".java"},
		Grammar:    grammar.Language,
		Queries:    []fs.FS{queries},
		Facts:      facts,
	})
}
