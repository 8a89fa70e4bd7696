package contexts

// Encoding is the unit in which the characters of a [Position] are counted.
type Encoding uint8

const (
	UTF16 Encoding = iota // LSP's default
	UTF8
	UTF32
)

// Position is a place in a document as the protocol has it: both count from 0. A Character past the line's end is
// the line's end.
type Position struct {
	Line      uint32 `json:"line"`
	Character uint32 `json:"character"`
}

// Range is the text from Start up to, not including, End.
type Range struct {
	Start Position `json:"start"`
	End   Position `json:"end"`
}

// Change replaces Range by Text; a nil Range replaces the whole document.
type Change struct {
	Range *Range `json:"range,omitempty"`
	Text  string `json:"text"`
}
