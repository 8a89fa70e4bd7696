// Package javascript is the JavaScript plugin, and holds the queries that TypeScript shares with it.
package javascript

import (
	"embed"
	"io/fs"

	grammar "github.com/tree-sitter/tree-sitter-javascript/bindings/go"

	"inkling/contexts/languages"
)

//go:embed *.scm shared/*.scm jsx/*.scm
var queries embed.FS

// Queries that hold for TypeScript too, and those for elements in code.
var (
	Shared = languages.Dir(queries, "shared")
	JSX    = languages.Dir(queries, "jsx")
)

// Facts are those of JavaScript and TypeScript.
func Facts() languages.Facts {
	f := languages.CFamily()
	f.BlockOpeners = []string{"{"}
	f.Strings = append(f.Strings, languages.Backquoted)
	f.Indent = "  "
	return f
}

func init() {
	languages.Register(&languages.Language{
		Name:       "javascript",
		Aliases:    []string{"js", "javascriptreact", "jsx", "node"},
		Extensions: []string{".js", ".mjs", ".cjs", ".jsx"},
		Grammar:    grammar.Language,
		Queries:    []fs.FS{Shared, JSX, queries},
		Facts:      Facts(),
	})
}
