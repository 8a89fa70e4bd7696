package contexts

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Limits of what a document keeps for messages that are overtaken: a longer text, or more, and a late one does not fit any more.
const (
	maxOvertaking = 64        // newer messages; LSP4IJ writes each in a thread of its own (measured: at most 33 at 5 ms a key, 4 at 10)
	maxLateBytes  = 256 << 10 // of the text before them, and of what they bring
)

// message is the changes that made a version.
type message struct {
	version int32
	changes []Change
}

// gap remembers a text whose next version was left out, and what was made of it since, for when that version comes after all. Most
// clients leave out versions because they count otherwise; then nothing ever comes.
type gap struct {
	text    string
	lines   []int32
	version int32
	since   []message // in the order of their versions
	bytes   int       // that they bring
	unfit   bool      // one of them is for lines that do not exist without what is missing: it is not made yet
}

// Waits reports whether the document has been sent edits that cannot be made before one that was left out: its text is not the client's.
func (d *Document) Waits() bool { return d.gap != nil && d.gap.unfit }

// remember takes note of a newer message. It reports false where the document waited for a late one, and will not any more.
func (d *Document) remember(m message) bool {
	if d.gap == nil {
		if m.version == d.version+1 {
			return true
		}
		d.gap = &gap{text: d.text, lines: d.lines, version: d.version}
	}
	d.gap.add(m)
	waited := d.gap.unfit
	if len(d.gap.since) > maxOvertaking || len(d.gap.text) > maxLateBytes || d.gap.bytes > maxLateBytes {
		d.gap = nil
	}
	return d.gap != nil || !waited
}

// postpone keeps a message that does not fit for when what is missing before it has come, and reports whether there is hope of that.
func (d *Document) postpone(m message) bool {
	if !d.remember(m) || d.gap == nil {
		return false
	}
	d.gap.unfit, d.version = true, m.version
	return true
}

// add puts a message in its place.
func (g *gap) add(m message) {
	i, _ := slices.BinarySearchFunc(g.since, m.version, func(m message, version int32) int { return int(m.version) - int(version) })
	g.since = slices.Insert(g.since, i, m)
	for _, c := range m.changes {
		g.bytes += len(c.Text)
	}
}

// waits reports whether a version was left out, and none like it came since.
func (g *gap) waits(version int32) bool {
	return g != nil && version > g.version && !slices.ContainsFunc(g.since, func(m message) bool { return m.version == version })
}

// filled reports whether no version is missing any more.
func (g *gap) filled() bool {
	return int(g.since[len(g.since)-1].version)-int(g.version) == len(g.since)
}

// applyLate makes changes that were overtaken, and those that overtook them once more after them. What it returns is one edit of the
// text as it stands.
func (d *Document) applyLate(m message, enc Encoding) ([]ByteEdit, error) {
	g := *d.gap
	g.since = slices.Clone(g.since)
	g.add(m)
	g.unfit = false
	next := Document{text: g.text, lines: g.lines}
	for _, each := range g.since {
		made := next
		switch _, err := made.make(each.changes, enc, nil); {
		case err == nil:
			next = made
		case errors.Is(err, ErrRange) && !g.filled():
			g.unfit = true
		default:
			return nil, fmt.Errorf("version %d, after %d came late: %w", each.version, m.version, err)
		}
	}
	edit := difference(d.text, next.text)
	if d.observer != nil {
		d.observer.Edit(d.text, edit.Start, edit.OldEnd, edit.Text)
	}
	d.text, d.lines, d.gap = next.text, next.lines, &g
	d.moveFrames(edit)
	if g.filled() {
		d.gap = nil
	}
	return []ByteEdit{edit}, nil
}

// difference is the edit, in whole characters, that makes one text of another.
func difference(from, to string) ByteEdit {
	start, most := 0, min(len(from), len(to))
	for start < most && from[start] == to[start] {
		start++
	}
	for start > 0 && (start < len(from) && !utf8.RuneStart(from[start]) || start < len(to) && !utf8.RuneStart(to[start])) {
		start--
	}
	end := 0
	for end < most-start && from[len(from)-1-end] == to[len(to)-1-end] {
		end++
	}
	for end > 0 && !utf8.RuneStart(from[len(from)-end]) {
		end--
	}
	return ByteEdit{Start: start, OldEnd: len(from) - end, Text: strings.Clone(to[start : len(to)-end])}
}
