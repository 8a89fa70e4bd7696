// Package scala is the Scala plugin.
package scala

import (
	"embed"
	"io/fs"

	grammar "github.com/tree-sitter/tree-sitter-scala/bindings/go"

	"inkling/contexts/languages"
)

//go:embed *.scm
var queries embed.FS

func init() {
	facts := languages.CFamily()
	facts.Strings = []languages.Delimiter{{Open: `"""`, Close: `"""`, Multiline: true, Raw: true}, languages.DoubleQuoted}
	facts.Indent = "  "
	languages.Register(&languages.Language{
		Name:       "scala",
		Extensions: []string{".scala", ".sc", ".sbt"},
		Grammar:    grammar.Language,
		Queries:    []fs.FS{queries},
		Facts:      facts,
	})
}
