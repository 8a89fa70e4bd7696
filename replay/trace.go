package replay

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"unicode/utf8"
)

// Limits of what a trace is made of.
const (
	maxFileBytes  = 200_000 // larger files are left out
	minFileLines  = 30      // smaller ones too
	holeMinLines  = 3
	holeMaxLines  = 10
	maxHoleBytes  = 1_500
	maxTraceFiles = 10_000
)

// Trace is a file with holes and what belongs in them.
type Trace struct {
	Path     string // relative to the folder that it came from
	Language string // LSP language id
	Text     string // with the holes, as it is when the typist starts
	Holes    []Hole // in the order in which they are filled
	seed     uint64
}

// Hole is a run of whole lines that was taken out.
type Hole struct {
	Start int    // byte offset in the original file
	Text  string // what was there
	After string // what follows it in the original file, at most 400 bytes, to judge suggestions that reach past the hole
}

// Languages of traces, by file extension.
var languages = map[string]string{
	".py": "python", ".js": "javascript", ".mjs": "javascript", ".ts": "typescript", ".java": "java", ".go": "go",
	".rs": "rust", ".c": "c", ".cpp": "cpp", ".rb": "ruby",
}

// Traces makes up to n traces from the sources below folder, the same ones for the same seed, spread evenly over the
// languages found. Each has the given number of holes, fewer where the file is small.
func Traces(folder string, n, holes int, seed uint64) ([]Trace, error) {
	byLanguage, err := sources(folder)
	if err != nil {
		return nil, err
	}
	names := make([]string, 0, len(byLanguage))
	for name := range byLanguage {
		names = append(names, name)
	}
	sort.Strings(names)
	rng := rand.New(rand.NewPCG(seed, 1))
	for _, name := range names {
		paths := byLanguage[name]
		rng.Shuffle(len(paths), func(i, j int) { paths[i], paths[j] = paths[j], paths[i] })
	}
	var traces []Trace
	for round := 0; len(traces) < n; round++ {
		found := false
		for _, name := range names {
			if round >= len(byLanguage[name]) || len(traces) == n {
				continue
			}
			found = true
			path := byLanguage[name][round]
			text, err := os.ReadFile(filepath.Join(folder, path))
			if err != nil {
				return nil, err
			}
			if t, ok := newTrace(path, name, string(text), holes, rng.Uint64()); ok {
				traces = append(traces, t)
			}
		}
		if !found {
			break
		}
	}
	if len(traces) == 0 {
		return nil, fmt.Errorf("replay: no sources of %d lines or more below %s", minFileLines, folder)
	}
	return traces, nil
}

// sources lists the files below folder by language.
func sources(folder string) (map[string][]string, error) {
	found, count := map[string][]string{}, 0
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		language, ok := languages[filepath.Ext(path)]
		if entry.IsDir() || !ok || count >= maxTraceFiles {
			return nil
		}
		info, err := entry.Info()
		if err != nil || info.Size() > maxFileBytes || !info.Mode().IsRegular() {
			return err
		}
		relative, err := filepath.Rel(folder, path)
		found[language] = append(found[language], relative)
		count++
		return err
	})
	return found, err
}

// newTrace cuts holes into a file. It reports false for a file that is too small or not text.
func newTrace(path, language, text string, holes int, seed uint64) (Trace, bool) {
	if !utf8.ValidString(text) || strings.ContainsAny(text, "\r\x00") {
		return Trace{}, false
	}
	lines := strings.SplitAfter(text, "\n")
	if len(lines) < minFileLines {
		return Trace{}, false
	}
	rng := rand.New(rand.NewPCG(seed, 2))
	t := Trace{Path: path, Language: language, seed: seed}
	taken := make([]bool, len(lines))
	for try := 0; try < holes*10 && len(t.Holes) < holes; try++ {
		first := rng.IntN(len(lines) - holeMinLines)
		last := min(first+holeMinLines+rng.IntN(holeMaxLines-holeMinLines+1), len(lines)-1)
		if hole, ok := cut(lines, taken, first, last); ok {
			t.Holes = append(t.Holes, hole)
		}
	}
	if len(t.Holes) == 0 {
		return Trace{}, false
	}
	t.Text = textWithout(text, t.Holes)
	return t, true
}

// cut takes lines first up to, not including, last. Neighbouring holes keep two lines between them.
func cut(lines []string, taken []bool, first, last int) (Hole, bool) {
	for i := max(first-2, 0); i < min(last+2, len(lines)); i++ {
		if taken[i] {
			return Hole{}, false
		}
	}
	hole := Hole{Text: strings.Join(lines[first:last], ""), Start: len(strings.Join(lines[:first], ""))}
	if len(hole.Text) > maxHoleBytes || len(strings.TrimSpace(hole.Text)) < 20 {
		return Hole{}, false
	}
	after := strings.Join(lines[last:], "")
	hole.After = after[:min(len(after), 400)]
	for i := first; i < last; i++ {
		taken[i] = true
	}
	return hole, true
}

func textWithout(text string, holes []Hole) string {
	sorted := append([]Hole(nil), holes...)
	sort.Slice(sorted, func(i, j int) bool { return sorted[i].Start < sorted[j].Start })
	var b strings.Builder
	at := 0
	for _, hole := range sorted {
		b.WriteString(text[at:hole.Start])
		at = hole.Start + len(hole.Text)
	}
	b.WriteString(text[at:])
	return b.String()
}
