package main

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
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

func TestSettingsOfEditorsInJSONAreJSON(t *testing.T) {
	page, err := os.ReadFile("../../docs/editors.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := strings.Split(string(page), "\n```json\n")[1:]
	for _, block := range blocks {
		text, _, _ := strings.Cut(block, "\n```")
		if !json.Valid([]byte(text)) {
			t.Errorf("not JSON: %s", text)
		}
	}
	if len(blocks) < 2 {
		t.Errorf("%d blocks were found", len(blocks))
	}
}
