package finishing

import (
	"strings"

	"inkling/contexts/languages"
	"inkling/infer"
)

// Limits of what is read around a cursor.
const (
	maxBeforeBytes = 16 << 10 // scanned for open brackets; a function is rarely longer
	maxAfterBytes  = 8 << 10  // scanned for what closes them
	maxLineBytes   = 4 << 10  // of the cursor's line, before it and after it
	nextLines      = 3        // lines after the cursor that are not said again
)

// Config is what a [Place] is read from.
type Config struct {
	Facts  languages.Facts
	Before string // text before the cursor, or its end: at most maxBeforeBytes of it are read
	After  string // text after it, or its beginning

	InText    bool // the cursor is known to be in a string or a comment: the rules of code do not apply
	EmptyBody bool // by syntax: a block opens before the cursor and has nothing in it
	Gated     bool // nobody asked by hand: hold back what is not sure enough
	OneLine   bool // never more than the cursor's line

	Off Rules // rules that do not apply, so that each can be measured
}

// Rules is a set of rules.
type Rules uint8

const (
	Blocks  Rules = 1 << iota // more than one line
	Balance                   // brackets and quotes that the text after the cursor closes
	Overlap                   // what stands around the cursor is not said again
	Loops                     // what was said is not said again
	Words                     // no half of a word
	Style                     // the document's own indentation
	Gate                      // not sure enough
)

// Place is what stands around a cursor, as far as finishing asks.
type Place struct {
	lex        *lexicon
	off        Rules
	gated      bool
	multiline  bool    // a block is to be filled
	oneLine    bool    // not even brackets lead to a further line
	scan       scanner // as it stands at the cursor
	linePrefix string  // of the cursor's line
	rest       string  // of the cursor's line after it, without blanks around
	open       []byte  // brackets that the suggestion may close, innermost last
	lineOpen   int     // how many of open stand on the cursor's line
	block      int     // how many of open are left when the block at the cursor is closed; -1: no bracket closes it
	base       int     // columns that the line is indented by that opens the block, or the cursor's line
	endWord    bool    // a word must close the block, since no line after the cursor does
	closed     bool    // the string at the cursor is closed by the rest of the line
	next       []string
	above      string // the line above, without blanks around; "" where it says too little
	crlf       bool
	style      style
	lines      int // read before the cursor, its own included
}

// Read reads a place.
func Read(c Config) *Place {
	before, after := c.Before, c.After
	if len(before) > maxBeforeBytes {
		before = before[len(before)-maxBeforeBytes:]
		if at := strings.IndexByte(before, '\n'); at >= 0 {
			before = before[at+1:]
		}
	}
	after = after[:min(len(after), maxAfterBytes)]
	p := &Place{lex: newLexicon(c.Facts), off: c.Off, gated: c.Gated && c.Off&Gate == 0, oneLine: c.OneLine || c.Off&Blocks != 0, block: -1}
	p.linePrefix = before[lineStart(before):]
	if len(p.linePrefix) > maxLineBytes {
		p.linePrefix = p.linePrefix[len(p.linePrefix)-maxLineBytes:]
	}
	rest := firstLine(after)
	p.rest = strings.TrimSpace(rest[:min(len(rest), maxLineBytes)])
	p.crlf = strings.Contains(before, "\r\n") || before == "" && strings.Contains(after, "\r\n")
	p.style = readStyle(before, after, c.Facts.Indent)
	p.base = p.style.columns(indentation(p.linePrefix))
	p.readLines(before, after[len(rest):])
	stack := p.readBefore(before, c.InText)
	p.readMode(c, before, after)
	p.readAfter(stack, rest, after)
	return p
}

// New makes the finisher of one suggestion; it is an infer.FinisherFunc.
func (p *Place) New(int) infer.Finisher { return newFinisher(p) }

// Multiline reports whether suggestions here fill a block.
func (p *Place) Multiline() bool { return p.multiline }

// opener is a bracket that is open at the cursor.
type opener struct {
	bracket byte
	columns int // that its line is indented by
	line    int // its line, from where reading began
}

// readBefore scans the text before the cursor, from a line that is not indented, and returns what is open.
func (p *Place) readBefore(before string, inText bool) []opener {
	p.scan = scanner{lex: p.lex}
	var stack []opener
	line, columns := 0, 0
	for i := range len(before) {
		if i == 0 || before[i-1] == '\n' {
			columns = p.style.columns(indentation(before[i:]))
			line++
		}
		switch c := before[i]; p.scan.step(c) {
		case opens:
			stack = append(stack, opener{c, columns, line})
		case closes:
			for j := len(stack) - 1; j >= 0; j-- {
				if closing(stack[j].bracket) == c {
					stack = stack[:j]
					break
				}
			}
		}
	}
	if inText && p.scan.in == inCode {
		p.scan.in = inLineComment // unknown to the scanner: no rule of code applies on this line
	}
	p.lines = line
	return stack
}

// readMode decides whether a block is to be filled.
func (p *Place) readMode(c Config, before, after string) {
	if p.oneLine || p.rest != "" && strings.Trim(p.rest, ")]};,") != "" || p.scan.in != inCode {
		return
	}
	above := strings.TrimRight(before, " \t\r\n")
	if !c.EmptyBody && !p.opensBlock(above) {
		return
	}
	head := above[lineStart(above):]
	columns := p.style.columns(indentation(head))
	if !c.EmptyBody && p.lex.blocks != languages.Braces && p.filled(after[len(firstLine(after)):], columns) {
		return
	}
	if p.lex.blocks == languages.Braces && p.filled(after[len(firstLine(after)):], columns) {
		return
	}
	p.multiline, p.base = true, columns
	p.endWord = p.lex.blocks == languages.Keywords && !p.closesAt(after, columns)
}

// opensBlock reports whether text ends with what opens a block.
func (p *Place) opensBlock(text string) bool {
	for _, o := range p.lex.openers {
		rest, ok := strings.CutSuffix(text, o)
		if ok && (!isWord(o[0]) || rest == "" || !isWord(rest[len(rest)-1])) {
			return true
		}
	}
	return false
}

// filled reports whether the next line that is not blank stands deeper than the block's head.
func (p *Place) filled(after string, columns int) bool {
	line, ok := nextLine(after)
	return ok && p.style.columns(indentation(line)) > columns
}

// closesAt reports whether the next line that is not blank closes a block whose head is indented by columns.
func (p *Place) closesAt(after string, columns int) bool {
	line, ok := nextLine(after)
	if !ok || p.style.columns(indentation(line)) != columns {
		return false
	}
	return p.startsWithCloser(strings.TrimLeft(line, " \t"))
}

func (p *Place) startsWithCloser(line string) bool {
	for _, c := range p.lex.closers {
		if rest, ok := strings.CutPrefix(line, c); ok && (!isWord(c[0]) || rest == "" || !isWord(rest[0])) {
			return true
		}
	}
	return false
}

// readAfter finds which of the open brackets the text after the cursor leaves to the suggestion, and whether it closes
// the string at the cursor. A closer at the start of its line belongs to an opener whose line is indented alike.
func (p *Place) readAfter(stack []opener, rest, after string) {
	s := p.scan
	if s.in == inString {
		for i := range len(rest) {
			if s.step(rest[i]) == stringEnds {
				p.closed = true
				break
			}
		}
	}
	from := p.leftOpen(stack, after)
	for _, o := range stack[from:] {
		p.open = append(p.open, o.bracket)
		if o.line == p.lines {
			p.lineOpen++
		}
	}
	if p.multiline && len(stack) > from && stack[len(stack)-1].bracket == '{' {
		p.block = len(p.open) - 1
	}
}

// leftOpen returns how many of the outer openers the text closes: those inside them are open.
func (p *Place) leftOpen(stack []opener, after string) int {
	s := p.scan
	var own []byte
	start := false
	columns := 0
	for i := range len(after) {
		if i > 0 && after[i-1] == '\n' {
			start, columns = true, p.style.columns(indentation(after[i:]))
		}
		c := after[i]
		e := s.step(c)
		switch {
		case e == opens:
			own = append(own, c)
		case e == closes && len(own) > 0:
			own = own[:len(own)-1]
		case e == closes:
			for j := len(stack) - 1; j >= 0; j-- {
				if closing(stack[j].bracket) == c && (!start || stack[j].columns == columns) {
					return j + 1
				}
			}
			return len(stack) // closes nothing that is known here: leave all as it is
		}
		if c != ' ' && c != '\t' && c != '\r' && c != '\n' && e != closes {
			start = false
		}
	}
	return 0
}

// readLines keeps the lines around the cursor that are not to be said again.
func (p *Place) readLines(before, after string) {
	for len(p.next) < nextLines {
		line, ok := nextLine(after)
		if !ok {
			break
		}
		after = after[strings.Index(after, line)+len(line):]
		if line = strings.TrimSpace(line); says(line) && len(line) <= maxLineBytes {
			p.next = append(p.next, line)
		}
	}
	above := strings.TrimRight(before[:lineStart(before)], " \t\r\n")
	above = strings.TrimSpace(above[lineStart(above):])
	if says(above) && len(above) <= maxLineBytes {
		p.above = above
	}
}
