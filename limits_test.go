package inkling_test

import (
	"bytes"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write docs/limits.md anew")

// constants are the values of a folder's numeric constants and of the defaults of its Limits, by name.
type constants map[string]int64

// durations are the names of these that are times.
func readConstants(t *testing.T, folder string) (values constants, durations map[string]bool) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(filepath.FromSlash(folder), "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	var files []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, parsed)
	}
	values, durations = constants{}, map[string]bool{}
	for range 3 { // constants may be made of later ones
		for _, p := range files {
			ast.Inspect(p, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.ValueSpec:
					for i, name := range n.Names {
						if i < len(n.Values) {
							values.set(name.Name, n.Values[i], durations)
						}
					}
				case *ast.AssignStmt: // l.Field = or(l.Field, default)
					if name, value, ok := defaulted(n); ok {
						values.set("Limits."+name, value, durations)
					}
				}
				return true
			})
		}
	}
	return values, durations
}

func defaulted(n *ast.AssignStmt) (name string, value ast.Expr, ok bool) {
	field, isField := n.Lhs[0].(*ast.SelectorExpr)
	call, isCall := n.Rhs[0].(*ast.CallExpr)
	if !isField || !isCall || len(call.Args) != 2 || fmt.Sprint(field.X) != "l" || fmt.Sprint(call.Fun) != "or" {
		return "", nil, false
	}
	return field.Sel.Name, call.Args[1], true
}

func (c constants) set(name string, e ast.Expr, durations map[string]bool) {
	if v, isTime, ok := c.value(e, durations); ok {
		c[name], durations[name] = v, isTime
	}
}

var times = map[string]time.Duration{"Millisecond": time.Millisecond, "Second": time.Second, "Minute": time.Minute, "Hour": time.Hour}

// value computes a constant expression.
func (c constants) value(e ast.Expr, durations map[string]bool) (v int64, isTime, ok bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		f, err := strconv.ParseFloat(strings.ReplaceAll(e.Value, "_", ""), 64)
		return int64(f), false, err == nil
	case *ast.Ident:
		v, ok = c[e.Name]
		return v, durations[e.Name], ok
	case *ast.SelectorExpr:
		d, ok := times[e.Sel.Name]
		return int64(d), true, ok && fmt.Sprint(e.X) == "time"
	case *ast.BinaryExpr:
		a, aTime, okA := c.value(e.X, durations)
		b, bTime, okB := c.value(e.Y, durations)
		isTime, ok = aTime || bTime, okA && okB
		switch e.Op {
		case token.MUL:
			return a * b, isTime, ok
		case token.ADD:
			return a + b, isTime, ok
		case token.SUB:
			return a - b, isTime, ok
		case token.SHL:
			return a << min(b, 62), isTime, ok
		}
	}
	return 0, false, false
}

// mustHaveRows says which names of a folder are limits: the fields of Limits, and constants named max.
func mustHaveRows(name string) bool {
	return strings.HasPrefix(name, "Limits.") || strings.HasPrefix(name, "max") || strings.HasPrefix(name, "Max")
}

// wholly are the folders whose every limit has a row: those that face clients, other servers, files and configuration.
var wholly = []string{"stream", "stream/wire", "rest", "ratelimit", "ratelimit/identity", "cache", "contexts", "infer/model", "infer/tokenizer", "infer/gguf",
	"cmd/inkling", "contexts/syntax", "stream/bridge", "stream/client", "infer/ort", "infer/hub", "infer/remote", "replay", "contexts/finishing", "contexts/secrets",
	"redisconn", "deploy/capacity"}

func TestTheTableOfLimitsIsThatOfTheCode(t *testing.T) {
	var page bytes.Buffer
	page.WriteString("# Limits\n\nEvery limit that something from outside can run into: written from the code by `go test . -run Limits -update`, and compared with it by\n" +
		"`go test .`. The last column names the test that holds it.\n")
	rows := map[string]bool{}
	folder := ""
	var values constants
	var durations map[string]bool
	for _, l := range limits {
		if l.folder != folder {
			folder = l.folder
			values, durations = readConstants(t, folder)
			fmt.Fprintf(&page, "\n## %s\n\n| limit | value | of | reason | beyond it | test |\n|---|---|---|---|---|---|\n", folder)
		}
		rows[l.folder+"."+l.name] = true
		v, ok := values[l.name]
		if !ok {
			t.Errorf("%s has no %s", l.folder, l.name)
		}
		if at := strings.LastIndexByte(l.test, '.'); at < 0 || !hasTest(t, l.test[:at], l.test[at+1:]) {
			t.Errorf("%s.%s: there is no test %q that holds it", l.folder, l.name, l.test)
		}
		fmt.Fprintf(&page, "| `%s` | %s | %s | %s | %s | `%s` |\n", strings.TrimPrefix(l.name, "Limits."), readable(v, durations[l.name], l.of), l.of, l.reason, l.beyond, l.test)
	}
	for _, folder := range wholly {
		values, _ := readConstants(t, folder)
		for name := range values {
			if mustHaveRows(name) && !rows[folder+"."+name] {
				t.Errorf("%s.%s has no row in limits_table_test.go", folder, name)
			}
		}
	}
	path := filepath.Join("docs", "limits.md")
	if *update {
		if err := os.WriteFile(path, page.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if written, err := os.ReadFile(path); err != nil || !bytes.Equal(written, page.Bytes()) {
		t.Errorf("docs/limits.md is not that of the code (%v): go test . -run Limits -update", err)
	}
}

// readable writes a value in its unit.
func readable(v int64, isTime bool, of string) string {
	switch {
	case isTime:
		text := strings.Replace(time.Duration(v).String()+" ", "m0s ", "m", 1)
		return strings.TrimSpace(strings.Replace(text+" ", "h0m ", "h", 1))
	case strings.HasSuffix(of, "bytes") && v >= 1<<20 && v%(1<<20) == 0:
		return fmt.Sprintf("%d MiB", v>>20)
	case strings.HasSuffix(of, "bytes") && v >= 1<<10 && v%(1<<10) == 0:
		return fmt.Sprintf("%d KiB", v>>10)
	}
	return strconv.FormatInt(v, 10)
}
