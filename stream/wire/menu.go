package wire

// MethodMenu asks for what an editor shows in its menu of completions: for those that know no textDocument/inlineCompletion.
// It is served where the client asked for it in initialize, see [InklingInitialize].
const MethodMenu = "textDocument/completion"

// MenuParams are those of textDocument/completion, as far as a session looks at them.
type MenuParams struct {
	TextDocument DocumentID `json:"textDocument"`
	Position     Position   `json:"position"`
	Context      struct {
		TriggerKind int `json:"triggerKind"`
	} `json:"context,omitzero"`
}

// MenuInvoked is LSP's CompletionTriggerKind of a menu that was asked for, or opened in a word; above it are those for one of
// [MenuTriggers], and for a list that was incomplete.
const MenuInvoked = 1

// MenuOptions is what is said of the menu in the capabilities.
type MenuOptions struct {
	TriggerCharacters []string `json:"triggerCharacters"`
}

// MenuList is the answer. It is always incomplete: the next character may bring another suggestion.
type MenuList struct {
	IsIncomplete bool       `json:"isIncomplete"`
	Items        []MenuItem `json:"items"`
}

// MenuItem is a suggestion as an item of a menu.
type MenuItem struct {
	Label         string   `json:"label"` // its first line
	Detail        string   `json:"detail"`
	Kind          int      `json:"kind"` // [MenuKindText]
	Documentation Markup   `json:"documentation"`
	SortText      string   `json:"sortText"`
	FilterText    string   `json:"filterText"` // what is compared with what is typed
	TextEdit      TextEdit `json:"textEdit"`   // of one line, from the beginning of the word before the cursor
	Command       Command  `json:"command"`
}

// MenuKindText is LSP's CompletionItemKind of text.
const MenuKindText = 1

// Markup is text with its form.
type Markup struct {
	Kind  string `json:"kind"` // "markdown"
	Value string `json:"value"`
}

// TextEdit replaces a range.
type TextEdit struct {
	Range   Range  `json:"range"`
	NewText string `json:"newText"`
}

// EmptyMenu is the answer without a suggestion.
func EmptyMenu() MenuList { return MenuList{IsIncomplete: true, Items: []MenuItem{}} }

// MenuTriggers are the characters besides those of words after which editors ask by themselves. A blank is not among them: with a
// menu open after every blank, a line end would take what is in it.
func MenuTriggers() []string { return []string{".", "(", "[", "{", ",", "=", ":"} }
