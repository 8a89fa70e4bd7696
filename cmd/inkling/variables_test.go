package main

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"inkling/replay"
)

var update = flag.Bool("update", false, "write docs/operations.md's table of variables again")

const (
	operations = "../../docs/operations.md"
	tableBegin = "<!-- variables: written by go test ./cmd/inkling -run Variables -update -->\n"
	tableEnd   = "<!-- end of variables -->\n"
)

// variable is one variable of the environment, with the commands that read it.
type variable struct {
	name, value, help string
	commands          []string
}

// unflagged are variables that no flag has: secrets that must not stand on a command line.
var unflagged = []*variable{{replay.TokenVariable, "", "Bearer token for the one peer that is no Inkling (llama.cpp's --api-key, OpenAI's and Tabby's keys). It is sent to that server alone.", []string{"replay"}}}

// variables asks the program's own command line for its environment: the server's in its order, then those of other commands.
func variables(t *testing.T) []*variable {
	t.Helper()
	var p program
	parser, err := kong.New(&p, kong.Name("inkling"), kong.Vars{"version": "test"})
	if err != nil {
		t.Fatal(err)
	}
	var all []*variable
	add := func(command string, f *kong.Flag) {
		for _, name := range f.Envs {
			i := slices.IndexFunc(all, func(v *variable) bool { return v.name == name })
			if i < 0 {
				i = len(all)
				all = append(all, &variable{name: name, value: usually(f), help: f.Help})
			}
			if !slices.Contains(all[i].commands, command) {
				all[i].commands = append(all[i].commands, command)
			}
		}
	}
	commands := slices.Clone(parser.Model.Children)
	slices.SortStableFunc(commands, func(a, b *kong.Node) int { // the server first
		return boolOrder(b.Name == "serve") - boolOrder(a.Name == "serve")
	})
	var walk func(top string, n *kong.Node)
	walk = func(top string, n *kong.Node) {
		for _, f := range n.Flags {
			add(top, f)
		}
		for _, child := range n.Children {
			walk(top, child)
		}
	}
	for _, c := range commands {
		walk(c.Name, c)
	}
	for _, f := range parser.Model.Flags {
		add("all", f)
	}
	return append(all, unflagged...)
}

func boolOrder(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// usually is a flag's default, and what else it may be.
func usually(f *kong.Flag) string {
	value := f.Default
	if f.IsBool() && value == "" {
		value = "false"
	}
	if f.Enum != "" {
		others := slices.DeleteFunc(strings.Split(f.Enum, ","), func(s string) bool { return s == f.Default })
		value += "; or " + strings.Join(others, ", ")
	}
	return value
}

// table is docs/operations.md's, in Markdown.
func table(all []*variable) string {
	var b strings.Builder
	cell := strings.NewReplacer("|", `\|`, "\n", " ", "$$", "$", "<", "&lt;")
	b.WriteString("| variable | default | read by | what |\n|---|---|---|---|\n")
	for _, v := range all {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", v.name, cell.Replace(v.value), strings.Join(v.commands, ", "), cell.Replace(v.help))
	}
	return b.String()
}

func TestVariablesAreDocumented(t *testing.T) {
	page, err := os.ReadFile(operations)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(page), tableBegin)
	have, after, ended := strings.Cut(rest, tableEnd)
	if !found || !ended {
		t.Fatalf("%s has no place for the table", operations)
	}
	want := table(variables(t))
	if *update {
		if err := os.WriteFile(operations, []byte(before+tableBegin+want+tableEnd+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if have != want {
		t.Errorf("%s is stale: go test ./cmd/inkling -run Variables -update", operations)
	}
}

func TestVariablesAreInTheExample(t *testing.T) {
	example, err := os.ReadFile("../../.env.example")
	if err != nil {
		t.Fatal(err)
	}
	all := variables(t)
	if len(all) < 30 {
		t.Fatalf("only %d variables were found", len(all))
	}
	for _, v := range all {
		if !regexp.MustCompile(`(?m)^#?` + v.name + `=`).Match(example) {
			t.Errorf(".env.example lacks %s", v.name)
		}
	}
}
