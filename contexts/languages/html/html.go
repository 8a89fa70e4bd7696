// Package html is the HTML plugin.
package html

import (
	"embed"
	"io/fs"

	grammar "github.com/tree-sitter/tree-sitter-html/bindings/go"

	"inkling/contexts/languages"
)

//go:embed *.scm
var queries embed.FS

func init() {
	languages.Register(&languages.Language{
		Name:       "html",
		Aliases:    []string{"xhtml"},
		Extensions: []string{".html", ".htm", ".xhtml"},
		Grammar:    grammar.Language,
		Queries:    []fs.FS{queries},
		Facts: languages.Facts{
			BlockComment: [2]string{"<!--", "-->"},
			Blocks:       languages.Tags,
			BlockOpeners: []string{">"},
			BlockClosers: []string{"</"},
			Strings:      []languages.Delimiter{{Open: `"`, Close: `"`, Multiline: true, Raw: true}},
			Indent:       "  ",
		},
	})
}
