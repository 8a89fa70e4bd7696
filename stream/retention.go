package stream

import (
	"hash/maphash"
	"slices"
	"strings"
	"time"

	"inkling/contexts"
)

// retentions are how long after its acceptance it is looked whether a suggestion still stands in its document.
var retentions = [...]struct {
	after time.Duration
	event Event
}{{30 * time.Second, Retained30s}, {2 * time.Minute, Retained2m}, {5 * time.Minute, Retained5m}}

// maxKept is how many accepted suggestions of a session are looked after at once; beyond it the oldest is let go.
const maxKept = 64

// maxKeptRange is how much text, in bytes, is looked through for a suggestion: edits around it widen where it may stand, up to the whole
// document, and where they did so beyond this it counts as gone.
const maxKeptRange = 64 << 10

// lineSeed makes the hashes of lines worth nothing outside of this process.
var lineSeed = maphash.MakeSeed()

// kept is where an accepted suggestion stands. Of its text there are only hashes.
type kept struct {
	uri        string
	start, end int      // bytes of the document as it is now
	lines      []uint64 // of the lines that are not blank, without the white space around them
	outcome    *outcome
	since      time.Time // of the acceptance; zero while it is accepted in part only
	looked     int       // how many of retentions are over
}

// retention is what a session looks after. The session's mutex guards it.
type retention struct {
	all   []*kept
	texts map[string]string // of the documents that all stand in, as they are now
	timer *time.Timer       // runs while one of all is accepted
}

// lineHashes returns the hashes of the lines that are not blank.
func lineHashes(text string) []uint64 {
	var hashes []uint64
	for line := range strings.SplitSeq(text, "\n") {
		if line = strings.TrimSpace(line); line != "" {
			hashes = append(hashes, maphash.String(lineSeed, line))
		}
	}
	return hashes
}

// stands reports whether at least half of the lines still stand in the text, each as often as it did. Indentation does
// not matter; lines between them do not either.
func (k *kept) stands(text string) bool {
	if k.end-k.start > maxKeptRange {
		return false
	}
	left := map[uint64]int{}
	for _, h := range k.lines {
		left[h]++
	}
	found := 0
	for line := range strings.SplitSeq(text[k.start:k.end], "\n") {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		if h := maphash.String(lineSeed, line); left[h] > 0 {
			left[h]--
			found++
		}
	}
	return 2*found >= len(k.lines)
}

// move follows an edit. What is inserted at the range's ends is outside; what replaces a part of it, or stands where
// it was deleted, is inside.
func (k *kept) move(e contexts.ByteEdit) {
	grown := len(e.Text) - (e.OldEnd - e.Start)
	empty := k.start == k.end
	switch {
	case e.Start == e.OldEnd && empty && e.Start == k.start:
		k.end += grown // undone
	case e.OldEnd <= k.start:
		k.start, k.end = k.start+grown, k.end+grown
	case e.Start >= k.end: // behind it
	default:
		k.start, k.end = min(k.start, e.Start), max(k.end, e.OldEnd)+grown
	}
}

// trim leaves out of an edit what it does not change: editors and formatters replace whole documents.
func trim(before string, e contexts.ByteEdit) contexts.ByteEdit {
	old := before[e.Start:e.OldEnd]
	same := 0
	for same < len(old) && same < len(e.Text) && old[same] == e.Text[same] {
		same++
	}
	old, e.Text, e.Start = old[same:], e.Text[same:], e.Start+same
	same = 0
	for same < len(old) && same < len(e.Text) && old[len(old)-1-same] == e.Text[len(e.Text)-1-same] {
		same++
	}
	e.Text, e.OldEnd = e.Text[:len(e.Text)-same], e.OldEnd-same
	return e
}

// follow takes in the edits that made the text of a document.
func (r *retention) follow(uri, text string, edits []contexts.ByteEdit) {
	before, ok := r.texts[uri]
	if !ok {
		return
	}
	if len(edits) == 1 { // of several, the texts between them are gone
		edits = []contexts.ByteEdit{trim(before, edits[0])}
	}
	for _, k := range r.all {
		for _, e := range edits {
			if k.uri == uri {
				k.move(e)
			}
		}
	}
	r.texts[uri] = text
}

// forget lets go of what stands in a document.
func (r *retention) forget(uri string) {
	r.all = slices.DeleteFunc(r.all, func(k *kept) bool { return k.uri == uri })
	delete(r.texts, uri)
}

// stop lets go of everything.
func (r *retention) stop() {
	r.all, r.texts = nil, nil
	if r.timer != nil {
		r.timer.Stop()
	}
}

// put notes where the text of an outcome stands, in place of what was noted of it before it was accepted whole.
func (r *retention) put(k *kept, text string) {
	if slices.ContainsFunc(r.all, func(one *kept) bool { return one.outcome == k.outcome && !one.since.IsZero() }) {
		return
	}
	r.all = slices.DeleteFunc(r.all, func(one *kept) bool { return one.outcome == k.outcome })
	if len(r.all) == maxKept {
		r.all = slices.Delete(r.all, 0, 1)
	}
	r.all = append(r.all, k)
	if r.texts == nil {
		r.texts = map[string]string{}
	}
	r.texts[k.uri] = text
	r.clean()
}

// clean lets go of texts that nothing stands in.
func (r *retention) clean() {
	for uri := range r.texts {
		if !slices.ContainsFunc(r.all, func(k *kept) bool { return k.uri == uri }) {
			delete(r.texts, uri)
		}
	}
}

// place notes what was inserted of a suggestion. text is the document's. The mutex must be held.
func (g *generation) place(typed, text string) {
	g.session.retention.put(&kept{uri: g.uri, start: len(g.base), end: len(g.base) + len(typed), lines: lineHashes(typed),
		outcome: g.outcome}, text)
}

// watch begins to look after an accepted suggestion, where it is known where that stands. The mutex must be held.
func (s *session) watch(o *outcome) {
	for _, k := range s.retention.all {
		if k.outcome == o && k.since.IsZero() && o.accepted {
			k.since = time.Now()
			s.schedule()
		}
	}
}

// schedule sets the timer to what is due next. The mutex must be held.
func (s *session) schedule() {
	var next time.Time
	for _, k := range s.retention.all {
		if k.since.IsZero() {
			continue
		}
		if due := k.since.Add(retentions[k.looked].after); next.IsZero() || due.Before(next) {
			next = due
		}
	}
	switch r := &s.retention; {
	case next.IsZero():
	case r.timer == nil:
		r.timer = time.AfterFunc(time.Until(next), s.look)
	default:
		r.timer.Reset(time.Until(next))
	}
}

// look counts the suggestions that still stand, of those whose time has come. The timer calls it.
func (s *session) look() {
	defer s.contain()
	s.lock()
	defer s.unlock()
	r, now := &s.retention, time.Now()
	for _, k := range r.all {
		for !k.since.IsZero() && k.looked < len(retentions) && !now.Before(k.since.Add(retentions[k.looked].after)) {
			if k.stands(r.texts[k.uri]) {
				s.note(retentions[k.looked].event, &k.outcome.about)
			}
			k.looked++
		}
	}
	r.all = slices.DeleteFunc(r.all, func(k *kept) bool { return k.looked == len(retentions) })
	r.clean()
	s.schedule()
}
