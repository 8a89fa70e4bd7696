// Package contexts knows the code around a cursor: documents and their edits, positions, the parts of a prompt, and
// where a suggestion ends. It does no I/O and starts no goroutine. A Document belongs to one goroutine at a time.
package contexts

import "errors"

// Document is the versioned text of one open file.
type Document struct {
	URI      string
	Language string
	version  int32
	text     string
}

// Errors of edits. After either, the document is unchanged.
var (
	// ErrVersion is returned when a version does not rise.
	ErrVersion = errors.New("contexts: the version does not rise")
	// ErrRange is returned when a line lies past the document's end, or a range's end before its start.
	ErrRange = errors.New("contexts: the range is outside the document")
)

// NewDocument returns a document with the given text, which must be valid UTF-8.
func NewDocument(uri, language string, version int32, text string) *Document {
	return &Document{URI: uri, Language: language, version: version, text: text}
}

// Version returns the version of the last edit.
func (d *Document) Version() int32 { return d.version }

// Text returns the whole text.
func (d *Document) Text() string { return d.text }

// Apply applies changes one after the other, all or none, and takes over the version.
func (d *Document) Apply(version int32, changes []Change, enc Encoding) error {
	return errors.New("contexts: not built yet")
}

// Offset returns the byte offset of a position.
func (d *Document) Offset(p Position, enc Encoding) (int, error) {
	return 0, errors.New("contexts: not built yet")
}

// Position returns the position of a byte offset.
func (d *Document) Position(offset int, enc Encoding) Position { return Position{} }

// Close frees what the document holds outside the Go heap.
func (d *Document) Close() {}
