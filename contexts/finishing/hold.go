package finishing

import (
	"bytes"
	"strings"
)

const (
	maxWordBytes = 64 // a longer run of letters is data, and is shown as it comes
	longRest     = 3  // bytes of a rest of line that are told at once; fewer only at the line's end
	maxRestBytes = 80 // of the rest of the line that are looked for
	loopBytes    = 24 // said over and over, at least three times
	maxPeriod    = 24
)

// safe returns how much of out no rule can take back. A word that may go on is held back, since what comes may end before
// the word does; but not by the gate, which has just waited: of 161 suggestions that it showed, four ended in half a word.
func (f *finisher) safe() int {
	if f.done {
		return len(f.out)
	}
	if f.word || f.repeats(false) {
		return f.cut
	}
	n := len(bytes.TrimRight(f.out, " \t\r\n"))
	if f.p.off&Words == 0 && (f.released > 0 || !f.p.gated) {
		n = len(bytes.TrimRight(f.out[:wordStart(f.out[:n])], " \t\r\n"))
	}
	n = min(n, f.restStart())
	if f.outer && f.p.closed {
		n = min(n, len(f.out)-f.p.scan.kind.close.length+1)
	}
	return len(bytes.TrimRight(f.out[:max(n, 0)], " \t\r\n")) // if no more comes, blanks at the end do not stay
}

// wordStart returns where the word begins that text ends with; its length where it ends with none.
func wordStart(text []byte) int {
	n := len(text)
	for n > 0 && isWord(text[n-1]) {
		if n--; len(text)-n > maxWordBytes {
			return len(text)
		}
	}
	return n
}

// restStart returns where out may begin to say the rest of the cursor's line.
func (f *finisher) restStart() int {
	if f.line > 0 || f.p.off&Overlap != 0 {
		return len(f.out)
	}
	rest := f.p.rest
	for k := min(len(rest), len(f.out), maxRestBytes); k > 0; k-- {
		if f.depthAt(len(f.out)-k) == 0 && string(f.out[len(f.out)-k:]) == rest[:k] {
			return len(bytes.TrimRight(f.out[:len(f.out)-k], " \t"))
		}
	}
	return len(f.out)
}

// depthAt returns how many brackets of the suggestion's own were open before a byte of its first line.
func (f *finisher) depthAt(at int) int {
	if at >= len(f.depths) {
		return len(f.own)
	}
	return int(f.depths[at])
}

func (f *finisher) mayMeetRest() bool {
	return f.line == 0 && f.p.rest != "" && f.p.off&Overlap == 0 && (f.scan.in != inString || f.outer)
}

// restBefore returns where the rest of the line begins in out, if out and the closing bracket c are its beginning: the text of
// which restStart held back.
func (f *finisher) restBefore(c byte) int {
	if f.line == 0 && f.p.off&Overlap == 0 {
		rest := f.p.rest
		for k := min(len(rest)-1, len(f.out), maxRestBytes-1); k > 0; k-- {
			if rest[k] == c && f.depthAt(len(f.out)-k) == 0 && string(f.out[len(f.out)-k:]) == rest[:k] {
				return len(f.out) - k
			}
		}
	}
	return len(f.out)
}

// meetsRest ends the suggestion where it has said the rest of the cursor's line; c is the byte that would follow.
func (f *finisher) meetsRest(c byte) bool {
	rest := f.p.rest
	rest = rest[:min(len(rest), maxRestBytes)]
	if !f.mayMeetRest() || len(rest) < longRest && c != '\n' || len(f.out) < len(rest) {
		return false
	}
	at := len(f.out) - len(rest)
	switch {
	case string(f.out[at:]) != rest, f.depthAt(at) > 0,
		isWord(c) && isWord(rest[len(rest)-1]),
		at > 0 && isWord(rest[0]) && isWord(f.out[at-1]):
		return false
	}
	f.repeated = true
	f.end(at)
	return true
}

// repeats reports whether the line says again what stands around the cursor or was said before: whole, or so far. A line that ends within
// a string says nothing again; one that is within a string now may end outside of it.
func (f *finisher) repeats(whole bool) bool {
	if f.line > 0 && (f.start || whole && f.scan.in == inString) {
		return false
	}
	line := string(bytes.TrimRight(f.out[f.content:], " \t"))
	is := func(candidate string) bool {
		if whole {
			return line == candidate
		}
		return strings.HasPrefix(candidate, line)
	}
	if f.p.off&Overlap == 0 {
		if f.line == 0 && f.repeatsAround(is) {
			return true
		}
		for _, next := range f.p.next {
			if f.line > 0 && is(next) {
				return true
			}
		}
	}
	return f.line > 0 && f.p.off&Loops == 0 && f.repeatsItself(is)
}

// repeatsAround reports whether the cursor's whole line, with what was said, is a line around it.
func (f *finisher) repeatsAround(is func(string) bool) bool {
	p := f.p
	if p.rest != "" || len(f.out) == 0 {
		return false
	}
	prefix := strings.TrimLeft(p.linePrefix, " \t")
	around := func(line string) bool {
		remainder, ok := strings.CutPrefix(line, prefix)
		return ok && remainder != "" && is(remainder)
	}
	for _, next := range p.next {
		if around(next) {
			return true
		}
	}
	return p.above != "" && around(p.above)
}

// repeatsItself reports whether the line is the one said before it, or one that was said twice.
func (f *finisher) repeatsItself(is func(string) bool) bool {
	for i, line := range f.said {
		if !says(line) || !is(line) {
			continue
		}
		if i == len(f.said)-1 {
			return true
		}
		for _, again := range f.said[i+1:] {
			if again == line {
				return true
			}
		}
	}
	return false
}

// stopLoop ends a suggestion that says a few bytes over and over, where that shows.
func (f *finisher) stopLoop() {
	text := f.out[f.content:]
	if len(text) < loopBytes {
		return
	}
	for period := 1; period <= min(maxPeriod, len(text)/3); period++ {
		span := max(loopBytes, 3*period)
		if span > len(text) {
			return
		}
		tail := text[len(text)-span:]
		if string(tail[period:]) == string(tail[:span-period]) {
			f.end(len(f.out))
			return
		}
	}
}

func isBlank(text string) bool { return strings.Trim(text, " \t") == "" }

func endsBlank(text string) bool {
	return text != "" && (text[len(text)-1] == ' ' || text[len(text)-1] == '\t')
}

// lineEnd appends a line end as the document has them.
func (p *Place) lineEnd(out []byte) []byte {
	if p.crlf {
		out = append(out, '\r')
	}
	return append(out, '\n')
}
