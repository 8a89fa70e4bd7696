// Package c is the C plugin, and holds the queries that C++ shares with it.
package c

import (
	"embed"
	"io/fs"

	grammar "github.com/tree-sitter/tree-sitter-c/bindings/go"

	"inkling/contexts/languages"
)

//go:embed *.scm shared/*.scm
var queries embed.FS

// Shared are the queries that hold for C++ too.
var Shared = languages.Dir(queries, "shared")

func init() {
	languages.Register(&languages.Language{
		Name:       "c",
		Extensions: []string{".c", ".h"},
		Grammar:    grammar.Language,
		Queries:    []fs.FS{Shared, queries},
		Facts:      languages.CFamily(),
	})
}
