// Package json is the JSON plugin.
package json

import (
	"embed"
	"io/fs"

	grammar "github.com/tree-sitter/tree-sitter-json/bindings/go"

	"inkling/contexts/languages"
)

//go:embed *.scm
var queries embed.FS

func init() {
	languages.Register(&languages.Language{
		Name:       "json",
		Aliases:    []string{"jsonc"},
		Extensions: []string{".json", ".jsonc", ".webmanifest"},
		Grammar:    grammar.Language,
		Queries:    []fs.FS{queries},
		Facts: languages.Facts{
			Blocks:       languages.Braces,
			BlockOpeners: []string{"{", "["},
			BlockClosers: []string{"}", "]"},
			Strings:      []languages.Delimiter{languages.DoubleQuoted},
			Placeholder:  "0",
			Indent:       "  ",
		},
	})
}
