package finishing

import "strings"

// style is how a document indents.
type style struct {
	tabs bool
	unit int // columns of one level, and of a tab
}

// maxStyleLines bounds how many lines are looked at on either side of the cursor.
const maxStyleLines = 60

// readStyle reads the style off the lines around the cursor; where they show none, it is def.
func readStyle(before, after, def string) style {
	s := style{tabs: strings.HasPrefix(def, "\t"), unit: max(len(def), 1)}
	if s.tabs {
		s.unit = 4
	}
	tabs, spaces, unit := 0, 0, 0
	look := func(line string) {
		indent := indentation(line)
		if indent == "" || len(indent) == len(line) {
			return
		}
		if indent[0] == '\t' {
			tabs++
			return
		}
		spaces++
		if n := len(indent); n > 1 && (unit == 0 || n < unit) {
			unit = n
		}
	}
	for range maxStyleLines {
		at := lineStart(before)
		look(before[at:])
		if at == 0 {
			break
		}
		before = before[:at-1]
	}
	for range maxStyleLines {
		line := firstLine(after)
		if line == after {
			break
		}
		after = after[len(line)+1:]
		look(firstLine(after))
	}
	switch {
	case tabs > spaces:
		return style{tabs: true, unit: 4}
	case spaces > 0 && unit >= 2 && unit <= 8:
		return style{unit: unit}
	}
	return s
}

// columns returns how wide an indentation is.
func (s style) columns(indent string) int {
	n := 0
	for i := range len(indent) {
		if indent[i] == '\t' {
			n += s.unit - n%s.unit
		} else {
			n++
		}
	}
	return n
}

// write appends an indentation of the given width in the document's own style.
func (s style) write(out []byte, columns int) []byte {
	if s.tabs {
		for ; columns >= s.unit; columns -= s.unit {
			out = append(out, '\t')
		}
	}
	for range columns {
		out = append(out, ' ')
	}
	return out
}
