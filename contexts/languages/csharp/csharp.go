// Package csharp is the C# plugin.
package csharp

import (
	"embed"
	"io/fs"

	grammar "github.com/tree-sitter/tree-sitter-c-sharp/bindings/go"

	"inkling/contexts/languages"
)

//go:embed *.scm
var queries embed.FS

func init() {
	facts := languages.CFamily()
	facts.Strings = append([]languages.Delimiter{
		{Open: `"""`, Close: `"""`, Multiline: true, Raw: true},
		{Open: `@"`, Close: `"`, Multiline: true, Raw: true},
	}, facts.Strings...)
	languages.Register(&languages.Language{
		Name:       "csharp",
		Aliases:    []string{"c#", "cs"},
		Extensions: []string{".cs", ".csx"},
		Grammar:    grammar.Language,
		Queries:    []fs.FS{queries},
		Facts:      facts,
	})
}
