// Package rust is the Rust plugin.
package rust

import (
	"embed"
	"io/fs"

	grammar "github.com/tree-sitter/tree-sitter-rust/bindings/go"

	"inkling/contexts/languages"
)

//go:embed *.scm
var queries embed.FS

func init() {
	facts := languages.CFamily()
	facts.Strings = []languages.Delimiter{ // a single quote begins a lifetime as often as a character
		{Open: `r#"`, Close: `"#`, Multiline: true, Raw: true},
		{Open: `r"`, Close: `"`, Multiline: true, Raw: true},
		{Open: `"`, Close: `"`, Multiline: true},
	}
	languages.Register(&languages.Language{
		Name:       "rust",
		Aliases:    []string{"rs"},
		Extensions: []string{".rs"},
		Grammar:    grammar.Language,
		Queries:    []fs.FS{queries},
		Facts:      facts,
	})
}
