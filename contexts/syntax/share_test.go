package syntax

import (
	"testing"
	"time"
)

// TestDocumentsThatShareAnAllowanceHaveSoMuchTogether: a document that is opened anew for each key, 64 that take turns, and one like another,
// have no more of the processor than their session has.
func TestDocumentsThatShareAnAllowanceHaveSoMuchTogether(t *testing.T) {
	closed(t)
	const each, interval, keys = 200 * time.Millisecond, 100 * time.Millisecond, 400
	text := minified(2 << 10)
	for name, open := range map[string]func(p *Pool, a *Allowance) func() *Tree{
		"opened anew": func(p *Pool, a *Allowance) func() *Tree {
			var last *Tree
			return func() *Tree {
				if last != nil {
					last.Close()
				}
				last = p.Open("javascript")
				last.Share(a)
				return last
			}
		},
		"in turn": func(p *Pool, a *Allowance) func() *Tree {
			var all []*Tree
			for range 64 {
				all = append(all, p.Open("javascript"))
				all[len(all)-1].Share(a)
			}
			next := 0
			return func() *Tree {
				next++
				return all[next%len(all)]
			}
		},
		"like another": func(p *Pool, a *Allowance) func() *Tree {
			return func() *Tree {
				one := p.Open("javascript")
				defer one.Close()
				one.Share(a)
				return one.With(text, 0, 0, "")
			}
		},
	} {
		var m machine
		pool := NewPool(Config{})
		m.runs(pool, always(each))
		shared := NewShared()
		next := open(pool, shared)
		parsed, used := 0, map[*Tree]bool{}
		for range keys {
			m.clock += interval
			tree := next()
			used[tree] = true
			tree.Reset()
			if tree.AnalyzePlace(text, 100).Parsed {
				parsed++
			}
		}
		if most := maxSharedTime + keys*interval/sharedShare; m.taken > most+each || m.taken < most-each {
			t.Errorf("%s: %v of the processor in %v, want about %v", name, m.taken, keys*interval, most)
		}
		if s := pool.Stats(); s.Overspent != uint64(keys-parsed) || parsed == 0 {
			t.Errorf("%s: %d parsed; %+v", name, parsed, s)
		}
		if shared.Whole(pool.now()) {
			t.Errorf("%s: nothing is taken", name)
		}
		if m.clock += time.Minute; !shared.Whole(pool.now()) {
			t.Errorf("%s: it does not come back", name)
		}
		for tree := range used {
			tree.Close()
		}
		pool.Close()
	}
}

// TestAnEditorThatOpensFiftyFilesKeepsTheirTrees on a machine that takes half a millisecond for a kilobyte parsed, twice what a busy one
// took for files that were opened. So does who types in them, one after the other.
func TestAnEditorThatOpensFiftyFilesKeepsTheirTrees(t *testing.T) {
	closed(t)
	const size, files, interval, keys = 300 << 10, 50, 100 * time.Millisecond, 300
	text, at := largeOf("python", size/10) // at the cost of one of that size
	var m machine
	pool := NewPool(Config{})
	defer pool.Close()
	m.runs(pool, func(parsed string, again bool) time.Duration {
		took := time.Duration(len(parsed)) * time.Millisecond / 2 >> 10
		if len(parsed) >= len(text) {
			took *= 10
		}
		if again {
			took /= 16
		}
		return took
	})
	shared := NewShared()
	var all []*typist
	for range files {
		y := &typist{tree: pool.Open("python"), text: text, at: at}
		defer y.tree.Close()
		y.tree.Share(shared)
		before := m.taken
		y.tree.AnalyzePlace(y.text, y.at)
		m.clock += m.taken - before // nothing else is done meanwhile
		all = append(all, y)
	}
	opened := m.taken
	for i := range keys {
		m.clock += interval
		all[i/20].key("x")
	}
	if s := pool.Stats(); s.Overspent != 0 || opened < maxSharedTime || m.taken == opened {
		t.Errorf("%v to open, %v since; %+v", opened, m.taken-opened, s)
	}
}
