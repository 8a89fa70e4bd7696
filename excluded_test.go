package inkling_test

import (
	"os"
	"regexp"
	"slices"
	"testing"

	"inkling/contexts/secrets"
)

var quoted = regexp.MustCompile(`["']([^"'\s]+)["']`)

// What editors keep to themselves by default is what the server shows no model, and what it shows all the same too. VS Code's
// list is held to it where its other settings are tested.
func TestEditorsExcludeWhatTheServerDoes(t *testing.T) {
	shown := listed(t, "contexts/secrets/exclude.go", `(?s)\nvar shown = \[\]string\{(.*?)\}`)
	if len(secrets.Files) < 30 || len(shown) < 3 {
		t.Fatalf("the server's own lists are %q and %q", secrets.Files, shown)
	}
	for _, editor := range []struct{ file, excluded, shown string }{
		{"editors/nvim/lua/inkling/excluded.lua", `(?s)\nM\.files = \{(.*?)\n\}`, `\nlocal shown = \{(.*?)\}\n`},
		{"editors/emacs/inkling.el", `(?s)\(defcustom inkling-exclude\s+'\((.*?)\)`, `\(defconst inkling--shown '\((.*?)\)\n`},
		{"editors/vim/keys.vim", `(?s)get\(g:, 'inkling_exclude', \[(.*?)\]\)`, `\nlet s:shown = \[(.*?)\]\n`},
		{"editors/vscode/src/core/excluded.ts", `(?s)defaultExcluded: readonly string\[\] = \[(.*?)\n\]`, `\nconst readable: readonly string\[\] = \[(.*?)\]\n`},
	} {
		if got := listed(t, editor.file, editor.excluded); !slices.Equal(got, secrets.Files) {
			t.Errorf("%s excludes %q, the server %q", editor.file, got, secrets.Files)
		}
		if got := listed(t, editor.file, editor.shown); !slices.Equal(got, shown) {
			t.Errorf("%s shows all the same %q, the server %q", editor.file, got, shown)
		}
	}
}

// listed returns the quoted words of the one place of a file that a pattern finds.
func listed(t *testing.T, file, pattern string) []string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(pattern).FindSubmatch(text)
	if found == nil {
		t.Fatalf("%s has no list like %s", file, pattern)
	}
	var words []string
	for _, word := range quoted.FindAllSubmatch(found[1], -1) {
		words = append(words, string(word[1]))
	}
	return words
}
