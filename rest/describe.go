package rest

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"inkling/contexts"
)

// describe makes the response's form of a suggestion.
func describe(g suggestion, description string, enc contexts.Encoding) Suggestion {
	out := Suggestion{Text: g.Text, Confidence: confidence(g.LogProb), Type: "single-line", Description: description,
		CursorOffset: length(g.Text, enc)}
	if strings.ContainsAny(g.Text, "\r\n") {
		out.Type = "multi-line"
	}
	return out
}

// length returns the length of a text in an encoding's units.
func length(text string, enc contexts.Encoding) int {
	switch enc {
	case contexts.UTF8:
		return len(text)
	case contexts.UTF32:
		return utf8.RuneCountInString(text)
	}
	n := 0
	for _, r := range text {
		n += max(utf16.RuneLen(r), 1)
	}
	return n
}
