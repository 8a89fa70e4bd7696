// Package typescript is the plugin of TypeScript and of TSX.
package typescript

import (
	"embed"
	"io/fs"

	grammar "github.com/tree-sitter/tree-sitter-typescript/bindings/go"

	"inkling/contexts/languages"
	"inkling/contexts/languages/javascript"
)

//go:embed *.scm
var queries embed.FS

func init() {
	languages.Register(&languages.Language{
		Name:       "typescript",
		Aliases:    []string{"ts"},
		Extensions: []string{".ts", ".mts", ".cts"},
		Grammar:    grammar.LanguageTypescript,
		Queries:    []fs.FS{javascript.Shared, queries},
		Facts:      javascript.Facts(),
	})
	languages.Register(&languages.Language{
		Name:       "typescriptreact",
		Aliases:    []string{"tsx"},
		Extensions: []string{".tsx"},
		Grammar:    grammar.LanguageTSX,
		Queries:    []fs.FS{javascript.Shared, javascript.JSX, queries},
		Facts:      javascript.Facts(),
	})
}
