// Package contexts knows the code around a cursor: documents and their edits, positions, the parts of a prompt, and
// where a suggestion ends. It does no I/O and starts no goroutine.
//
//   - A Document belongs to one goroutine at a time. Its text is always valid UTF-8 and equal to what the client has
//     after the same edits; an edit that fails changes nothing.
//   - Every offset is a byte offset; [Position] and [Encoding] are the protocol's, and only this package converts.
package contexts

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// MaxDocumentBytes is the largest text of a document.
const MaxDocumentBytes = 10 << 20

// Errors of edits. After any of them, the document is unchanged.
var (
	// ErrVersion is returned when a version does not rise.
	ErrVersion = errors.New("contexts: the version does not rise")
	// ErrRange is returned when a line lies past the document's end, or a range's end before its start.
	ErrRange = errors.New("contexts: the range is outside the document")
	// ErrTooLarge is returned when the text would be longer than [MaxDocumentBytes].
	ErrTooLarge = errors.New("contexts: the document is too large")
	// ErrUTF8 is returned when inserted text is not valid UTF-8.
	ErrUTF8 = errors.New("contexts: the text is not valid UTF-8")
)

// Document is the versioned text of one open file.
type Document struct {
	URI      string
	Language string // LSP language id

	version  int32
	text     string
	lines    []int // byte offset of the start of each line; the first is 0
	observer Observer
	frames   []*frame // of the last prompts, the last used first
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
	return &Document{URI: uri, Language: language, version: version, text: text, lines: lineStarts(nil, text, 0)}
}

// Observe attaches what follows the document's edits; it is closed with the document. One at a time.
func (d *Document) Observe(o Observer) { d.observer = o }

// Observer returns what was attached, nil where nothing was.
func (d *Document) Observer() Observer { return d.observer }

// Version returns the version of the last edit.
func (d *Document) Version() int32 { return d.version }

// Text returns the whole text.
func (d *Document) Text() string { return d.text }

// Lines returns the number of lines: one more than there are line ends.
func (d *Document) Lines() int { return len(d.lines) }

// Close frees what the document holds outside the Go heap.
func (d *Document) Close() {
	if d.observer != nil {
		d.observer.Close()
		d.observer = nil
	}
}

// ByteEdit is a change in bytes: text[Start:OldEnd] of the text before it becomes Text.
type ByteEdit struct {
	Start, OldEnd int
	Text          string
}

// Apply applies changes one after the other, all or none, and takes over the version. Errors wrap [ErrVersion],
// [ErrRange], [ErrTooLarge] or [ErrUTF8].
func (d *Document) Apply(version int32, changes []Change, enc Encoding) error {
	_, err := d.ApplyEdits(version, changes, enc)
	return err
}

// ApplyEdits is Apply, and returns what it did, in bytes, each edit for the text after the ones before it.
func (d *Document) ApplyEdits(version int32, changes []Change, enc Encoding) ([]ByteEdit, error) {
	if version <= d.version {
		return nil, fmt.Errorf("%w: %d after %d", ErrVersion, version, d.version)
	}
	next := Document{text: d.text, lines: d.lines}
	edits, texts := make([]ByteEdit, 0, len(changes)), make([]string, 0, len(changes))
	for i, c := range changes {
		edit, err := next.resolve(c, enc)
		if err != nil {
			return nil, fmt.Errorf("change %d: %w", i, err)
		}
		texts, edits = append(texts, next.text), append(edits, edit)
		next.splice(edit)
	}
	d.text, d.lines, d.version = next.text, next.lines, version
	for _, edit := range edits {
		d.moveFrames(edit)
	}
	d.tell(changes, edits, texts)
	return edits, nil
}

// tell passes edits on.
func (d *Document) tell(changes []Change, edits []ByteEdit, texts []string) {
	if d.observer == nil {
		return
	}
	for i, edit := range edits {
		if changes[i].Range == nil {
			d.observer.Reset()
		} else {
			d.observer.Edit(texts[i], edit.Start, edit.OldEnd, edit.Text)
		}
	}
}

// resolve turns a change into an edit of the text as it stands.
func (d *Document) resolve(c Change, enc Encoding) (ByteEdit, error) {
	edit := ByteEdit{OldEnd: len(d.text), Text: c.Text}
	if c.Range != nil {
		var err error
		if edit.Start, err = d.Offset(c.Range.Start, enc); err != nil {
			return edit, err
		}
		if edit.OldEnd, err = d.Offset(c.Range.End, enc); err != nil {
			return edit, err
		}
		if edit.OldEnd < edit.Start {
			return edit, fmt.Errorf("%w: the end %d:%d is before the start %d:%d", ErrRange,
				c.Range.End.Line, c.Range.End.Character, c.Range.Start.Line, c.Range.Start.Character)
		}
	}
	if size := len(d.text) - (edit.OldEnd - edit.Start) + len(c.Text); size > MaxDocumentBytes {
		return edit, fmt.Errorf("%w: %d bytes are more than %d", ErrTooLarge, size, MaxDocumentBytes)
	}
	if !utf8.ValidString(c.Text) {
		return edit, ErrUTF8
	}
	return edit, nil
}

// splice carries out an edit. The old slice of lines stays as it is, for documents that share it.
func (d *Document) splice(e ByteEdit) {
	d.text = d.text[:e.Start] + e.Text + d.text[e.OldEnd:]
	delta := len(e.Text) - (e.OldEnd - e.Start)
	// A line end may be put together, or taken apart, with the character before the edit and the one after it.
	first := max(d.lineOf(e.Start)-1, 0)
	last := d.lineOf(e.OldEnd) + 1
	if last < len(d.lines) && d.lines[last] == e.OldEnd+1 {
		last++ // "\n" right after the edit: its line start moves with what comes before it
	}
	end := len(d.text)
	if last < len(d.lines) {
		end = d.lines[last] + delta
	}
	lines := make([]int, 0, len(d.lines)+strings.Count(e.Text, "\n")+8)
	lines = append(lines, d.lines[:first]...)
	from := d.lines[first]
	for _, start := range lineStarts(nil, d.text[from:end], from) {
		if start < end || last >= len(d.lines) {
			lines = append(lines, start)
		}
	}
	for _, start := range d.lines[min(last, len(d.lines)):] {
		lines = append(lines, start+delta)
	}
	d.lines = lines
}

// lineStarts appends the starts of a text's lines, the first included, shifted by base.
func lineStarts(lines []int, text string, base int) []int {
	lines = append(lines, base)
	for i := 0; i < len(text); {
		n := strings.IndexAny(text[i:], "\r\n")
		if n < 0 {
			break
		}
		i += n + 1
		if text[i-1] == '\r' && i < len(text) && text[i] == '\n' {
			i++
		}
		lines = append(lines, base+i)
	}
	return lines
}
