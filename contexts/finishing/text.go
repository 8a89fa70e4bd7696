package finishing

import "strings"

// minLineBytes is how long a line must be for its repetition to say something: "}", "end" and "else:" are shorter.
const minLineBytes = 6

// says reports whether a line is one whose repetition means something.
func says(line string) bool {
	if len(line) < minLineBytes {
		return false
	}
	for i := range len(line) {
		if isWord(line[i]) {
			return true
		}
	}
	return false
}

// lineStart returns where the last line of text begins.
func lineStart(text string) int { return strings.LastIndexAny(text, "\r\n") + 1 }

// firstLine returns the first line of text without its end.
func firstLine(text string) string {
	if at := strings.IndexAny(text, "\r\n"); at >= 0 {
		return text[:at]
	}
	return text
}

// nextLine returns the first line of text that is not blank, with its indentation.
func nextLine(text string) (string, bool) {
	for text != "" {
		line := firstLine(text)
		if strings.TrimSpace(line) != "" {
			return line, true
		}
		text = strings.TrimLeft(text[len(line):], "\r\n")
	}
	return "", false
}

// indentation returns the blanks that text begins with.
func indentation(text string) string {
	i := 0
	for i < len(text) && (text[i] == ' ' || text[i] == '\t') {
		i++
	}
	return text[:i]
}
