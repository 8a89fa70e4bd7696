package inkling_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	code    = regexp.MustCompile("`[^`]*`")
	heading = regexp.MustCompile(`^#{1,6} +(.+?)\s*$`)
	// mention is a page's name in what is no page: comments, messages, alert rules.
	mention = regexp.MustCompile(`\bdocs/[a-z]+\.md(?:#[a-z0-9-]+)?`)
)

// Every link of a page leads to a file that is there, and to one of its headings where it names one.
func TestLinksOfThePagesLeadSomewhere(t *testing.T) {
	pages := filesOf(t, ".md")
	if len(pages) < 15 {
		t.Fatalf("only %d pages", len(pages))
	}
	for _, page := range pages {
		for _, line := range proseOf(t, page) {
			for _, found := range link.FindAllStringSubmatch(code.ReplaceAllString(line, ""), -1) {
				target := found[1]
				if strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
					continue // elsewhere
				}
				file, anchor, _ := strings.Cut(target, "#")
				if file == "" {
					file = filepath.Base(page)
				}
				leads(t, page, filepath.Join(filepath.Dir(page), file), anchor)
			}
		}
	}
}

// What a comment, a message or an alert says of a page is there too.
func TestMentionsOfPagesLeadSomewhere(t *testing.T) {
	for _, file := range filesOf(t, ".go", ".yml", ".yaml", ".sh", ".conf", ".service", ".socket", ".txt", "Dockerfile", "Makefile", ".example") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range mention.FindAllString(string(text), -1) {
			page, anchor, _ := strings.Cut(found, "#")
			leads(t, file, page, anchor)
		}
	}
}

// leads fails a test where a target is not there, or is a page without the heading.
func leads(t *testing.T, from, target, anchor string) {
	t.Helper()
	if _, err := os.Stat(target); err != nil {
		t.Errorf("%s leads to %s, which is not there", from, target)
		return
	}
	if anchor == "" {
		return
	}
	if !slices.Contains(anchorsOf(t, target), anchor) {
		t.Errorf("%s leads to %s#%s, and no heading is called so", from, target, anchor)
	}
}

// anchorsOf are a page's headings as the forges make anchors of them: in lower case, without punctuation, spaces as dashes.
func anchorsOf(t *testing.T, page string) (anchors []string) {
	t.Helper()
	for _, line := range proseOf(t, page) {
		found := heading.FindStringSubmatch(line)
		if found == nil {
			continue
		}
		anchors = append(anchors, strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-' || r == '_' || r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r > 127:
				return r
			}
			return -1
		}, strings.ToLower(found[1])))
	}
	return anchors
}

// proseOf are the lines of a page outside of its fenced blocks.
func proseOf(t *testing.T, page string) (lines []string) {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	fenced := false
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(strings.TrimSpace(line), "```") {
			fenced = !fenced
		} else if !fenced && !strings.HasPrefix(line, "    ") {
			lines = append(lines, strings.TrimRight(line, "\n"))
		}
	}
	return lines
}

// filesOf are the files of the repository whose names end so, without what was built or fetched.
func filesOf(t *testing.T, endings ...string) (files []string) {
	t.Helper()
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		switch entry.Name() {
		case ".git", "node_modules", "bin", "dist", "testdata":
			if entry.IsDir() {
				return fs.SkipDir
			}
		}
		if !entry.IsDir() && slices.ContainsFunc(endings, func(e string) bool { return strings.HasSuffix(entry.Name(), e) }) {
			files = append(files, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
