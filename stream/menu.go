package stream

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"inkling/contexts"
	"inkling/stream/wire"
)

// menu marks a request whose answer is for an editor's menu of completions.
type menu struct{}

// Limits of an item's texts, in characters.
const (
	maxMenuLabel  = 80
	maxMenuFilter = 200
	maxMenuWord   = 128 // before the cursor; a longer one is none
)

// completeMenu begins to answer textDocument/completion. The protocol does not tell a menu that opens in a word by itself from one that
// was asked for there, so each of these is automatic: what the model is not sure of is left out.
func (s *session) completeMenu(id wire.ID, params json.RawMessage) error {
	var p wire.MenuParams
	if err := s.decode(params, &p); err != nil {
		return err
	}
	return s.suggest(id, &wire.CompleteParams{TextDocument: p.TextDocument, Position: p.Position,
		Context: wire.CompleteContext{TriggerKind: s.menuTrigger(&p)}}, &menu{})
}

// menuTrigger says whether a menu was asked for: at a place where none opens by itself.
func (s *session) menuTrigger(p *wire.MenuParams) int {
	d := s.docs[p.TextDocument.URI]
	if d == nil || d.Document == nil || p.Context.TriggerKind > wire.MenuInvoked {
		return wire.TriggerAutomatic
	}
	offset, err := d.Offset(p.Position, s.encoding)
	if err != nil {
		return wire.TriggerAutomatic // and refused
	}
	before := d.Text()[:offset]
	opens := func(trigger string) bool { return strings.HasSuffix(before, trigger) }
	if wordBefore(before) != "" || slices.ContainsFunc(wire.MenuTriggers(), opens) {
		return wire.TriggerAutomatic
	}
	return wire.TriggerInvoked
}

// asMenu turns an answer into a menu. Editors compare an item with the word that is being typed, so each item says that word
// again.
func (r *request) asMenu(list wire.CompletionList, enc contexts.Encoding) wire.MenuList {
	word, line := wordBefore(r.base), r.base[strings.LastIndexAny(r.base, "\r\n")+1:]
	span := r.span
	span.End.Character = uint32(contexts.Length(line, enc)) // the client's own may be past the line's end
	span.Start.Character = span.End.Character - uint32(contexts.Length(word, enc))
	m := wire.EmptyMenu()
	for _, item := range list.Items {
		text := word + item.InsertText
		m.Items = append(m.Items, wire.MenuItem{
			Label: menuLabel(text), Detail: "Inkling", Kind: wire.MenuKindText,
			Documentation: wire.Markup{Kind: "markdown", Value: fenced(r.language, text)},
			SortText:      "!", FilterText: clipRunes(firstLine(text), maxMenuFilter),
			TextEdit: wire.TextEdit{Range: span, NewText: text}, Command: item.Command,
		})
	}
	return m
}

// wordBefore is the part of a name that text ends with; "" where it is longer than names are.
func wordBefore(text string) string {
	start := len(text)
	for n := 0; start > 0; n++ {
		if n > maxMenuWord {
			return ""
		}
		r, size := utf8.DecodeLastRuneInString(text[:start])
		if r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			break
		}
		start -= size
	}
	return text[start:]
}

// menuLabel is one line of a suggestion: the first that is not blank, with dots where more follows.
func menuLabel(text string) string {
	text = strings.TrimSpace(text)
	line := firstLine(text)
	label := clipRunes(line, maxMenuLabel)
	if label != text {
		label += "…"
	}
	return label
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return strings.TrimSuffix(line, "\r")
}

func clipRunes(text string, most int) string {
	for i := range text {
		if most--; most < 0 {
			return text[:i]
		}
	}
	return text
}

// fenced is text as a block of code in markdown, whatever it holds.
func fenced(language, text string) string {
	fence := "```"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	return fence + language + "\n" + text + "\n" + fence
}
