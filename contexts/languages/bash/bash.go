// Package bash is the Bash plugin.
package bash

import (
	"embed"
	"io/fs"

	grammar "github.com/tree-sitter/tree-sitter-bash/bindings/go"

	"inkling/contexts/languages"
)

//go:embed *.scm
var queries embed.FS

func init() {
	languages.Register(&languages.Language{
		Name:       "shellscript",
		Aliases:    []string{"bash", "sh", "shell", "zsh"},
		Extensions: []string{".sh", ".bash", ".zsh", ".ksh"},
		Filenames:  []string{".bashrc", ".bash_profile", ".profile", ".zshrc", "PKGBUILD"},
		Grammar:    grammar.Language,
		Queries:    []fs.FS{queries},
		Facts: languages.Facts{
			LineComment:  "#",
			Blocks:       languages.Keywords,
			BlockOpeners: []string{"then", "do", "{", "else"},
			BlockClosers: []string{"fi", "done", "}", "else", "elif", ";;", "esac"},
			Strings: []languages.Delimiter{
				{Open: `"`, Close: `"`, Multiline: true}, {Open: `'`, Close: `'`, Multiline: true, Raw: true}, languages.Backquoted,
			},
			Indent: "    ",
		},
	})
}
