package syntax

import (
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	sitter "github.com/tree-sitter/go-tree-sitter"

	"inkling/contexts/languages"
)

// machine is a clock and a processor on which nothing takes time but what a test says.
type machine struct{ clock, taken time.Duration }

// runs lets a pool's documents, of which none is open yet, run on the machine, where a parse takes what cost says.
func (m *machine) runs(p *Pool, cost func(text string, again bool) time.Duration) {
	start := time.Now()
	p.now = func() time.Time { return start.Add(m.clock) }
	p.processor = func() time.Duration { return m.taken }
	p.parse = func(l *sitter.Language, text string, old *sitter.Tree, _ time.Duration) (*sitter.Tree, outcome) {
		m.taken += cost(text, old != nil)
		return parseText(l, text, old, time.Minute)
	}
}

func always(d time.Duration) func(string, bool) time.Duration {
	return func(string, bool) time.Duration { return d }
}

// typist types into one document.
type typist struct {
	tree *Tree
	text string
	at   int
}

func (y *typist) key(k string) Analysis {
	y.tree.Edit(y.text, y.at, y.at, k)
	y.text, y.at = y.text[:y.at]+k+y.text[y.at:], y.at+len(k)
	return y.tree.AnalyzePlace(y.text, y.at)
}

// replace is a change of the whole text.
func (y *typist) replace(k string) Analysis {
	y.tree.Reset()
	y.text, y.at = y.text[:y.at]+k+y.text[y.at:], y.at+len(k)
	return y.tree.AnalyzePlace(y.text, y.at)
}

// TestADocumentHasSoMuchOfTheProcessor: of a text of which each key costs a parse of the whole, so many are parsed as its time and
// its share allow, whether it is edited or replaced, and the others are plain text.
func TestADocumentHasSoMuchOfTheProcessor(t *testing.T) {
	closed(t)
	const each, interval, keys = 300 * time.Millisecond, 100 * time.Millisecond, 300
	for name, press := range map[string]func(*typist) Analysis{
		"edited":   func(y *typist) Analysis { return y.key("x") },
		"replaced": func(y *typist) Analysis { return y.replace("x") },
	} {
		var m machine
		pool := NewPool(Config{})
		m.runs(pool, always(each))
		y := typist{tree: pool.Open("javascript"), text: minified(20 << 10), at: 100}
		asked := 0
		plain, between := 0, 0
		for range keys {
			m.clock += interval
			if a := press(&y); a.Parsed {
				asked++
				between = plain
			} else {
				plain++
			}
		}
		most, counted := DefaultDocumentTime+keys*interval/documentShare, m.taken/each*(each-cheapAnswer)
		if counted > most+each || counted < most-each {
			t.Errorf("%s: %v of the processor in %v, want about %v", name, counted, keys*interval, most)
		}
		if s := pool.Stats(); s.Overspent != uint64(plain) || asked+plain != keys || between == 0 || s.TimedOut != 0 {
			t.Errorf("%s: %d parsed, %d plain, %d of these before the last that was parsed; %+v", name, asked, plain, between, s)
		}
		y.tree.Close()
		pool.Close()
	}
}

// TestACheapAnswerIsNotCounted: a file whose answers are cheap keeps its tree, were its keys as fast as they can be.
func TestACheapAnswerIsNotCounted(t *testing.T) {
	closed(t)
	for cost, parsed := range map[time.Duration]bool{cheapAnswer: true, cheapAnswer + time.Microsecond: false} {
		var m machine
		pool := NewPool(Config{DocumentTime: 50 * time.Microsecond})
		m.runs(pool, always(cost))
		y := typist{tree: pool.Open("go"), text: "package p\n\nvar x = 1\n", at: 16}
		plain := 0
		for range 200 {
			if !y.key("a").Parsed {
				plain++
			}
		}
		if plain == 0 != parsed {
			t.Errorf("at %v an answer, %d of 200 were plain text", cost, plain)
		}
		y.tree.Close()
		pool.Close()
	}
}

// TestTimeoutsAreOfTheProcessor: queries end when they have taken their time of it, and, later, their time on the clock.
func TestTimeoutsAreOfTheProcessor(t *testing.T) {
	taken := 5 * time.Millisecond
	v := view{processor: func() time.Duration { return taken }, until: 5 * time.Millisecond, deadline: time.Now().Add(time.Hour)}
	if v.timeLeft() <= 0 {
		t.Error("they have taken no more than they may")
	}
	if taken++; v.timeLeft() > 0 {
		t.Error("they have taken more than they may")
	}
	taken, v.deadline = 0, time.Now()
	if v.timeLeft() > 0 {
		t.Error("they have lasted longer than they may")
	}
	pool := NewPool(Config{QueryTimeout: time.Second})
	defer pool.Close()
	tree := pool.Open("go")
	defer tree.Close()
	tree.AnalyzePlace("package p\n", 0)
	v = tree.view(tree.native, "package p\n", 0)
	if left := time.Until(v.deadline); left > maxWaits*time.Second || left < (maxWaits-1)*time.Second {
		t.Errorf("%v on the clock", left)
	}
}

// TestAnAnswerForWantOfTimeIsThatOfPlainText, and the tree is there again when there is time, without a parse from the start.
func TestAnAnswerForWantOfTimeIsThatOfPlainText(t *testing.T) {
	closed(t)
	var m machine
	pool := NewPool(Config{})
	defer pool.Close()
	m.runs(pool, always(2*DefaultDocumentTime))
	y := typist{tree: pool.Open("python"), text: "def f(a):\n    return a\n", at: 10}
	defer y.tree.Close()
	if a := y.tree.AnalyzePlace(y.text, y.at); !a.Parsed {
		t.Fatal("not parsed at first")
	}
	parsed := m.taken
	a := y.key("'")
	if a.Parsed || a.Region != InString || len(a.Enclosing)+len(a.Imports) != 0 || y.tree.Outline(y.text) != nil || m.taken != parsed {
		t.Errorf("%+v, outline %v, %v of the processor", a, y.tree.Outline(y.text), m.taken-parsed)
	}
	y.text = y.text[:10] + y.text[11:]
	y.tree.Edit(y.text[:10]+"'"+y.text[10:], 10, 11, "")
	m.clock += time.Minute
	if a := y.tree.AnalyzePlace(y.text, 20); !a.Parsed || a.Function() == nil {
		t.Errorf("with time again: %+v", a)
	}
	if s := pool.Stats(); s.FullParses != 1 || s.Reparses != 1 || s.Overspent != 2 {
		t.Errorf("stats: %+v", s)
	}
}

// TestAnOrdinaryFileThatIsTypedKeepsItsTree on a machine that takes a millisecond for a kilobyte parsed, twice what a busy one took,
// and a sixteenth of that for a text that was edited since.
func TestAnOrdinaryFileThatIsTypedKeepsItsTree(t *testing.T) {
	closed(t)
	const size, interval, keys = 300 << 10, 100 * time.Millisecond, 100
	own := texts(t)
	for _, l := range languages.All() {
		if len(own[l.Name]) == 0 {
			continue
		}
		var m machine
		pool := NewPool(patient)
		pool.cfg.DocumentTime = DefaultDocumentTime
		m.runs(pool, func(text string, again bool) time.Duration {
			took := time.Duration(len(text)) * time.Millisecond >> 10
			if again {
				took /= 16
			}
			return took
		})
		all := strings.Join(own[l.Name], "\n") + "\n"
		text := strings.Repeat(all, size/len(all)+1)[:size]
		y := typist{tree: pool.Open(l.Name), text: text, at: lineStart(text, len(text)/2)}
		y.tree.AnalyzePlace(y.text, y.at)
		opened, plain := m.taken, 0
		for i := range keys {
			m.clock += interval
			if a := y.key("value = call(first, second)\n"[i%28:][:1]); !a.Parsed {
				plain++
			}
		}
		if s := pool.Stats(); plain > 0 || s.Overspent != 0 || m.taken-opened > keys*interval/documentShare {
			t.Errorf("%s: %d of %d keys found no tree; %v to open it, %v since; %+v", l.Name, plain, keys, opened, m.taken-opened, s)
		}
		y.tree.Close()
		pool.Close()
	}
}

// TestAWholeTextIsNoWayAroundTheBackOff: a text that took too long is not tried again because it comes whole, and another one is.
func TestAWholeTextIsNoWayAroundTheBackOff(t *testing.T) {
	closed(t)
	pool := NewPool(Config{ParseTimeout: time.Microsecond, DocumentTime: time.Hour})
	defer pool.Close()
	y := typist{tree: pool.Open("python"), text: strings.Repeat(small, 5000)}
	defer y.tree.Close()
	y.tree.AnalyzePlace(y.text, 0)
	for range retryEdits - 1 {
		y.replace("#")
	}
	if s := pool.Stats(); s.TimedOut != 1 {
		t.Errorf("tried again too early: %+v", s)
	}
	y.replace("#")
	if s := pool.Stats(); s.TimedOut != 2 {
		t.Errorf("not tried again: %+v", s)
	}
	y.replace("#")
	pool.cfg.ParseTimeout = time.Minute
	y.text, y.at = small, 0
	if a := y.replace("#"); !a.Parsed {
		t.Error("another text was not tried")
	}
}

// TestTheProcessorsTimeStandsStillWhileItsThreadSleeps, so that a machine's load takes nothing of a document's time.
func TestTheProcessorsTimeStandsStillWhileItsThreadSleeps(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	start, from := time.Now(), processorTime()
	time.Sleep(100 * time.Millisecond)
	if took := processorTime() - from; took > time.Since(start)/2 {
		t.Errorf("%v of the processor in %v of sleep", took, time.Since(start))
	}
	for from = processorTime(); processorTime() < from+time.Millisecond; { // or for ever
	}
}

// TestOutlinesWithinATimeAreThoseThatFit, and those that are known already.
func TestOutlinesWithinATimeAreThoseThatFit(t *testing.T) {
	closed(t)
	var m machine
	pool := NewPool(Config{})
	defer pool.Close()
	m.runs(pool, always(60*time.Millisecond))
	var trees []*Tree
	for range 4 {
		tree := pool.Open("python")
		defer tree.Close()
		trees = append(trees, tree)
	}
	for round, want := range []string{"++--", "++++"} {
		left, got := 100*time.Millisecond, ""
		for _, tree := range trees {
			if symbols, looked := tree.OutlineWithin(small, &left); looked != (len(symbols) == 1) {
				t.Errorf("looked %v: %v", looked, symbols)
			} else if looked {
				got += "+"
			} else {
				got += "-"
			}
		}
		if got != want || left != -20*time.Millisecond {
			t.Errorf("round %d: %s, want %s; %v left", round, got, want, left)
		}
	}
}

// TestADocumentLikeAnotherLivesOnItsTimeAndKnowsWhatItKnows; an answer for it is that of a document of its own.
func TestADocumentLikeAnotherLivesOnItsTimeAndKnowsWhatItKnows(t *testing.T) {
	closed(t)
	var m machine
	pool := NewPool(Config{DocumentTime: time.Minute})
	defer pool.Close()
	m.runs(pool, always(time.Second))
	text, at := largeOf("python", 8<<10)
	tree := pool.Open("python")
	defer tree.Close()
	tree.Analyze(text, at)
	ask := func() (Analysis, string) {
		as := tree.With(text, at, at, "new_")
		defer as.Close()
		other := text[:at] + "new_" + text[at:]
		return as.Analyze(other, at+4), other
	}
	got, other := ask()
	if s := pool.Stats(); s.FullParses != 1 || s.Reparses != 1 {
		t.Errorf("stats: %+v", s)
	}
	own := pool.Open("python")
	defer own.Close()
	if want := own.Analyze(other, at+4); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v\nwant %+v", got, want)
	}
	if a := tree.Analyze(text, at); a.Function() == nil || tree.length != len(text) {
		t.Errorf("the first one is another now: %+v", a)
	}
	for range 100 {
		ask()
	}
	if m.taken > time.Minute+3*time.Second {
		t.Errorf("%v of the processor", m.taken)
	}
}
