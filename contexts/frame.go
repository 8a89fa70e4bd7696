package contexts

import (
	"cmp"
	"slices"
	"time"

	"inkling/contexts/syntax"
	"inkling/infer"
)

// Limits of frames.
const (
	maxFrames    = 4  // places of a document to which a typist goes back and forth
	leastShare   = 4  // of the window's room, one part in so many must be filled for a frame to serve, where there is more text before it
	refreshLines = 48 // from where a frame was laid out, after which other files are looked at again
)

// frame is what a prompt begins with: where its window starts, and what stands before that. It is kept while the typist
// works there, so that a key leaves every token before it where it was, whatever that key does to the syntax, to what is
// named, or to how much fits. A document keeps the last ones, so that going back to a place finds the prompt as it was.
type frame struct {
	by     *Builder
	start  int // byte offset where the window starts; edits before it move it
	at     int // where the cursor was when the frame was laid out; likewise
	room   int // tokens of the whole prompt, when it was laid out
	window int // of these, those for the window

	header   string
	snippets []infer.Snippet
	others   map[string]int64 // revisions of the other files that were looked at; of those that there was no time for, none
}

// layOut makes the frame of a place, and leaves room in its window for what will be typed there. The shares hang on what
// there is, not on how long it is.
func (b *Builder) layOut(p Place, a *syntax.Analysis, room int, left *time.Duration) *frame {
	f := &frame{by: b, at: p.Offset, room: room, window: room}
	if f.snippets, f.others = b.others(p, room, left); len(f.snippets) > 0 {
		f.window -= room / othersShare
	}
	f.start = b.windowStart(p.Document, p.Offset, f.window)
	if f.start == 0 || b.NoHeader || len(a.Imports)+len(a.Enclosing) == 0 {
		return f
	}
	share := f.window / headerShare
	f.window -= share
	f.start = b.windowStart(p.Document, p.Offset, f.window)
	f.header = b.header(a, f.start, share)
	return f
}

// frame returns the frame of a place: one that was kept, or a new one.
func (b *Builder) frame(p Place, a *syntax.Analysis, room int) *frame {
	d := p.Document
	left := cmp.Or(b.OthersTime, maxOthersTime)
	for i, f := range d.frames {
		if b.serves(f, p, room, &left) {
			d.frames = slices.Insert(slices.Delete(d.frames, i, i+1), 0, f)
			return f
		}
	}
	f := b.layOut(p, a, room, &left)
	d.frames = slices.Insert(d.frames[:min(len(d.frames), maxFrames-1)], 0, f)
	return f
}

// serves reports whether a frame is good for a place: the cursor is in its window with enough text before it, all of that
// fits, and other files say what they said.
func (b *Builder) serves(f *frame, p Place, room int, left *time.Duration) bool {
	d := p.Document
	if f.by != b || f.room != room || p.Offset < f.start || p.Offset-f.start > maxBytesPerPart {
		return false
	}
	_, fits := b.suffix(d, p.Offset, f.window)
	used := b.count(d.text[f.start:p.Offset])
	if used > fits || f.start > 0 && used < fits/leastShare {
		return false
	}
	return b.current(f, p, left)
}

// current reports whether other files still say what a frame holds of them. That is looked at when they have changed, or
// the cursor is far from where the frame was laid out.
func (b *Builder) current(f *frame, p Place, left *time.Duration) bool {
	d := p.Document
	far := d.lineOf(p.Offset) - d.lineOf(min(f.at, len(d.text)))
	if !equal(b.versions(p), f.others) || far > refreshLines || far < -refreshLines {
		snippets, versions := b.others(p, f.room, left)
		if !slices.Equal(snippets, f.snippets) {
			return false
		}
		f.others, f.at = versions, p.Offset
	}
	return true
}

// versions are those of the files that a place may be shown pieces of.
func (b *Builder) versions(p Place) map[string]int64 {
	if len(p.Others) == 0 || b.NoOthers {
		return nil
	}
	versions := make(map[string]int64, maxOthers)
	for _, d := range p.Others[:min(len(p.Others), maxOthers)] {
		versions[d.URI] = d.revision
	}
	return versions
}

func equal(a, b map[string]int64) bool {
	for uri, version := range a {
		if other, ok := b[uri]; !ok || other != version {
			return false
		}
	}
	return len(a) == len(b)
}

// others returns the pieces of other files that a place is shown, and the versions of the files that they are from or could be.
func (b *Builder) others(p Place, room int, left *time.Duration) ([]infer.Snippet, map[string]int64) {
	if len(p.Others) == 0 || b.NoOthers {
		return nil, nil
	}
	snippets, missed := b.snippets(p, room/othersShare, left)
	versions := b.versions(p)
	for _, d := range missed {
		delete(versions, d.URI)
	}
	return snippets, versions
}

// moveFrames takes an edit into account. A frame whose start is taken away goes.
func (d *Document) moveFrames(e ByteEdit) {
	delta := len(e.Text) - (e.OldEnd - e.Start)
	d.frames = slices.DeleteFunc(d.frames, func(f *frame) bool {
		switch {
		case f.start > 0 && e.OldEnd <= f.start:
			f.start += delta
		case e.Start < f.start:
			return true
		}
		switch {
		case e.Start < f.at && e.OldEnd <= f.at:
			f.at += delta
		case e.Start < f.at:
			f.at = e.Start
		}
		return false
	})
}

// variant says what a document is like that an edit was made in which its file has not.
type variant struct {
	document *Document
	text     string // of that, when it was made
	edit     ByteEdit
}

// With returns a document like d with an edit that nobody made yet, such as an item that the editor's own list would
// insert. Prompts for it begin as those for d do, and what is known of d's syntax serves it. It must be closed, and belongs to the
// goroutine that d belongs to.
func (d *Document) With(e ByteEdit) *Document {
	as := NewDocument(d.URI, d.Language, d.version, d.text[:e.Start]+e.Text+d.text[e.OldEnd:])
	as.of = &variant{document: d, text: d.text, edit: e}
	for _, f := range d.frames {
		copied := *f
		as.frames = append(as.frames, &copied)
	}
	as.moveFrames(e)
	return as
}
