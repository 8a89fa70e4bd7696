package syntax

// Role is the finer place of a cursor. The captures of a language's places.scm have these names.
type Role string

const (
	RoleComment       Role = "comment"
	RoleString        Role = "string"
	RoleInterpolation Role = "interpolation" // code inside a string
	RoleImport        Role = "import"
	RoleArguments     Role = "arguments"
	RoleParameters    Role = "parameters"
	RoleReturn        Role = "return"
	RoleYield         Role = "yield"
	RoleRaise         Role = "raise"
	RoleAssert        Role = "assert"
	RoleCondition     Role = "condition"
	RoleIterable      Role = "iterable"
	RoleLoop          Role = "loop"
	RoleResource      Role = "resource"
	RoleAssignment    Role = "assignment"
	RoleDecorator     Role = "decorator"
	RoleType          Role = "type"
	RoleBases         Role = "bases"
	RoleLiteral       Role = "literal"
	RoleSubscript     Role = "subscript"
	RoleExpression    Role = "expression"
	RoleComprehension Role = "comprehension"
	RoleCase          Role = "case"
	RoleBody          Role = "body"
	RoleClassBody     Role = "classbody"
	RoleTag           Role = "tag"
	RoleAttribute     Role = "attribute"
	RoleContent       Role = "content" // text of a markup document
	RoleValue         Role = "value"   // of a key or a property
	RoleSelector      Role = "selector"
	RoleCommand       Role = "command"
)

// phrases say what a suggestion at a role is, before " of X".
var phrases = map[Role]string{
	RoleComment:       "comment",
	RoleString:        "string",
	RoleInterpolation: "interpolated expression",
	RoleImport:        "import",
	RoleArguments:     "arguments",
	RoleParameters:    "parameters",
	RoleReturn:        "return expression",
	RoleYield:         "yielded expression",
	RoleRaise:         "raised exception",
	RoleAssert:        "assertion",
	RoleCondition:     "condition",
	RoleIterable:      "loop range",
	RoleLoop:          "loop header",
	RoleResource:      "resource",
	RoleAssignment:    "value",
	RoleDecorator:     "decorator",
	RoleType:          "type",
	RoleBases:         "base types",
	RoleLiteral:       "elements",
	RoleSubscript:     "subscript",
	RoleExpression:    "expression",
	RoleComprehension: "comprehension",
	RoleCase:          "case",
	RoleBody:          "statement",
	RoleClassBody:     "member",
	RoleTag:           "tag",
	RoleAttribute:     "attribute",
	RoleContent:       "text",
	RoleValue:         "value",
	RoleSelector:      "selector",
	RoleCommand:       "command",
}

// region returns what a cursor at a role is in.
func (r Role) region() Region {
	switch r {
	case RoleComment:
		return InComment
	case RoleString:
		return InString
	case RoleImport:
		return InImport
	case RoleArguments:
		return InArguments
	case RoleParameters:
		return InParameters
	case RoleContent:
		return InText
	}
	return InCode
}

// bracketed tells roles whose last byte, where it closes them, ends the place: the cursor after it is outside.
func (r Role) bracketed() bool {
	switch r {
	case RoleReturn, RoleYield, RoleRaise, RoleAssert, RoleCondition, RoleIterable, RoleAssignment, RoleDecorator, RoleType,
		RoleExpression, RoleImport, RoleResource, RoleLoop, RoleCase, RoleValue, RoleCommand:
		return false
	}
	return true
}

// expression tells roles that are captured at an expression itself: the cursor right before it is inside.
func (r Role) expression() bool {
	switch r {
	case RoleCondition, RoleIterable, RoleCase, RoleValue, RoleSubscript, RoleExpression, RoleType:
		return true
	}
	return false
}

// Describe says what a suggestion at this place is, such as "return expression of fibonacci".
func (a *Analysis) Describe() string {
	phrase, of := phrases[a.Role], a.Of
	switch {
	case a.EmptyBody && a.ownBody:
		phrase, of = "body", ""
	case a.EmptyBody:
		phrase, of = "block", ""
	case phrase == "":
		phrase = "code"
	}
	if of == "" && len(a.Enclosing) > 0 {
		of = a.Enclosing[len(a.Enclosing)-1].Name
	}
	if of == "" {
		return phrase
	}
	return phrase + " of " + of
}
