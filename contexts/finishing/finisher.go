package finishing

import (
	"bytes"
	"math"
	"unicode/utf8"

	"inkling/infer"
)

// Limits of one suggestion.
const (
	maxLines      = 24 // a longer one is not read before it is taken
	maxBlankLines = 1  // in a row; more of them end a block for a reader
	maxBytes      = 16 << 10
)

// finisher is one suggestion as it grows. out is what will be shown, restyled; of it, out[:released] has been.
type finisher struct {
	p        *Place
	scan     scanner
	out      []byte
	released int
	marks    []mark
	logProb  float64
	tokens   int

	depths  []uint8 // for each byte of the first line, how many of own were open before it
	own     []byte  // brackets that the suggestion opened and did not close
	open    []byte  // brackets of the text before the cursor that it may still close
	outer   bool    // scan is in a string that began before the cursor
	line    int     // lines begun after the cursor's
	content int     // where the line's text begins in out
	cut     int     // where out ends without the line
	start   bool    // of a line: nothing but blanks so far
	breaks  int     // line ends before that
	indent  []byte  // the blanks
	word    bool    // the line is a word that may close the block
	ending  bool    // the block is closed: only marks that belong to its last line may follow
	said    []string

	lineMark int  // index of the line's first mark
	sure     bool // the gate is open
	judged   bool // for good
	done     bool
	repeated bool // it ended because it said what stands there already
	unworthy bool // it ended because it is not sure enough
}

// mark is where out ended when a piece was read.
type mark struct {
	end     int
	logProb float64 // of all pieces up to it
	tokens  int
}

func newFinisher(p *Place) *finisher {
	f := &finisher{p: p, scan: p.scan, open: p.open, outer: p.scan.in == inString, sure: !p.gated, judged: !p.gated}
	f.start = isBlank(p.linePrefix)
	return f
}

// Feed implements infer.Finisher.
func (f *finisher) Feed(piece infer.Piece) infer.Verdict {
	f.logProb += piece.LogProb
	f.tokens += piece.Tokens
	for i := 0; i < len(piece.Text) && !f.done; i++ {
		if c := piece.Text[i]; len(f.out) <= maxBytes || !utf8.RuneStart(c) { // at a character's beginning: pieces may end at any
			f.step(c)
		} else {
			f.end(len(f.out))
		}
	}
	f.marks = append(f.marks, mark{len(f.out), f.logProb, f.tokens})
	if !f.done && len(f.out) > maxBytes {
		f.end(len(f.out))
	}
	return f.verdict(infer.StopFinished)
}

// Flush implements infer.Finisher.
func (f *finisher) Flush(reason infer.StopReason) infer.Verdict {
	if !f.done {
		f.last(reason)
	}
	return f.verdict(reason)
}

// step reads one byte of raw text.
func (f *finisher) step(c byte) {
	switch {
	case c == '\r':
		return // a line end is told by its line feed
	case c < ' ' && c != '\n' && c != '\t' || c == 0x7f:
		f.end(len(f.out))
		return
	case f.start && (c == ' ' || c == '\t'):
		f.indent = append(f.indent, c)
		return
	case f.start && c == '\n':
		f.blankLine()
		return
	case f.start && !f.beginLine(c):
		return
	}
	switch {
	case f.word && !isWord(c):
		f.endWord()
	case f.ending && c != ';' && c != ',' && c != ')' && c != ']':
		f.end(len(f.out))
	case f.meetsRest(c):
	case c == '\n':
		f.endLine()
	case len(f.out) == 0 && (c == ' ' || c == '\t') && endsBlank(f.p.linePrefix):
		// the blank stands there already
	default:
		f.take(c)
	}
}

// take reads a byte of a line's text.
func (f *finisher) take(c byte) {
	for f.line == 0 && len(f.depths) <= len(f.out) {
		f.depths = append(f.depths, uint8(min(len(f.own), math.MaxUint8)))
	}
	switch f.scan.step(c) {
	case opens:
		f.own = append(f.own, c)
	case closes:
		if !f.close(c) {
			f.repeated = true
			f.end(f.restBefore(c))
			return
		}
	case stringOpens:
		f.outer = false
	case stringEnds:
		if f.outer && f.p.closed && f.p.off&Balance == 0 {
			f.repeated = true
			f.end(len(f.out) - f.p.scan.kind.close.length + 1)
			return
		}
		f.outer = false
	}
	f.out = append(f.out, c)
	if f.p.off&Loops == 0 {
		f.stopLoop()
	}
}

// close reports whether a closing bracket has something to close that nothing else closes.
func (f *finisher) close(c byte) bool {
	if n := len(f.own); n > 0 {
		if closing(f.own[n-1]) != c {
			return f.p.off&Balance != 0
		}
		f.own = f.own[:n-1]
		return true
	}
	if n := len(f.open); n > 0 && closing(f.open[n-1]) == c {
		f.open = f.open[:n-1]
		f.ending = f.p.multiline && n-1 == f.p.block
		return true
	}
	return f.p.off&Balance != 0
}

// blankLine reads a line end where nothing but blanks stood before it.
func (f *finisher) blankLine() {
	f.indent = f.indent[:0]
	f.breaks++
	if f.line == 0 && !f.p.multiline || f.breaks > maxBlankLines+1 {
		f.end(f.cut)
	}
}

// beginLine decides, at the first byte of a line's text, whether the line belongs to the suggestion.
func (f *finisher) beginLine(c byte) bool {
	f.start = false
	p := f.p
	if f.line == 0 {
		if have := p.style.columns(p.linePrefix); p.multiline && have <= p.base {
			f.out = p.style.write(f.out, p.base+p.style.unit-have)
		}
		f.content = len(f.out)
		return true
	}
	columns := p.style.columns(string(f.indent))
	if p.multiline && len(f.own) == 0 && columns <= p.base && !(f.scan.in == inCode && (c == '}' || c == ')' || c == ']')) {
		if !p.endWord || columns != p.base || !isWord(c) {
			f.end(f.cut)
			return false
		}
		f.word = true
	}
	for range f.breaks {
		f.out = p.lineEnd(f.out)
	}
	if p.off&Style != 0 {
		f.out = append(f.out, f.indent...)
	} else {
		f.out = p.style.write(f.out, columns)
	}
	f.content = len(f.out)
	return true
}

// endLine reads the line end after a line's text.
func (f *finisher) endLine() {
	p := f.p
	switch {
	case f.repeats(true):
		f.repeated = true
		f.end(f.cut)
		return
	case f.scan.in == inString && f.scan.kind.multiline && !f.outer && !p.oneLine:
		f.scan.step('\n')
		f.out = p.lineEnd(f.out)
		if f.line++; f.line >= maxLines {
			f.end(len(f.out))
		}
		return
	}
	f.scan.step('\n')
	if !f.goesOn() || f.ending || f.line+1 >= maxLines || f.weakLine() {
		f.end(len(f.out))
		return
	}
	f.said = append(f.said, string(bytes.TrimSpace(f.out[f.content:])))
	f.out = bytes.TrimRight(f.out, " \t\r\n")
	f.cut, f.content = len(f.out), len(f.out)
	f.line++
	f.start, f.breaks, f.indent, f.lineMark = true, 1, f.indent[:0], len(f.marks)
}

// goesOn reports whether a further line may follow: in a block, inside brackets that the suggestion opened, and inside
// those that the cursor's line opened where the line ends as if more were to come.
func (f *finisher) goesOn() bool {
	p := f.p
	if p.oneLine || p.multiline || len(f.own) > 0 {
		return !p.oneLine
	}
	if len(f.open) <= len(p.open)-p.lineOpen {
		return false
	}
	line := bytes.TrimRight(f.out, " \t\r\n")
	last := byte(0)
	if len(line) > 0 {
		last = line[len(line)-1]
	} else if prefix := p.linePrefix; prefix != "" {
		last = prefix[len(prefix)-1]
	}
	return last == '(' || last == '[' || last == '{' || last == ','
}

// endWord decides about a line that may close the block, when its first word is whole.
func (f *finisher) endWord() {
	f.word = false
	switch string(f.out[f.content:]) {
	case "end", "fi", "done", "esac":
		f.end(len(f.out))
	default:
		f.end(f.cut)
	}
}

// last decides about what is still held when raw text ends by itself.
func (f *finisher) last(reason infer.StopReason) {
	cutOff := reason == infer.StopLength
	switch {
	case f.word:
		f.endWord()
	case f.meetsRest('\n'):
	case f.repeats(!cutOff):
		f.repeated = true
		f.end(f.cut)
	case cutOff && f.p.off&Words == 0:
		f.end(wordStart(f.out))
	default:
		f.end(len(f.out))
	}
}

// end makes out[:at] the whole suggestion, blanks at its end left out.
func (f *finisher) end(at int) {
	at = max(at, f.released)
	f.out = f.out[:f.released+len(bytes.TrimRight(f.out[f.released:at], " \t\r\n"))]
	f.done = true
}

// verdict releases what is safe.
func (f *finisher) verdict(stop infer.StopReason) infer.Verdict {
	f.judge()
	safe := f.released
	if f.sure {
		safe = max(f.safe(), f.released)
	}
	v := infer.Verdict{Release: string(f.out[f.released:safe]), Done: f.done}
	f.released = safe
	v.LogProb = f.logProbOf(safe)
	if !f.done {
		return v
	}
	v.Stop = stop
	if f.released == 0 {
		v.Why = infer.WhyEmpty
		if f.unworthy {
			v.Why = infer.WhyFiltered
		} else if f.repeated {
			v.Why = infer.WhyRepeat
		}
	}
	return v
}

// logProbOf returns the log-probability of the tokens that out[:n] came from.
func (f *finisher) logProbOf(n int) float64 {
	if n == 0 {
		return 0
	}
	for i := len(f.marks) - 1; i > 0; i-- {
		if f.marks[i-1].end < n {
			return f.marks[i].logProb
		}
	}
	if len(f.marks) == 0 {
		return f.logProb
	}
	return f.marks[0].logProb
}
