package contexts

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Limits of what a document keeps for messages that are overtaken: a longer text, or more, and a late one does not fit any more.
const (
	maxOvertaking = 64              // messages; LSP4IJ writes each in a thread of its own (measured: at most 33 at 5 ms a key, 4 at 10)
	maxLateBytes  = 256 << 10       // of the text before them, of its lines, and of what they bring
	maxLateWait   = 2 * time.Second // for a late message without which others cannot be made

	messageBytes = 128 // that a kept message takes,
	changeBytes  = 64  // and each of its changes, besides the texts
)

// message is the changes that made a version.
type message struct {
	version int32
	changes []Change
	came    time.Time // set where it is kept
}

// whole reports whether what the text was before a message plays no part in what that makes of it.
func (m message) whole() bool {
	return slices.ContainsFunc(m.changes, func(c Change) bool { return c.Range == nil })
}

// bytes is what a message takes where it is kept.
func (m message) bytes() int {
	bytes := messageBytes
	for _, c := range m.changes {
		bytes += changeBytes + len(c.Text)
	}
	return bytes
}

// gap remembers a text whose next version was left out, and what was made of it since, for when that version comes after all. Most
// clients leave out versions because they count otherwise; then nothing ever comes.
type gap struct {
	text    string
	lines   []int32
	version int32
	since   []message // in the order of their versions
	bytes   int       // that they take
	work    int       // of making them again, so far; see maxEditWork
	unfit   time.Time // since when one of them is for lines that do not exist without what is missing: it is not made yet. Zero: none is
}

// Waits reports whether the document has been sent edits that cannot be made before one that was left out: its text is not the client's.
func (d *Document) Waits() bool { return d.gap != nil && !d.gap.unfit.IsZero() }

// WaitsInVain reports whether it has done so for longer than messages are late.
func (d *Document) WaitsInVain() bool { return d.Waits() && time.Since(d.gap.unfit) > maxLateWait }

// Lacks reports whether a version was left out that may still come: until it does, the text may be none that the client ever had.
func (d *Document) Lacks() bool { return d.gap != nil }

// LacksInVain reports whether one was left out for longer than messages are late.
func (d *Document) LacksInVain() bool { return d.Lacks() && time.Since(d.gap.missed()) > maxLateWait }

// StopWaiting forgets what was kept for late messages. It is for a document that its client is to open again.
func (d *Document) StopWaiting() { d.gap, d.forgone = nil, nil }

// size is what a gap takes, in bytes.
func (g *gap) size() int {
	if g == nil {
		return 0
	}
	return len(g.text) + lineBytes*len(g.lines) + g.bytes
}

// tooMuch reports whether more came than is kept, or a version so far away that what is missing before it cannot all come in time.
func (g *gap) tooMuch() bool {
	newest := g.since[len(g.since)-1].version
	return len(g.since) > maxOvertaking || int(newest)-int(g.version) > 2*maxOvertaking ||
		max(len(g.text), lineBytes*len(g.lines), g.bytes) > maxLateBytes
}

// remember takes note of a newer message. It reports false where the document waited for a late one, and will not any more.
func (d *Document) remember(m message) bool {
	if d.gap == nil {
		if m.version == d.version+1 {
			return true
		}
		d.gap = &gap{text: d.text, lines: d.lines, version: d.version}
	}
	d.gap.add(m)
	waited := d.Waits()
	if d.gap.tooMuch() {
		d.gap = nil
	}
	return d.gap != nil || !waited
}

// postpone keeps a message that does not fit for when what is missing before it has come, and reports whether there is hope of that.
func (d *Document) postpone(m message) bool {
	if !d.remember(m) || d.gap == nil {
		return false
	}
	if d.version = m.version; d.gap.unfit.IsZero() {
		d.gap.unfit = time.Now()
	}
	return true
}

// add puts a message in its place.
func (g *gap) add(m message) {
	i, _ := slices.BinarySearchFunc(g.since, m.version, func(m message, version int32) int { return cmp.Compare(m.version, version) })
	m.came = time.Now()
	g.since = slices.Insert(g.since, i, m)
	g.bytes += m.bytes()
}

// missed is since when it is known that the oldest version which is missing is: the first newer one came then.
func (g *gap) missed() time.Time {
	next := int(g.version) + 1
	first := time.Now()
	for _, m := range g.since {
		if int(m.version) == next {
			next++
		} else if m.came.Before(first) {
			first = m.came
		}
	}
	return first
}

// rebase forgets all up to the message with an index, which made next.
func (g *gap) rebase(next *Document, i int) {
	for _, m := range g.since[:i+1] {
		g.bytes -= m.bytes()
	}
	g.text, g.lines, g.version, g.unfit = next.text, next.lines, g.since[i].version, time.Time{}
	g.since = g.since[i+1:]
}

// settle ends all waiting, for a newer version that brings the whole text.
func (d *Document) settle(version int32) {
	g := cmp.Or(d.gap, &gap{version: d.version})
	d.forgo(g, version)
	d.gap = nil
}

// forgo notes what is missing before a version that brings the whole text: should it come, it changes nothing.
func (d *Document) forgo(g *gap, before int32) {
	for version := max(int(g.version)+1, int(before)-2*maxOvertaking); version < int(before); version++ {
		if g.waits(int32(version)) {
			d.forgone = append(d.forgone, int32(version))
		}
	}
	d.forgone = d.forgone[max(0, len(d.forgone)-2*maxOvertaking):]
}

// forwent reports whether a version that comes late was forgone, and forgets that.
func (d *Document) forwent(version int32) bool {
	i := slices.Index(d.forgone, version)
	if i >= 0 {
		d.forgone = slices.Delete(d.forgone, i, i+1)
	}
	return i >= 0
}

// waits reports whether a version was left out, and none like it came since.
func (g *gap) waits(version int32) bool {
	return g != nil && version > g.version && !slices.ContainsFunc(g.since, func(m message) bool { return m.version == version })
}

// filled reports whether no version is missing any more.
func (g *gap) filled() bool {
	return len(g.since) == 0 || int(g.since[len(g.since)-1].version)-int(g.version) == len(g.since)
}

// applyLate makes changes that were overtaken, and those that overtook them once more after them. What it returns is one edit of the
// text as it stands. Where that is too much, nothing is waited for any more.
func (d *Document) applyLate(m message, enc Encoding) ([]ByteEdit, error) {
	g := *d.gap
	g.since = slices.Clone(g.since)
	if g.add(m); g.tooMuch() {
		d.gap = nil
		return nil, fmt.Errorf("%w: %d after %d, with more than is kept", ErrVersion, m.version, d.version)
	}
	waits := g.unfit
	g.unfit = time.Time{}
	next := Document{text: g.text, lines: g.lines, forgone: slices.Clone(d.forgone)}
	for i := 0; i < len(g.since); i++ {
		made, each := next, g.since[i]
		switch _, err := made.make(each.changes, enc, nil, &g.work); {
		case err == nil && each.whole():
			next = made
			next.forgo(&g, each.version)
			g.rebase(&next, i)
			i = -1
		case err == nil:
			next = made
		case errors.Is(err, ErrRange) && !g.filled():
			if g.unfit = waits; waits.IsZero() {
				g.unfit = time.Now()
			}
		default:
			if d.gap.work = g.work; errors.Is(err, ErrTooLarge) {
				d.gap = nil
			}
			return nil, fmt.Errorf("version %d, after %d came late: %w", each.version, m.version, err)
		}
	}
	edit := difference(d.text, next.text)
	if d.observer != nil {
		d.observer.Edit(d.text, edit.Start, edit.OldEnd, edit.Text)
	}
	d.text, d.lines, d.forgone = next.text, next.lines, next.forgone
	d.revision = revisions.Add(1)
	d.moveFrames(edit)
	if d.gap = &g; g.filled() {
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
