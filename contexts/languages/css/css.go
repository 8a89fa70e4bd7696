// Package css is the CSS plugin.
package css

import (
	"embed"
	"io/fs"

	grammar "github.com/tree-sitter/tree-sitter-css/bindings/go"

	"inkling/contexts/languages"
)

//go:embed *.scm
var queries embed.FS

func init() {
	languages.Register(&languages.Language{
		Name:       "css",
		Aliases:    []string{"scss", "less"},
		Extensions: []string{".css", ".scss", ".less"},
		Grammar:    grammar.Language,
		Queries:    []fs.FS{queries},
		Facts: languages.Facts{
			BlockComment: [2]string{"/*", "*/"},
			Blocks:       languages.Braces,
			BlockOpeners: []string{"{"},
			BlockClosers: []string{"}"},
			Strings:      []languages.Delimiter{languages.DoubleQuoted, languages.SingleQuoted},
			Indent:       "  ",
		},
	})
}
