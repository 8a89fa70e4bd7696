package syntax

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// cursorMark stands in a scenario where the cursor is.
const cursorMark = "‸"

// patient is a configuration under which no parse of a test runs out of time on a slow machine.
var patient = Config{ParseTimeout: time.Minute, QueryTimeout: time.Minute, DocumentTime: time.Hour}

// TestScenarios plays testdata/<language>/*.txt: a text with a cursor mark, a line of equals signs, and the expected
// context as lines of "key: value". A key that is left out is not compared. In the text, a line that ends with "\r" in
// these two characters ends with a carriage return, and "\0" stands for a NUL byte.
func TestScenarios(t *testing.T) {
	files, err := filepath.Glob("testdata/*/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenarios: %v", err)
	}
	pool := NewPool(patient)
	defer pool.Close()
	for _, file := range files {
		t.Run(strings.TrimSuffix(strings.TrimPrefix(file, "testdata/"), ".txt"), func(t *testing.T) {
			playScenario(t, pool, file)
		})
	}
}

func playScenario(t *testing.T, pool *Pool, file string) {
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	source, expected, ok := strings.Cut(string(data), "\n====\n")
	if !ok {
		t.Fatalf("%s: no line of ====", file)
	}
	source = strings.NewReplacer("\\r\n", "\r\n", "\\0", "\x00").Replace(source)
	offset := strings.Index(source, cursorMark)
	if offset < 0 {
		t.Fatalf("%s: no cursor mark", file)
	}
	text := source[:offset] + source[offset+len(cursorMark):]
	tree := pool.Open(filepath.Base(filepath.Dir(file)))
	defer tree.Close()
	got := render(tree, text, offset)
	checked := 0
	for line := range strings.Lines(expected) {
		line = strings.TrimRight(line, "\n")
		key, want, ok := strings.Cut(line, ":")
		if strings.TrimSpace(line) == "" {
			continue
		}
		want = strings.TrimSpace(want)
		switch value, known := got[key]; {
		case !ok:
			t.Fatalf("%s: expectation without a key: %q", file, line)
		case key == "has":
			for _, name := range strings.Split(want, ", ") {
				if !strings.Contains(", "+got["names"]+", ", ", "+name+", ") {
					t.Errorf("names lack %q: %s", name, got["names"])
				}
			}
		case key == "hasnt":
			for _, name := range strings.Split(want, ", ") {
				if strings.Contains(", "+got["names"], ", "+name+" (") {
					t.Errorf("names hold %q: %s", name, got["names"])
				}
			}
		case !known:
			t.Fatalf("%s: unknown key %q", file, key)
		case value != want:
			t.Errorf("%s\n got: %s\nwant: %s", key, value, want)
		}
		checked++
	}
	if checked == 0 {
		t.Errorf("%s: nothing is expected", file)
	}
}

// render writes what is known about a place as the values of a scenario's keys.
func render(tree *Tree, text string, offset int) map[string]string {
	a := tree.Analyze(text, offset)
	got := map[string]string{"function": "-", "class": "-", "decorators": "-", "names": "-", "imports": "-", "enclosing": "-", "outline": "-"}
	got["in"] = string(a.Region)
	if a.Role != "" && string(a.Role) != string(a.Region) {
		got["in"] += ", " + string(a.Role)
	}
	if a.Of != "" {
		got["in"] += " of " + a.Of
	}
	got["says"] = a.Describe()
	got["node"] = a.Node
	got["empty body"] = yesNo(a.EmptyBody)
	got["repaired"] = yesNo(a.Repaired)
	got["parsed"] = yesNo(a.Parsed)
	if f := a.Function(); f != nil {
		got["function"] = f.Signature
	}
	if c := a.Class(); c != nil {
		got["class"] = c.Signature
	}
	set := func(key, separator string, values []string) {
		if len(values) > 0 {
			got[key] = strings.Join(values, separator)
		}
	}
	var enclosing, imports, names, outline []string
	for _, s := range a.Enclosing {
		enclosing = append(enclosing, string(s.Kind)+" "+s.Name)
		set("decorators", " ", s.Decorators)
	}
	for _, i := range a.Imports {
		imports = append(imports, i.Text)
	}
	for _, n := range a.Names {
		names = append(names, fmt.Sprintf("%s (%s)", n.Name, n.Kind))
	}
	for _, s := range tree.Outline(text) {
		outline = append(outline, strings.Repeat("> ", s.Depth)+string(s.Kind)+" "+s.Name)
	}
	set("enclosing", " > ", enclosing)
	set("imports", " | ", imports)
	set("names", ", ", names)
	set("outline", ", ", outline)
	return got
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
