// Package ruby is the Ruby plugin.
package ruby

import (
	"embed"
	"io/fs"

	grammar "github.com/tree-sitter/tree-sitter-ruby/bindings/go"

	"inkling/contexts/languages"
)

//go:embed *.scm
var queries embed.FS

func init() {
	languages.Register(&languages.Language{
		Name:       "ruby",
		Aliases:    []string{"rb"},
		Extensions: []string{".rb", ".rake", ".gemspec", ".ru"},
		Filenames:  []string{"Rakefile", "Gemfile"},
		Grammar:    grammar.Language,
		Queries:    []fs.FS{queries},
		Facts: languages.Facts{
			LineComment:  "#",
			BlockComment: [2]string{"=begin", "=end"},
			Blocks:       languages.Keywords,
			BlockOpeners: []string{"do", "then", "{", "|", "begin", "else", "ensure"},
			BlockClosers: []string{"end", "}", "else", "elsif", "when", "rescue", "ensure"},
			Strings:      []languages.Delimiter{languages.DoubleQuoted, languages.SingleQuoted, languages.Backquoted},
			Indent:       "  ",
		},
	})
}
