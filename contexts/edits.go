package contexts

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Limits of the changes of one message.
const (
	maxFollowed = 64      // that an observer is told of one by one; more are a new text to it
	maxEditWork = 4 << 30 // bytes of texts and of line starts that are moved by changes that must be made one after the other
	lineWork    = 4       // as so many of them counts a byte of a line that is read to find a place in it
	anotherText = 2       // a whole text of which more than one part in so many is new is another one to an observer
)

// ByteEdit is a change in bytes: text[Start:OldEnd] of the text before it becomes Text.
type ByteEdit struct {
	Start, OldEnd int
	Text          string
}

// Apply applies changes one after the other, all or none, and takes over the version. A version that was left out may come late, see
// [maxOvertaking]: the text is then what it would be had it come in time; until then, [Document.Lacks]. A whole text ends that. Errors wrap [ErrVersion], [ErrRange], [ErrTooLarge] or [ErrUTF8].
func (d *Document) Apply(version int32, changes []Change, enc Encoding) error {
	_, err := d.ApplyEdits(version, changes, enc)
	return err
}

// ApplyEdits is Apply, and returns what it did, in bytes, each edit for the text after the ones before it. At no time are there
// more than two texts, what the changes bring, and what is kept for late ones.
func (d *Document) ApplyEdits(version int32, changes []Change, enc Encoding) ([]ByteEdit, error) {
	m := message{version: version, changes: changes}
	if version <= d.version && d.gap.waits(version) {
		return d.applyLate(m, enc)
	}
	if version <= d.version && d.forwent(version) {
		return nil, nil
	}
	if version <= d.version {
		return nil, fmt.Errorf("%w: %d after %d", ErrVersion, version, d.version)
	}
	observer := d.observer
	if len(changes) > maxFollowed {
		observer = nil
	}
	next, work := Document{text: d.text, lines: d.lines}, 0
	edits, err := next.make(changes, enc, observer, &work)
	if err != nil {
		if observer != nil {
			observer.Reset() // it was told of changes that are not made
		}
		if errors.Is(err, ErrRange) && d.postpone(m) {
			return nil, nil
		}
		return nil, err
	}
	if m.whole() {
		d.settle(version)
	} else if !d.remember(m) {
		if observer != nil {
			observer.Reset()
		}
		return nil, fmt.Errorf("%w: an edit waited for one that did not come", ErrRange)
	}
	d.text, d.lines, d.version = next.text, next.lines, version
	d.revision = revisions.Add(1)
	for _, edit := range edits {
		d.moveFrames(edit)
	}
	if d.observer != nil && observer == nil {
		d.observer.Reset()
	}
	return edits, nil
}

// make makes changes, and tells an observer, where there is one. Work is what was done before, and what this took is added to it.
func (d *Document) make(changes []Change, enc Encoding, observer Observer, work *int) ([]ByteEdit, error) {
	edits, err := d.backwards(changes, enc, work)
	if edits == nil && err == nil {
		edits, err = d.inTurn(changes, enc, observer, work)
	}
	return edits, err
}

// inTurn makes changes one after the other, and tells an observer, where there is one.
func (d *Document) inTurn(changes []Change, enc Encoding, observer Observer, work *int) ([]ByteEdit, error) {
	edits := make([]ByteEdit, 0, len(changes))
	for i, c := range changes {
		edit, err := d.resolve(c, enc)
		if *work += len(d.text) + lineBytes*len(d.lines) + d.reading(c); err == nil && *work > maxEditWork {
			err = fmt.Errorf("%w: %d changes in turn, of a text of %d bytes", ErrTooLarge, len(changes), len(d.text))
		}
		if err != nil {
			return nil, fmt.Errorf("change %d: %w", i, err)
		}
		switch {
		case observer == nil || edit.Start == edit.OldEnd && edit.Text == "":
		case edit.OldEnd-edit.Start+len(edit.Text) > len(d.text)/anotherText && c.Range == nil:
			observer.Reset()
		default:
			observer.Edit(d.text, edit.Start, edit.OldEnd, edit.Text)
		}
		edits = append(edits, edit)
		d.splice(edit)
	}
	return edits, nil
}

// backwards makes more changes than an observer follows in one go, where each ends before the one before it begins, as editors send
// what they replace everywhere: no change moves the places of those after it. It returns nil where they are others.
func (d *Document) backwards(changes []Change, enc Encoding, work *int) ([]ByteEdit, error) {
	if len(changes) <= maxFollowed {
		return nil, nil
	}
	edits, size := make([]ByteEdit, 0, len(changes)), len(d.text)
	*work += size + lineBytes*len(d.lines)
	for i, c := range changes {
		if *work += d.reading(c); *work > maxEditWork {
			return nil, fmt.Errorf("change %d: %w: %d changes in long lines", i, ErrTooLarge, len(changes))
		}
		edit, err := d.resolve(c, enc)
		// What stands right before a change may be a line end with it.
		if err != nil || c.Range == nil || i > 0 && edit.OldEnd+2 > edits[i-1].Start {
			return nil, nil
		}
		if size += len(edit.Text) - (edit.OldEnd - edit.Start); size > MaxDocumentBytes {
			return nil, fmt.Errorf("change %d: %w: %d bytes are more than %d", i, ErrTooLarge, size, MaxDocumentBytes)
		}
		edits = append(edits, edit)
	}
	var text strings.Builder
	text.Grow(size)
	at := 0
	for _, edit := range slices.Backward(edits) {
		text.WriteString(d.text[at:edit.Start])
		text.WriteString(edit.Text)
		at = edit.OldEnd
	}
	text.WriteString(d.text[at:])
	d.text = text.String()
	d.lines = lineStarts(d.text, 0)
	return edits, nil
}

// reading is the work of finding a change's two places: lines are read from their beginnings.
func (d *Document) reading(c Change) int {
	if c.Range == nil {
		return 0
	}
	work := 0
	for _, p := range []Position{c.Range.Start, c.Range.End} {
		if int64(p.Line) < int64(len(d.lines)) {
			work += lineWork * min(len(d.line(int(p.Line))), 4*int(p.Character))
		}
	}
	return work
}

// resolve turns a change into an edit of the text as it stands. Of a whole text that is what differs, so that a client that sends
// no ranges has what others have: the syntax of what stays, the beginning of its prompt, a suggestion that is typed along.
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
	if c.Range == nil {
		edit = difference(d.text, c.Text)
	}
	return edit, nil
}
