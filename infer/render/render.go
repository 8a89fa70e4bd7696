// Package render lays the parts of a prompt out for a model's vocabulary. It is pure.
//
// Invariants:
//   - What changes with every key comes last: the current line, up to the cursor. Everything before it stays where it is
//     while the user types on one line, so that its KV is kept.
//   - Markers are tokens of the vocabulary; where the same characters stand in a text, they are text, since texts are
//     encoded without special tokens.
package render

import (
	"strings"

	"inkling/infer"
)

// Vocabulary is what a layout needs of a tokenizer.
type Vocabulary interface {
	// Special returns the id of a special token by its content.
	Special(content string) (id int32, ok bool)
}

// Part is a marker, or text where Marker is [NoMarker].
type Part struct {
	Marker int32
	Text   string
}

// NoMarker is the Marker of a text.
const NoMarker int32 = -1

// Renderer lays out prompts for one vocabulary. It is immutable and safe for concurrent use.
type Renderer struct {
	f    *family // nil: no fill-in-the-middle
	ids  markers
	ends []int32
}

// New returns the renderer for a vocabulary: with fill-in-the-middle where the vocabulary has a known family's markers.
func New(v Vocabulary) *Renderer {
	for i := range families {
		f := &families[i]
		if ids, ok := f.find(v); ok {
			return &Renderer{f: f, ids: ids, ends: f.endTokens(v)}
		}
	}
	return &Renderer{}
}

// FillInMiddle says whether suffixes are shown to the model.
func (r *Renderer) FillInMiddle() bool { return r.f != nil }

// EndTokens are the markers after which nothing belongs to an answer any more.
func (r *Renderer) EndTokens() []int32 { return r.ends }

// Render lays a prompt out. The last part is text, and ends at the cursor.
func (r *Renderer) Render(p infer.Prompt) []Part {
	if r.f == nil {
		return []Part{{NoMarker, plain(p)}}
	}
	line := strings.LastIndexByte(p.Prefix, '\n') + 1
	before, live := p.Header+p.Prefix[:line], p.Prefix[line:]
	parts := r.snippets(p)
	if r.f.suffixFirst { // no marker stands in the middle: the prefix comes last, as a whole
		parts = r.add(parts, r.ids.suffix, p.Suffix)
		return r.add(parts, r.ids.prefix, before+live)
	}
	parts = r.add(parts, r.ids.prefix, before)
	parts = r.add(parts, r.ids.suffix, p.Suffix)
	return r.add(parts, r.ids.middle, live)
}

func (r *Renderer) add(parts []Part, marker int32, text string) []Part {
	return append(parts, Part{Marker: marker}, Part{NoMarker, text})
}

// snippets shows pieces of other files as the family was trained to see a repository's files, or as plain text.
func (r *Renderer) snippets(p infer.Prompt) []Part {
	if len(p.Snippets) == 0 {
		return nil
	}
	if r.ids.file == NoMarker {
		return []Part{{NoMarker, plainSnippets(p.Snippets)}}
	}
	var parts []Part
	for _, s := range p.Snippets {
		parts = r.add(parts, r.ids.file, s.Path+"\n"+ended(s.Text))
	}
	return r.add(parts, r.ids.file, p.Path+"\n")
}

// plain is the prompt of a model without fill-in-the-middle.
func plain(p infer.Prompt) string { return plainSnippets(p.Snippets) + p.Header + p.Prefix }

func plainSnippets(snippets []infer.Snippet) string {
	var b strings.Builder
	for _, s := range snippets {
		b.WriteString(ended(s.Text))
		b.WriteByte('\n')
	}
	return b.String()
}

func ended(text string) string {
	if text == "" || strings.HasSuffix(text, "\n") {
		return text
	}
	return text + "\n"
}
