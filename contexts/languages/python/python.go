// Package python is the Python plugin.
package python

import (
	"embed"
	"io/fs"

	grammar "github.com/tree-sitter/tree-sitter-python/bindings/go"

	"inkling/contexts/languages"
)

//go:embed *.scm
var queries embed.FS

func init() {
	languages.Register(&languages.Language{
		Name:       "python",
		Aliases:    []string{"py", "python3"},
		Extensions: []string{".py", ".pyi", ".pyw"},
		Filenames:  []string{"SConstruct", "SConscript"},
		Grammar:    grammar.Language,
		Queries:    []fs.FS{queries},
		Facts: languages.Facts{
			LineComment:  "#",
			Blocks:       languages.Indentation,
			BlockOpeners: []string{":"},
			Strings: []languages.Delimiter{
				{Open: `"""`, Close: `"""`, Multiline: true},
				{Open: `'''`, Close: `'''`, Multiline: true},
				languages.DoubleQuoted, languages.SingleQuoted,
			},
			Indent: "    ",
		},
	})
}
