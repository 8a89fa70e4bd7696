package stream

import "strings"

// between returns what stands in text between base and after.
func between(text, base, after string) (string, bool) {
	if len(text) < len(base)+len(after) || !strings.HasPrefix(text, base) || !strings.HasSuffix(text, after) {
		return "", false
	}
	return text[len(base) : len(text)-len(after)], true
}

// follow takes in the document's new text, and reports whether it still is what the generation says, as far as that
// can be known. The mutex must be held.
func (g *generation) follow(text string) bool {
	typed, ok := between(text, g.base, g.after)
	if !ok || g.gone {
		return false
	}
	g.accepted(typed, text)
	return g.retype(typed)
}

// retype takes in what is typed now, and reports whether an item may still say it. The mutex must be held.
func (g *generation) retype(typed string) bool {
	fits := false
	for _, it := range g.items {
		it.dropped = false // what was deleted again may make it fit again
		it.dropped = !it.fits(typed, g.lead)
		fits = fits || !it.dropped
	}
	g.typed = typed
	return fits
}

// adopt lets a request be served by g, where g says what the request's place asks for, and reports whether it is. now
// is false where g has said nothing yet that goes on from there: the request then waits for it, and needs fresh for
// when it never does. The mutex must be held.
func (g *generation) adopt(r *request) (adopted, now bool) {
	typed, now, ok := g.match(r)
	if !ok || !now && r.fresh == nil {
		return ok, now
	}
	g.retype(typed)
	g.request, r.along, r.sent = r, true, make([]int, len(g.items))
	g.session.requests[r.id] = r
	for i := range g.items {
		g.flush(i)
	}
	if g.finished {
		g.conclude()
	}
	return true, now
}

// match reports whether g may serve a request, what was typed between g's base and the request's place, and whether
// some text follows already. The mutex must be held.
func (g *generation) match(r *request) (typed string, now, ok bool) {
	before := r.base + r.lead
	if g.gone || !g.settings.serve(r.settings) || r.after != g.after || !strings.HasPrefix(before, g.base) {
		return "", false, false
	}
	typed = before[len(g.base):]
	for i, it := range g.items[:r.settings.suggestions] {
		candidate := *it
		candidate.dropped = false
		if !candidate.fits(typed, g.lead) {
			continue
		}
		ok = true
		used, whole := g.items[i].rest(typed)
		now = now || whole && used < len(it.text)
	}
	return typed, now, ok
}
