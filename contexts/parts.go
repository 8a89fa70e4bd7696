package contexts

import (
	"cmp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"inkling/contexts/syntax"
	"inkling/infer"
)

// Shares of the room, and limits, of what a prompt holds besides the text around the cursor.
const (
	headerShare     = 8                      // one part in so many, where the file's top lies outside the window
	othersShare     = 4                      // one part in so many, where there are other files
	maxOthersTime   = 200 * time.Millisecond // of the processor, after which a request begins with no other file that must be parsed; eight of 50 kB take half of it
	maxOthers       = 8                      // files looked at, the most recently used first
	maxSnippetBytes = 600                    // of one definition
	symbolBytes     = 8 << 10                // of text before the cursor that names are taken from
	stableLines     = 16                     // the lines since the last multiple of this are left out of it, so that typing moves nothing
	minNameBytes    = 4                      // of a name that says something
)

// header returns the imports and the enclosing signatures that lie before start, where the window begins.
func (b *Builder) header(a *syntax.Analysis, start, tokens int) string {
	var out strings.Builder
	add := func(line string) bool {
		cost := b.count(line + "\n")
		if tokens -= cost; tokens < 0 {
			return false
		}
		out.WriteString(line)
		out.WriteByte('\n')
		return true
	}
	signatures := make([]string, 0, len(a.Enclosing))
	for _, s := range a.Enclosing {
		if s.Span.Start < start && s.Signature != "" {
			signatures = append(signatures, strings.Repeat("    ", len(signatures))+s.Signature)
			tokens -= b.count(signatures[len(signatures)-1] + "\n")
		}
	}
	for _, i := range a.Imports {
		if i.Span.End > start || !add(i.Text) {
			break
		}
	}
	for _, s := range signatures {
		tokens += b.count(s + "\n")
		if !add(s) {
			break
		}
	}
	return out.String()
}

// snippet is a candidate, with what speaks for it.
type snippet struct {
	infer.Snippet
	score int
}

// snippets returns the definitions of other files that the text before the cursor names, least important first, and the files
// that there was no time to look at. What it takes of the processor is taken off left.
func (b *Builder) snippets(p Place, tokens int, left *time.Duration) (out []infer.Snippet, missed []*Document) {
	names := p.Document.namesBefore(p.Offset)
	var all []snippet
	for _, d := range p.Others[:min(len(p.Others), maxOthers)] {
		if d != p.Document && !b.Excluded(d.URI) {
			s, looked := b.snippet(d, names, left)
			if s.score > 0 {
				all = append(all, s)
			}
			if !looked {
				missed = append(missed, d)
			}
		}
	}
	slices.SortStableFunc(all, func(x, y snippet) int { return cmp.Compare(y.score, x.score) })
	for _, s := range all {
		if tokens -= b.count(s.Text); tokens < 0 {
			break
		}
		out = append(out, s.Snippet)
	}
	slices.Reverse(out)
	return out, missed
}

// snippet returns the definitions of d that are named, and reports whether it was looked at.
func (b *Builder) snippet(d *Document, names map[string]bool, left *time.Duration) (s snippet, looked bool) {
	s = snippet{Snippet: infer.Snippet{Path: d.URI}}
	tree := b.tree(d)
	if tree == nil || len(names) == 0 {
		return s, true
	}
	outline, looked := tree.OutlineWithin(d.text, left)
	var text strings.Builder
	end := 0
	for _, symbol := range outline {
		if !names[symbol.Name] || symbol.Span.Start < end {
			continue
		}
		end = symbol.Span.End
		piece := d.text[symbol.Span.Start:symbol.Span.End]
		if len(piece) > maxSnippetBytes {
			piece = symbol.Signature
		}
		text.WriteString(piece + "\n")
		s.score++
	}
	s.Text = text.String()
	return s, looked
}

// namesBefore returns the identifiers of the text before the cursor that stays as it is while a few lines are typed.
func (d *Document) namesBefore(offset int) map[string]bool {
	line := d.lineOf(offset)
	end := d.lineStart(line / stableLines * stableLines)
	if end == 0 {
		end = d.lineStart(line)
	}
	names := map[string]bool{}
	for _, word := range strings.FieldsFunc(d.text[max(0, end-symbolBytes):end], notName) {
		if len(word) >= minNameBytes {
			names[word] = true
		}
	}
	return names
}

func notName(r rune) bool {
	return !(r == '_' || r == '$' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= utf8.RuneSelf)
}

// runeStart returns the last start of a character in text at or before n.
func runeStart(text string, n int) int {
	for n > 0 && n < len(text) && !utf8.RuneStart(text[n]) {
		n--
	}
	return n
}
