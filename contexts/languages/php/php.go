// Package php is the PHP plugin.
package php

import (
	"embed"
	"io/fs"

	grammar "github.com/tree-sitter/tree-sitter-php/bindings/go"

	"inkling/contexts/languages"
)

//go:embed *.scm
var queries embed.FS

func init() {
	facts := languages.CFamily()
	facts.Strings = []languages.Delimiter{
		{Open: `"`, Close: `"`, Multiline: true}, {Open: `'`, Close: `'`, Multiline: true}, languages.Backquoted,
	}
	languages.Register(&languages.Language{
		Name:       "php",
		Extensions: []string{".php", ".phtml"},
		Grammar:    grammar.LanguagePHP,
		Queries:    []fs.FS{queries},
		Facts:      facts,
	})
}
