package stream

import (
	"encoding/json"
	"strings"
	"unicode/utf8"

	"inkling/stream/wire"
)

// maxShown is how many answers a session remembers for feedback: an editor speaks of the last few.
const maxShown = 32

// outcome is what became of a generation's suggestions. The session's mutex guards it.
type outcome struct {
	about                       Suggestion
	accepted, partly, dismissed bool
}

// shown names the outcome of an answer.
type shown struct {
	id      string
	outcome *outcome
}

// show counts a generation whose text reaches the client. The mutex must be held.
func (g *generation) show() {
	if g.outcome == nil {
		g.outcome = &outcome{about: Suggestion{Language: g.language, Cached: g.items[0].cached}}
		g.session.note(Shown, &g.outcome.about)
	}
}

// remember keeps an answer for feedback. The mutex must be held.
func (s *session) remember(id string, g *generation) {
	if len(s.shown) == maxShown {
		s.shown = append(s.shown[:0], s.shown[1:]...)
	}
	s.shown = append(s.shown, shown{id, g.outcome})
}

// recall returns the outcome of an answer; nil where it is not remembered. The mutex must be held.
func (s *session) recall(id string) *outcome {
	for _, one := range s.shown {
		if one.id == id {
			return one.outcome
		}
	}
	return nil
}

// accept counts a suggestion as accepted, once. The mutex must be held.
func (s *session) accept(o *outcome) {
	if !o.accepted {
		o.accepted = true
		s.note(Accepted, &o.about)
		s.watch(o)
	}
}

// acceptPart counts a suggestion as accepted in part. The mutex must be held.
func (s *session) acceptPart(o *outcome) {
	if !o.accepted {
		o.partly = true
		s.note(PartiallyAccepted, &o.about)
	}
}

// dismiss counts a suggestion as dismissed, once, unless something of it was accepted. The mutex must be held.
func (s *session) dismiss(o *outcome) {
	if !o.accepted && !o.partly && !o.dismissed {
		o.dismissed = true
		s.note(Dismissed, &o.about)
	}
}

// accepted looks at an edit that leaves typed between base and after of text: where it inserts, at once, more than one
// character of a suggestion that was shown, that was accepted, in part or whole. The mutex must be held.
func (g *generation) accepted(typed, text string) {
	added, ok := strings.CutPrefix(typed, g.typed)
	if g.outcome == nil || !ok || utf8.RuneCountInString(added) < 2 || strings.TrimSpace(added) == "" {
		return
	}
	for _, it := range g.items {
		used, whole := it.rest(typed)
		switch {
		case !whole:
			continue
		case it.stop != "" && used == len(it.text):
			g.place(typed, text)
			g.session.accept(g.outcome)
			g.session.watch(g.outcome) // accepted by word already, or said to be
		default:
			g.place(typed, text)
			g.session.acceptPart(g.outcome)
		}
		return
	}
}

// departed counts what was shown as dismissed, because something else was typed. The mutex must be held.
func (g *generation) departed() {
	if g.outcome != nil {
		g.session.dismiss(g.outcome)
	}
}

// execute runs a command: an item's, which says that it was accepted, or the one that dismisses it.
func (s *session) execute(id wire.ID, params json.RawMessage) error {
	var p wire.ExecuteParams
	if err := s.decode(params, &p); err != nil {
		return err
	}
	if p.Command != wire.CommandAccept && p.Command != wire.CommandDismiss {
		return wire.Errorf(wire.CodeInvalidParams, "params.command: %s is not known", clip(p.Command))
	}
	if len(p.Arguments) != 1 {
		return wire.Errorf(wire.CodeInvalidParams, "params.arguments: %d, must be 1", len(p.Arguments))
	}
	var ref wire.SuggestionRef
	if json.Unmarshal(p.Arguments[0], &ref) != nil || ref.ID == "" {
		return wire.Errorf(wire.CodeInvalidParams, "params.arguments[0]: must be an object with the answer's id")
	}
	s.lock()
	defer s.unlock()
	if o := s.recall(ref.ID); o != nil && p.Command == wire.CommandAccept {
		s.accept(o)
	} else if o != nil {
		s.dismiss(o)
	}
	s.send(wire.Response(id, nil))
	return nil
}

// feedback returns the answer's id that a notification speaks of.
func (s *session) feedback(params json.RawMessage) (wire.FeedbackParams, string, error) {
	var p wire.FeedbackParams
	if err := s.decode(params, &p); err != nil {
		return p, "", err
	}
	if len(p.Item.Command.Arguments) != 1 || p.Item.Command.Arguments[0].ID == "" {
		return p, "", wire.Errorf(wire.CodeInvalidParams, "params.item.command.arguments: must hold one object with the answer's id")
	}
	return p, p.Item.Command.Arguments[0].ID, nil
}

// didShow takes note that the client showed an item. What was sent counts as shown already.
func (s *session) didShow(params json.RawMessage) error {
	_, _, err := s.feedback(params)
	return err
}

// didPartiallyAccept counts an item as accepted in part.
func (s *session) didPartiallyAccept(params json.RawMessage) error {
	p, id, err := s.feedback(params)
	if err != nil {
		return err
	}
	if p.AcceptedLength < 0 {
		return wire.Errorf(wire.CodeInvalidParams, "params.acceptedLength: %d, at least 0", p.AcceptedLength)
	}
	s.lock()
	defer s.unlock()
	if o := s.recall(id); o != nil && !o.partly {
		s.acceptPart(o)
	}
	return nil
}
