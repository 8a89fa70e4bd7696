package rest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"math"
	"net/http"
	"strconv"
	"strings"

	"inkling/contexts"
	"inkling/infer"
)

// encodings are the names of positionEncoding.
var encodings = map[string]contexts.Encoding{"": contexts.UTF16, "utf-16": contexts.UTF16, "utf-8": contexts.UTF8, "utf-32": contexts.UTF32}

// place makes a document of the lines, and finds the cursor in it. The caller closes the document.
func (c *CompletionContext) place() (contexts.Place, contexts.Encoding, error) {
	if err := c.checkLines(); err != nil {
		return contexts.Place{}, 0, err
	}
	lines := append(make([]string, 0, len(c.PreviousLines)+1+len(c.NextLines)), c.PreviousLines...)
	cursor := contexts.Position{Line: uint32(len(lines)), Character: uint32(c.Position.Column)}
	if c.CurrentLine == "" && c.Position.Column > 0 && len(lines) > 0 {
		// The last previous line is the one that is being typed; there is no empty line after it.
		cursor = contexts.Position{Line: uint32(len(lines) - 1), Character: math.MaxInt32}
	} else {
		lines = append(lines, c.CurrentLine)
	}
	lines = append(lines, c.NextLines...)
	enc := encodings[c.PositionEncoding]
	doc := contexts.NewDocument(c.Path, or(c.Language, "plaintext"), 1, strings.Join(lines, "\n"))
	offset, err := doc.Offset(cursor, enc)
	if err != nil {
		doc.Close()
		return contexts.Place{}, 0, fmt.Errorf("rest: place of the cursor: %w", err)
	}
	return contexts.Place{Document: doc, Offset: offset}, enc, nil
}

// checkLines refuses line ends inside a line, which would put the cursor elsewhere than the client means.
func (c *CompletionContext) checkLines() error {
	check := func(field, line string) error {
		if at := strings.IndexAny(line, "\r\n"); at >= 0 {
			f := fail(http.StatusUnprocessableEntity, "line_end", "%s: a line end at byte %d of a single line", field, at)
			f.Field = field
			return f
		}
		return nil
	}
	for i, line := range c.PreviousLines {
		if err := check("context.previousLines["+strconv.Itoa(i)+"]", line); err != nil {
			return err
		}
	}
	for i, line := range c.NextLines {
		if err := check("context.nextLines["+strconv.Itoa(i)+"]", line); err != nil {
			return err
		}
	}
	return check("context.currentLine", c.CurrentLine)
}

// placeIn makes a place of the two texts around a cursor, for the doors whose requests carry them so.
func placeIn(path, language, prefix, suffix string) contexts.Place {
	doc := contexts.NewDocument(path, or(language, "plaintext"), 1, prefix+suffix)
	return contexts.Place{Document: doc, Offset: len(prefix)}
}

// contextHash names what the model is shown: 64 bits of SHA-256 over all parts of the prompt.
func contextHash(req infer.Request) string {
	h := sha256.New()
	p := req.Prompt
	parts := []string{p.Language, p.Path, p.Header, p.Prefix, p.Suffix}
	for _, snippet := range p.Snippets {
		parts = append(parts, snippet.Path, snippet.Text)
	}
	for _, part := range parts {
		fmt.Fprintf(h, "%d:", len(part))
		_, _ = io.WriteString(h, part) // a hash never fails
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}
