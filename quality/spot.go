package quality

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"inkling/contexts/languages"
)

// Limits of what spots are taken from.
const (
	maxFileBytes = 100_000
	minFileLines = 25
	maxFiles     = 20_000
	maxHoleLines = 6 // lines taken out after the cursor's
	maxOthers    = 3 // other files of the folder that count as open
	triesPerSpot = 40
)

// Spot is a cursor in real code.
type Spot struct {
	Path     string
	Language string
	Text     string // with the hole
	Offset   int    // of the cursor in it, in bytes
	Rest     string // of the cursor's line, as it was
	Truth    string // what was taken out, and what stands after it
	Others   []File // of the same folder
}

// File is another file of a spot's folder.
type File struct{ Path, Text string }

// Spots takes n spots for each of the languages from the sources below folders, the same ones for the same seed. The
// languages take turns, so that a run that is stopped has seen all of them.
func Spots(folders []string, wanted []string, n int, seed uint64) ([]Spot, error) {
	byLanguage, err := sources(folders)
	if err != nil {
		return nil, err
	}
	rng := rand.New(rand.NewPCG(seed, 7))
	spots := make([]Spot, n*len(wanted))
	for turn, language := range wanted {
		paths := byLanguage[language]
		if len(paths) == 0 {
			return nil, fmt.Errorf("quality: no %s below %s", language, strings.Join(folders, ", "))
		}
		taken := 0
		for try := 0; taken < n && try < n*triesPerSpot; try++ {
			spot, ok, err := takeSpot(paths[rng.IntN(len(paths))], language, rng)
			if err != nil {
				return nil, err
			}
			if ok {
				spots[taken*len(wanted)+turn] = spot
				taken++
			}
		}
		if taken < n {
			return nil, fmt.Errorf("quality: only %d of %d places in %s", taken, n, language)
		}
	}
	return spots, nil
}

func sources(folders []string) (map[string][]string, error) {
	found, count := map[string][]string{}, 0
	for _, folder := range folders {
		err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !entry.Type().IsRegular() || count >= maxFiles || strings.Contains(path, ".min.") {
				return err
			}
			if l := languages.ForPath(path); l != languages.PlainText {
				found[l.Name] = append(found[l.Name], path)
				count++
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

// readable returns a file's text where it is one that people write and edit.
func readable(path string) (string, bool) {
	info, err := os.Stat(path)
	if err != nil || info.Size() > maxFileBytes {
		return "", false
	}
	data, err := os.ReadFile(path)
	if err != nil || !utf8.Valid(data) || strings.ContainsAny(string(data), "\r\x00") {
		return "", false
	}
	return string(data), strings.Count(string(data), "\n") >= minFileLines
}

func takeSpot(path, language string, rng *rand.Rand) (Spot, bool, error) {
	text, ok := readable(path)
	if !ok {
		return Spot{}, false, nil
	}
	lines := strings.SplitAfter(text, "\n")
	n := 5 + rng.IntN(len(lines)-10)
	cut, ok := cursorIn(strings.TrimSuffix(lines[n], "\n"), rng)
	if !ok || len(lines[n]) > 200 {
		return Spot{}, false, nil
	}
	start := len(strings.Join(lines[:n], "")) + cut
	last := min(n+1+rng.IntN(maxHoleLines+1), len(lines))
	end := len(strings.Join(lines[:last], "")) - 1 // the last line end stays
	if end <= start {
		return Spot{}, false, nil
	}
	rest := strings.TrimSuffix(lines[n][cut:], "\n")
	others, err := beside(path, language, rng)
	return Spot{
		Path: path, Language: language, Text: text[:start] + text[end:], Offset: start, Rest: rest, Truth: text[start:], Others: others,
	}, strings.TrimSpace(rest) != "", err
}

// cursorIn picks a place in a line of code: where the code begins, or a boundary of a word.
func cursorIn(line string, rng *rand.Rand) (int, bool) {
	code := strings.TrimLeft(line, " \t")
	if len(code) < 4 || strings.HasPrefix(code, "//") || strings.HasPrefix(code, "#") || strings.HasPrefix(code, "*") || strings.HasPrefix(code, "/*") {
		return 0, false
	}
	indent := len(line) - len(code)
	places := []int{indent}
	var before rune
	for at, r := range code {
		if at > 0 && word(before) != word(r) && !unicode.IsSpace(r) {
			places = append(places, indent+at)
		}
		before = r
	}
	return places[rng.IntN(len(places))], true
}

func word(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }

// beside returns a few other files of the folder.
func beside(path, language string, rng *rand.Rand) ([]File, error) {
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if e.Name() != filepath.Base(path) && languages.ForPath(e.Name()).Name == language {
			names = append(names, e.Name())
		}
	}
	rng.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	var files []File
	for _, name := range slices.Clip(names[:min(len(names), maxOthers)]) {
		other := filepath.Join(filepath.Dir(path), name)
		if text, ok := readable(other); ok {
			files = append(files, File{other, text})
		}
	}
	return files, nil
}
