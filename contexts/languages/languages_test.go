package languages

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
)

func TestALanguageIsFoundByItsNamesAndFiles(t *testing.T) {
	l := &Language{
		Name: "first", Aliases: []string{"1st"}, Extensions: []string{".one"}, Filenames: []string{"Onefile"},
		Queries: []fs.FS{fstest.MapFS{OutlineFile: {Data: []byte("a")}}, fstest.MapFS{OutlineFile: {Data: []byte("b")}}},
	}
	emptyRegistry(t)
	Register(l)
	for name, got := range map[string]*Language{
		"id": ByID("first"), "alias": ByID("1ST"), "extension": ForPath("/x/y.ONE"), "name": ForPath(`d:\Onefile`),
		"id before path": For("first", "x.txt"), "path": For("unknown", "file:///x.one"),
	} {
		if got != l {
			t.Errorf("%s: %s", name, got.Name)
		}
	}
	for name, got := range map[string]*Language{
		"unknown id": ByID("second"), "empty": ByID(""), "no extension": ForPath("one"), "unknown": For("", "x.two"),
	} {
		if got != PlainText {
			t.Errorf("%s: %s", name, got.Name)
		}
	}
	if got := l.Query(OutlineFile); got != "a\nb\n" {
		t.Errorf("joined: %q", got)
	}
	if got := l.Query(PlacesFile); got != "" {
		t.Errorf("absent: %q", got)
	}
}

func TestTwoLanguagesCannotClaimTheSameFiles(t *testing.T) {
	emptyRegistry(t)
	Register(&Language{Name: "owner", Extensions: []string{".own"}})
	for want, l := range map[string]*Language{
		`name "owner" is taken by owner`:     {Name: "owner"},
		`extension ".own" is taken by owner`: {Name: "thief", Extensions: []string{".own"}},
		`alias "owner" is taken by owner`:    {Name: "pretender", Aliases: []string{"owner"}},
		`empty file name`:                    {Name: "careless", Filenames: []string{""}},
	} {
		func() {
			defer func() {
				if got, _ := recover().(string); !strings.Contains(got, want) {
					t.Errorf("%q, want %q", got, want)
				}
			}()
			Register(l)
		}()
	}
}

// emptyRegistry gives a test a registry of its own.
func emptyRegistry(t *testing.T) {
	ids, exts, files, list := byID, byExt, byFile, sorted
	byID, byExt, byFile, sorted = map[string]*Language{}, map[string]*Language{}, map[string]*Language{}, nil
	t.Cleanup(func() { byID, byExt, byFile, sorted = ids, exts, files, list })
}
