package languages

// Blocks is how a language marks where a block begins and ends.
type Blocks uint8

const (
	Braces      Blocks = iota // { and }
	Indentation               // the depth of the line's indentation, as in Python
	Keywords                  // words, as in Ruby's end and Bash's fi
	Tags                      // elements, as in HTML
	NoBlocks                  // plain text
)

// Delimiter is one way to write a string.
type Delimiter struct {
	Open, Close string
	Multiline   bool // the string may go on past the end of its line
	Raw         bool // a backslash is nothing special in it
}

// Facts is what is known of a language without parsing it.
type Facts struct {
	LineComment  string      // opens a comment up to the line's end; "" where there is none
	BlockComment [2]string   // what opens and closes a comment; empty where there is none
	Blocks       Blocks      // how a block is marked
	BlockOpeners []string    // what a line ends with where a block begins after it, such as ":" or "{"
	BlockClosers []string    // what a line begins with where a block ends before it, such as "}" or "end"
	Strings      []Delimiter // longer opening delimiters stand before their prefixes
	Placeholder  string      // an expression that may stand wherever one is missing; "" means "_"
	Indent       string      // what one level is indented by in a file that shows none, such as four spaces or a tab
}

// Strings that most languages have.
var (
	DoubleQuoted = Delimiter{Open: `"`, Close: `"`}
	SingleQuoted = Delimiter{Open: `'`, Close: `'`}
	Backquoted   = Delimiter{Open: "`", Close: "`", Multiline: true}
)

// DefaultFacts are those of plain text: no comments, no blocks, no strings, so that no rule of syntax applies.
var DefaultFacts = Facts{Blocks: NoBlocks, Indent: "    "}

// CFamily returns the facts that languages written like C share.
func CFamily() Facts {
	return Facts{
		LineComment:  "//",
		BlockComment: [2]string{"/*", "*/"},
		Blocks:       Braces,
		BlockOpeners: []string{"{"},
		BlockClosers: []string{"}"},
		Strings:      []Delimiter{DoubleQuoted, SingleQuoted},
		Indent:       "    ",
	}
}
