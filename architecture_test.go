// Package inkling_test holds the rules of the whole repository.
package inkling_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// mayImport is the architecture: which of our top folders a top folder may import. A folder may always import its own
// sub-folders.
var mayImport = map[string][]string{
	"infer":     {},
	"web":       {},
	"redisconn": {},
	"jsoncount": {},
	"contexts":  {"infer"},
	"ratelimit": {"infer", "redisconn"},
	"cache":     {"infer", "contexts", "redisconn"},
	"stream":    {"contexts", "infer", "ratelimit", "jsoncount"},
	"rest":      {"contexts", "infer", "ratelimit", "jsoncount"},
	"replay":    {"contexts", "infer", "stream"},
	"quality":   {"contexts", "infer"},
	"chaos":     {"stream"},
	"serving":   {"infer"},
	"cmd":       {"serving", "chaos", "infer", "web", "contexts", "ratelimit", "cache", "stream", "rest", "redisconn", "replay", "quality"},
}

// onlyIn confines a dependency to the folders that need it.
var onlyIn = map[string][]string{
	"github.com/yalue/onnxruntime_go":       {"infer/ort"},
	"github.com/coder/websocket":            {"stream", "deploy/test"},
	"github.com/gobwas/ws":                  {"stream"},
	"github.com/go-chi/chi/v5":              {"rest"},
	"github.com/danielgtaylor/huma/v2":      {"rest"},
	"github.com/redis/go-redis/v9":          {"redisconn", "cache", "ratelimit", "cmd"},
	"github.com/go-redis/redis_rate/v10":    {"ratelimit"},
	"github.com/maypok86/otter/v2":          {"cache"},
	"github.com/alecthomas/kong":            {"cmd"},
	"github.com/joho/godotenv":              {"cmd"},
	"github.com/tree-sitter/go-tree-sitter": {"contexts/syntax", "contexts/languages"},
	"github.com/zricethezav/gitleaks/v8":    {"contexts/secrets"},
	"github.com/prometheus/client_golang":   {"rest/metrics"},
	"github.com/coreos/go-systemd/v22":      {"serving/systemd"},
	"golang.org/x/crypto":                   {"serving/certs"},
	"go.opentelemetry.io":                   {"serving/trace"},
	"google.golang.org/protobuf":            {"infer/gguf", "infer/ort/devicekv", "serving/trace"},
	"github.com/openai/openai-go/v3":        {"infer/remote"},
	"github.com/sony/gobreaker/v2":          {"infer/remote", "cache", "ratelimit", "redisconn"},
	"github.com/dlclark/regexp2/v2":         {"infer/tokenizer"},
	"github.com/alicebob/miniredis/v2":      {"cache", "ratelimit", "redisconn"},
	"github.com/Shopify/toxiproxy/v2":       {"cache", "ratelimit", "redisconn", "chaos"},
	"github.com/tree-sitter-grammars":       {"contexts/languages"},
}

// file is one Go file with its imports.
type file struct {
	path    string // slash-separated, from the root
	test    bool
	imports []string
}

func goFiles(t *testing.T) []file {
	t.Helper()
	var files []file
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() && path != "." && (strings.HasPrefix(name, ".") || name == "node_modules" || name == "testdata") {
			return filepath.SkipDir
		}
		if entry.IsDir() || !strings.HasSuffix(name, ".go") {
			return nil
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		f := file{path: filepath.ToSlash(path), test: strings.HasSuffix(name, "_test.go")}
		for _, spec := range parsed.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			f.imports = append(f.imports, imported)
		}
		files = append(files, f)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 10 {
		t.Fatalf("found only %d Go files", len(files))
	}
	return files
}

func top(path string) string { return strings.SplitN(path, "/", 2)[0] }

// breaches returns what of a file's imports the two tables forbid.
func breaches(f file) []string {
	var found []string
	for _, imported := range f.imports {
		if ours, ok := strings.CutPrefix(imported, "inkling/"); ok && !f.test && !allowed(f.path, ours) {
			found = append(found, f.path+" imports "+imported)
		}
		for dependency, places := range onlyIn {
			if (imported == dependency || strings.HasPrefix(imported, dependency+"/")) && !within(f.path, places) {
				found = append(found, f.path+" imports "+imported+", which belongs in "+strings.Join(places, ", "))
			}
		}
	}
	return found
}

func allowed(path, ours string) bool {
	from := top(path)
	if from == top(ours) {
		return true
	}
	for _, to := range mayImport[from] {
		if to == top(ours) {
			return true
		}
	}
	return false
}

func within(path string, places []string) bool {
	for _, place := range places {
		if strings.HasPrefix(path, place+"/") {
			return true
		}
	}
	return false
}

func TestImportsFollowTheArchitecture(t *testing.T) {
	for _, f := range goFiles(t) {
		for _, breach := range breaches(f) {
			t.Error(breach)
		}
	}
}

func TestABreachOfTheArchitectureIsSeen(t *testing.T) {
	for _, f := range []file{
		{path: "infer/a.go", imports: []string{"inkling/contexts"}},
		{path: "stream/a.go", imports: []string{"inkling/cache"}},
		{path: "rest/a.go", imports: []string{"github.com/redis/go-redis/v9"}},
		{path: "unknown/a.go", imports: []string{"inkling/infer"}},
	} {
		if len(breaches(f)) != 1 {
			t.Errorf("%s importing %v is not seen as a breach", f.path, f.imports)
		}
	}
}

func TestNoSourceFileIsPast400Lines(t *testing.T) {
	for _, f := range goFiles(t) {
		data, err := os.ReadFile(f.path)
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(data), "\n"); n > 400 && !f.test {
			t.Errorf("%s has %d lines: split it by idea", f.path, n)
		}
	}
}
