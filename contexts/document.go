// Package contexts knows the code around a cursor: documents and their edits, positions, the parts of a prompt, and
// where a suggestion ends. It does no I/O and starts no goroutine.
//
//   - A Document belongs to one goroutine at a time. Its text is always valid UTF-8 and equal to what the client has
//     after the same edits; an edit that fails changes nothing.
//   - Every offset is a byte offset; [Position] and [Encoding] are the protocol's, and only this package converts.
package contexts

import (
	"errors"
	"strings"
	"sync/atomic"
)

// MaxDocumentBytes is the largest text of a document.
const MaxDocumentBytes = 10 << 20

// lineBytes is what a line takes in a document's table of them, whose offsets [MaxDocumentBytes] bounds.
const lineBytes = 4

// Errors of edits. After any of them, the document is unchanged.
var (
	// ErrVersion is returned when a version does not rise.
	ErrVersion = errors.New("contexts: the version does not rise")
	// ErrRange is returned when a line lies past the document's end, or a range's end before its start.
	ErrRange = errors.New("contexts: the range is outside the document")
	// ErrTooLarge is returned when the text would be longer than [MaxDocumentBytes], or its changes are more work than [maxEditWork].
	ErrTooLarge = errors.New("contexts: the document is too large")
	// ErrUTF8 is returned when inserted text is not valid UTF-8.
	ErrUTF8 = errors.New("contexts: the text is not valid UTF-8")
)

// Document is the versioned text of one open file.
type Document struct {
	URI      string
	Language string // LSP language id

	version  int32
	revision int64 // another for every text of every document: an edit that comes late raises no version
	text     string
	lines    []int32 // byte offset of the start of each line; the first is 0
	observer Observer
	frames   []*frame // of the last prompts, the last used first
	gap      *gap     // where versions are missing that may still come; else nil
	forgone  []int32  // versions that may still come, and change nothing; at most 2*maxOvertaking
	of       *variant // what this is like, where it is no open file

	allowance *Allowance // of the processor, with other documents; nil: with none
}

// Observer is told of every edit of a document, so that what hangs on its text can follow. *syntax.Tree is one.
type Observer interface {
	// Edit: text[start:oldEnd] of the text before the edit is replaced by inserted.
	Edit(text string, start, oldEnd int, inserted string)
	// Reset: the text was replaced whole.
	Reset()
	// Close: the document was closed.
	Close()
}

// NewDocument returns a document with the given text, which must be valid UTF-8.
func NewDocument(uri, language string, version int32, text string) *Document {
	return &Document{URI: uri, Language: language, version: version, revision: revisions.Add(1), text: text, lines: lineStarts(text, 0)}
}

// revisions counts the texts of all documents.
var revisions atomic.Int64

// Observe attaches what follows the document's edits; it is closed with the document. One at a time.
func (d *Document) Observe(o Observer) { d.observer = o }

// Observer returns what was attached, nil where nothing was.
func (d *Document) Observer() Observer { return d.observer }

// Version returns the version of the last edit.
func (d *Document) Version() int32 { return d.version }

// Text returns the whole text.
func (d *Document) Text() string { return d.text }

// Size returns how many bytes the text and its table of lines take, and what is kept for edits that come late.
func (d *Document) Size() int { return len(d.text) + lineBytes*len(d.lines) + d.gap.size() }

// Lines returns the number of lines: one more than there are line ends.
func (d *Document) Lines() int { return len(d.lines) }

// Close frees what the document holds outside the Go heap.
func (d *Document) Close() {
	if d.observer != nil {
		d.observer.Close()
		d.observer = nil
	}
}

// lineStart returns where a line begins.
func (d *Document) lineStart(line int) int { return int(d.lines[line]) }

// splice carries out an edit. The old slice of lines stays as it is, for documents that share it.
func (d *Document) splice(e ByteEdit) {
	d.text = d.text[:e.Start] + e.Text + d.text[e.OldEnd:]
	delta := len(e.Text) - (e.OldEnd - e.Start)
	// A line end may be put together, or taken apart, with the character before the edit and the one after it.
	first := max(d.lineOf(e.Start)-1, 0)
	last := d.lineOf(e.OldEnd) + 1
	if last < len(d.lines) && d.lineStart(last) == e.OldEnd+1 {
		last++ // "\n" right after the edit: its line start moves with what comes before it
	}
	end := len(d.text)
	if last < len(d.lines) {
		end = d.lineStart(last) + delta
	}
	from := d.lineStart(first)
	starts := lineStarts(d.text[from:end], from)
	if last < len(d.lines) && int(starts[len(starts)-1]) == end {
		starts = starts[:len(starts)-1] // it is that of the lines after it
	}
	after := d.lines[min(last, len(d.lines)):]
	lines := make([]int32, 0, first+len(starts)+len(after))
	lines = append(append(lines, d.lines[:first]...), starts...)
	for _, start := range after {
		lines = append(lines, start+int32(delta))
	}
	d.lines = lines
}

// lineStarts returns the starts of a text's lines, the first included, shifted by base.
func lineStarts(text string, base int) []int32 {
	ends := strings.Count(text, "\n")
	if returns := strings.Count(text, "\r"); returns > 0 {
		ends += returns - strings.Count(text, "\r\n")
	}
	lines := append(make([]int32, 0, ends+1), int32(base))
	for i := 0; i < len(text); {
		n := strings.IndexAny(text[i:], "\r\n")
		if n < 0 {
			break
		}
		i += n + 1
		if text[i-1] == '\r' && i < len(text) && text[i] == '\n' {
			i++
		}
		lines = append(lines, int32(base+i))
	}
	return lines
}
