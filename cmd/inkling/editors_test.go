package main

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/pelletier/go-toml/v2"
	"gopkg.in/yaml.v3"
)

// TestWhatEditorsAreToldToRunIsUnderstood parses every command line that the editors' pages and settings show, in whatever language: a
// list of strings that has "lsp" in it.
func TestWhatEditorsAreToldToRunIsUnderstood(t *testing.T) {
	line := regexp.MustCompile(`"lsp"[", \w:/.-]*`)
	word := regexp.MustCompile(`"([^"]+)"`)
	found := 0
	for _, path := range []string{
		"docs/editors.md", "editors/vim/coc-settings.json", "editors/nvim/doc/inkling.txt", "editors/emacs/inkling.el", "editors/drive/helix.py",
	} {
		page, err := os.ReadFile("../../" + path)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range line.FindAllString(string(page), -1) {
			var args []string
			for _, m := range word.FindAllStringSubmatch(text, -1) {
				args = append(args, m[1])
			}
			if args[len(args)-1] == "--server" {
				args = append(args, "ws://localhost:8000/api/v1/stream") // a variable of the script's
			}
			var p program
			parser, err := kong.New(&p, kong.Name("inkling"), kong.Vars{"version": "test"}, kong.Exit(func(int) { panic("the parser exits") }))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := parser.Parse(args); err != nil || p.Lsp.Server == "" {
				t.Errorf("%s: %q: %v", path, args, err)
			}
			found++
		}
	}
	if found < 6 {
		t.Errorf("%d command lines were found", found)
	}
}

// TestCommandsOfTheEditorsPagesAreUnderstood parses what stands in the text as a command of this program.
func TestCommandsOfTheEditorsPagesAreUnderstood(t *testing.T) {
	command := regexp.MustCompile("`inkling ([a-z]+ [^`]+)`")
	found := 0
	for _, path := range []string{"docs/editors.md", "editors/vscode/README.md", "README.md"} {
		page, err := os.ReadFile("../../" + path)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range command.FindAllStringSubmatch(string(page), -1) {
			parser, err := kong.New(&program{}, kong.Name("inkling"), kong.Vars{"version": "test"}, kong.Exit(func(int) { panic("the parser exits") }))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := parser.Parse(strings.Fields(m[1])); err != nil {
				t.Errorf("%s: %q: %v", path, m[0], err)
			}
			found++
		}
	}
	if found < 3 {
		t.Errorf("%d commands were found", found)
	}
}

// TestSettingsOfEditorsAreOfTheirLanguages parses each fenced block of the editors' page. What is Lua and what is Emacs's is run by
// the tests of those editors.
func TestSettingsOfEditorsAreOfTheirLanguages(t *testing.T) {
	page, err := os.ReadFile("../../docs/editors.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?ms)^```(\\w*)\n(.*?)^```$").FindAllSubmatch(page, -1)
	// Continue's setting stands in a line of a table.
	if flow := regexp.MustCompile("`(\\{name: [^`]*\\})`").FindSubmatch(page); flow != nil {
		blocks = append(blocks, [][]byte{nil, []byte("yaml"), flow[1]})
	}
	found := map[string]int{}
	for _, block := range blocks {
		language, text := string(block[1]), block[2]
		var err error
		var value any
		switch language {
		case "json":
			err = json.Unmarshal(text, &value)
		case "toml":
			err = toml.Unmarshal(text, &value)
		case "yaml":
			err = yaml.Unmarshal(text, &value)
		case "lua", "elisp":
		default:
			t.Errorf("a block of %q is looked at by no test: %s", language, text)
		}
		if err != nil {
			t.Errorf("not %s: %v: %s", language, err, text)
		}
		found[language]++
	}
	for language, want := range map[string]int{"json": 2, "toml": 1, "yaml": 1, "lua": 1, "elisp": 1} {
		if found[language] != want {
			t.Errorf("%d settings in %s, not %d", found[language], language, want)
		}
	}
}
