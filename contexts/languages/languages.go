// Package languages knows the facts of programming languages, one plugin a folder.
//
// A [Language] is a name with its aliases and file extensions, a grammar, five queries and a few [Facts]. Each folder
// beside this file registers one, or a few kin, when its package is initialised; package languages/all imports every
// folder, by a generated list that a test compares with the folders, so that adding a language touches its own
// folder and no line of other code. docs/languages.md shows one in ten lines.
//
//   - The registry is filled while packages initialise, or by a test; after that it is only read. Every function is
//     safe for concurrent use.
//   - A Language is never changed once registered.
//   - This package imports no parser: a grammar is a pointer, understood by package contexts/syntax alone.
package languages

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"unsafe"
)

// Language is one plugin.
type Language struct {
	Name       string                // the LSP language id, such as "python"; unique
	Aliases    []string              // other ids that editors send, such as "py"
	Extensions []string              // of files, with the dot, lower case
	Filenames  []string              // whole names of files without such an extension, such as "Makefile"
	Grammar    func() unsafe.Pointer // the tree-sitter grammar; nil: the language is known by its facts only
	Queries    []fs.FS               // each holds some of the files named by [QueryFiles]; those of one name are joined
	Facts      Facts
}

// The query files of a language. Which captures they may use is told in docs/languages.md and checked when the
// queries are compiled.
const (
	OutlineFile   = "outline.scm"   // functions and classes, with their names, bodies and decorators
	ToplevelFile  = "toplevel.scm"  // further definitions for the outline, at most two nodes below the root: constants
	ImportsFile   = "imports.scm"   // imports
	VariablesFile = "variables.scm" // scopes and the names bound in them
	PlacesFile    = "places.scm"    // comments, strings, argument lists and other places that a cursor may stand in
)

// QueryFiles are the files looked for in [Language.Queries].
var QueryFiles = []string{OutlineFile, ToplevelFile, ImportsFile, VariablesFile, PlacesFile}

// Query returns the joined text of one query file, "" where the language has none.
func (l *Language) Query(file string) string {
	var b strings.Builder
	for _, dir := range l.Queries {
		text, err := fs.ReadFile(dir, file)
		if err != nil {
			continue // any of the files may be absent
		}
		b.Write(text)
		b.WriteByte('\n')
	}
	return b.String()
}

// Dir returns a folder of embedded queries; it panics where there is none, which is an error of the plugin.
func Dir(files fs.FS, dir string) fs.FS {
	sub, err := fs.Sub(files, dir)
	if err != nil {
		panic(err)
	}
	return sub
}

// PlainText is what an unknown language is: no grammar and [DefaultFacts].
var PlainText = &Language{Name: "plaintext", Aliases: []string{"text"}, Extensions: []string{".txt"}, Facts: DefaultFacts}

var (
	mu     sync.RWMutex
	byID   = map[string]*Language{}
	byExt  = map[string]*Language{}
	byFile = map[string]*Language{}
	sorted []*Language
)

// Register adds a language; a package calls it from its init. It panics where the name, an alias, an extension or a
// file name is empty or already taken: two plugins then claim the same files.
func Register(l *Language) {
	mu.Lock()
	defer mu.Unlock()
	take := func(m map[string]*Language, what, key string) {
		if key == "" {
			panic(fmt.Sprintf("languages: %s: empty %s", l.Name, what))
		}
		if other := m[key]; other != nil {
			panic(fmt.Sprintf("languages: %s: %s %q is taken by %s", l.Name, what, key, other.Name))
		}
		m[key] = l
	}
	take(byID, "name", l.Name)
	for _, id := range l.Aliases {
		take(byID, "alias", id)
	}
	for _, ext := range l.Extensions {
		take(byExt, "extension", ext)
	}
	for _, name := range l.Filenames {
		take(byFile, "file name", name)
	}
	at, _ := slices.BinarySearchFunc(sorted, l, func(a, b *Language) int { return strings.Compare(a.Name, b.Name) })
	sorted = slices.Insert(sorted, at, l)
}

// ByID returns the language with the given LSP language id or alias, in any case; [PlainText] where none has it.
func ByID(id string) *Language {
	mu.RLock()
	defer mu.RUnlock()
	if l := byID[strings.ToLower(id)]; l != nil {
		return l
	}
	return PlainText
}

// ForPath returns the language of a file by its name; [PlainText] where no language claims it. The path may be a
// URI or use either kind of slash.
func ForPath(name string) *Language {
	base := name[strings.LastIndexAny(name, `/\`)+1:]
	mu.RLock()
	defer mu.RUnlock()
	if l := byFile[base]; l != nil {
		return l
	}
	if dot := strings.LastIndexByte(base, '.'); dot >= 0 {
		if l := byExt[strings.ToLower(base[dot:])]; l != nil {
			return l
		}
	}
	return PlainText
}

// For returns the language by its id and, where that is unknown, by the file's name.
func For(id, name string) *Language {
	if l := ByID(id); l != PlainText {
		return l
	}
	return ForPath(name)
}

// All returns every registered language, by name.
func All() []*Language {
	mu.RLock()
	defer mu.RUnlock()
	return slices.Clone(sorted)
}
