package contexts

import (
	"strings"
	"unicode/utf8"
)

const (
	windowBlocks    = 16       // a window's start moves by this share of its lines
	windowFill      = 12       // of 16 parts of its room, those that are filled when it is laid out
	windowWhole     = 14       // likewise, where that takes all from the document's start
	maxBytesPerPart = 64 << 10 // no more of a document is looked at on either side of the cursor
	suffixShare     = 4        // of the room, at most one part in this many goes to the text after the cursor
	maxUnseenBytes  = 1 << 10  // of the text after the cursor, whole lines, where the model is not shown it: caches tell places apart by it
)

// windowStart is where the text before a cursor begins that takes a good part of a number of tokens, the rest being for what
// will be typed; or the document's start, where all of it fits.
//
// It lies on a block of lines that hangs on the document alone, not on the cursor, so that even a caller who keeps nothing
// finds it where it was. A line that is too long by itself is cut.
func (b *Builder) windowStart(d *Document, offset, tokens int) int {
	_, room := b.suffix(d, offset, tokens)
	fill, whole := room*windowFill/16, room*windowWhole/16
	line := d.lineOf(offset)
	first, filled := line, line
	used := b.count(d.text[cutFront(d.text, d.lineStart(line), offset):offset])
	for first > 0 && used < whole && offset-d.lineStart(first-1) <= maxBytesPerPart {
		used += b.count(d.text[d.lineStart(first-1):d.lineStart(first)])
		if used > whole {
			break
		}
		first--
		if used <= fill {
			filled = first
		}
	}
	if first > 0 {
		first = min(nextBlock(filled, line), line)
	}
	start := cutFront(d.text, d.lineStart(first), offset)
	return offset - len(b.tail(d.text[start:offset], room))
}

// suffix returns the text after the cursor and the tokens that are left for the text before it. What it takes is rounded
// up to a quarter of its share, so that the window does not move with every change of it.
func (b *Builder) suffix(d *Document, offset, tokens int) (suffix string, room int) {
	if b.FillInMiddle != nil && !b.FillInMiddle() {
		return unseen(d.text, offset), tokens
	}
	share := tokens / suffixShare
	suffix, used := b.head(d.text[offset:min(offset+maxBytesPerPart, len(d.text))], share)
	step := max(share/4, 1)
	return suffix, tokens - min((used+step-1)/step*step, share)
}

// unseen returns the text after the cursor that tells this place from others.
func unseen(text string, offset int) string {
	if len(text)-offset <= maxUnseenBytes {
		return text[offset:]
	}
	after := text[offset:runeStart(text, offset+maxUnseenBytes)]
	if end := strings.LastIndexByte(after, '\n'); end >= 0 {
		return after[:end+1]
	}
	return after
}

// nextBlock is the first line at or after n that begins a block; blocks grow with the window.
func nextBlock(n, line int) int {
	block := 1
	for block*windowBlocks < line-n {
		block *= 2
	}
	return (n + block - 1) / block * block
}

// cutFront moves a start that lies too far before the cursor, to a character's start.
func cutFront(text string, start, offset int) int {
	if offset-start <= maxBytesPerPart {
		return start
	}
	start = (offset - maxBytesPerPart/2) / (maxBytesPerPart / 2) * (maxBytesPerPart / 2)
	for !utf8.RuneStart(text[start]) {
		start++
	}
	return start
}

// tail shortens text from its front until it fits, in steps, so that it does not move with every character.
func (b *Builder) tail(text string, tokens int) string {
	for len(text) > 0 && b.count(text) > tokens {
		cut := len(text) / 8
		if at := strings.IndexByte(text[cut:], '\n'); at >= 0 && at < len(text)/2 {
			cut += at + 1
		} else {
			cut = max(cut, 1)
			for cut < len(text) && !utf8.RuneStart(text[cut]) {
				cut++
			}
		}
		text = text[cut:]
	}
	return text
}

// head shortens text from its end, to whole lines, until it fits, and returns what that costs.
func (b *Builder) head(text string, tokens int) (kept string, used int) {
	end := 0
	for end < len(text) {
		next := len(text)
		if at := strings.IndexByte(text[end:], '\n'); at >= 0 {
			next = end + at + 1
		}
		cost := b.count(text[end:next])
		if used+cost > tokens {
			break
		}
		end, used = next, used+cost
	}
	return text[:runeStart(text, end)], used
}
