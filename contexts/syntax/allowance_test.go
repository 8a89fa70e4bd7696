package syntax

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"
)

// fakeClock is a pool's time. Every look at the processor's takes cost of it.
type fakeClock struct {
	at, used time.Duration
	cost     time.Duration
}

func (f *fakeClock) drive(p *Pool) {
	p.now = func() time.Time { return time.Time{}.Add(time.Hour + f.at) }
	p.processor = func() time.Duration { f.used += f.cost; return f.used }
}

// typed is a document that grows at its end.
type typed struct {
	*Tree
	text string
}

func (d *typed) key() Analysis {
	d.Edit(d.text, len(d.text), len(d.text), "x")
	d.text += "x"
	return d.Analyze(d.text, len(d.text))
}

func TestADocumentThatTakesTooMuchIsPlainTextForAWhile(t *testing.T) {
	closed(t)
	pool := NewPool(Config{ParseTimeout: time.Minute, QueryTimeout: time.Minute})
	defer pool.Close()
	clock := fakeClock{cost: 50 * time.Millisecond}
	clock.drive(pool)
	d := typed{pool.Open("python"), "def f():\n    return "}
	defer d.Close()
	untilSpent := func() (keys int) {
		for d.key().Parsed {
			if keys++; keys > 100 {
				t.Fatal("it is never used up")
			}
		}
		return keys
	}
	if keys := untilSpent(); keys == 0 || pool.Stats().Spent != 1 {
		t.Fatalf("%d keys, %+v", keys, pool.Stats())
	}
	if s := pool.Stats(); s.Trees != 1 {
		t.Errorf("the tree is gone: %+v", s)
	}
	if got := d.Outline(d.text); got != nil {
		t.Errorf("an outline of what is plain text: %+v", got)
	}
	before := pool.Stats()
	clock.at += allowanceShare * 10 * time.Second // more than is ever owed
	clock.cost = 0
	if !d.key().Parsed {
		t.Error("it is plain text for ever")
	}
	if s := pool.Stats(); s.Reparses != before.Reparses+1 || s.FullParses != before.FullParses {
		t.Errorf("the tree did not serve again: %+v, then %+v", before, s)
	}

	clock.cost = 50 * time.Millisecond
	untilSpent()
	d.Reset()
	if d.key().Parsed {
		t.Error("a text that was replaced whole has all of the allowance again")
	}
	other := typed{pool.Open("python"), "x = "}
	defer other.Close()
	if !other.key().Parsed {
		t.Error("a document pays for another")
	}
}

func TestACheapAnswerIsNotCounted(t *testing.T) {
	closed(t)
	pool := NewPool(Config{ParseTimeout: time.Minute, QueryTimeout: time.Minute, AllowanceBurst: time.Nanosecond})
	defer pool.Close()
	clock := fakeClock{}
	clock.drive(pool)
	d := typed{pool.Open("go"), "package p\n\nfunc f() { return "}
	defer d.Close()
	d.key()
	clock.cost = time.Millisecond / 100
	for range 200 {
		if a := d.key(); !a.Parsed {
			t.Fatal("cheap answers used the allowance up")
		}
	}
	if clock.used < 10*time.Millisecond {
		t.Fatalf("%v: the answers took no time to speak of", clock.used)
	}
}

func TestTimeoutsAreOfTheProcessor(t *testing.T) {
	q := queryTime{processor: func() time.Duration { return 5 }, most: 5, end: time.Now().Add(time.Hour)}
	if q.over() {
		t.Error("queries that took no more than they may are over")
	}
	if q.most = 4; !q.over() {
		t.Error("queries that took more than they may are not over")
	}
	if q.most, q.end = 5, time.Now(); !q.over() {
		t.Error("queries that nobody waits for any more are not over")
	}
}

func TestAnAllowance(t *testing.T) {
	start := time.Unix(1e9, 0)
	var a allowance
	for i, step := range []struct {
		after, takes time.Duration
		spent        bool
	}{
		{0, cheapAnswer, false},
		{0, 600*time.Millisecond + cheapAnswer, false},
		{0, 600*time.Millisecond + cheapAnswer, false}, // 1,200 of 1,000
		{time.Second, 0, true},                         // 200 came back
		{time.Second, 0, false},
		{-time.Hour, 0, false}, // the clock was set back
		{time.Hour, 0, false},
		{0, time.Second + cheapAnswer, false}, // no more than the burst was saved up
		{0, 0, true},
	} {
		start = start.Add(step.after)
		if got := a.spent(start, allowanceBurst); got != step.spent {
			t.Errorf("step %d: spent is %v: %+v", i, got, a)
		}
		a.take(step.takes)
	}
}

// BenchmarkAllowance types at ten keys a second, by a clock that is set, and says what a key takes of a processor and how many
// were answered as plain text.
func BenchmarkAllowance(b *testing.B) {
	minified := strings.Repeat("a=b(1);", 256<<10/7)
	lines := func(of string, size int) string {
		var s strings.Builder
		for i := 0; s.Len() < size; i++ {
			fmt.Fprintf(&s, of, i)
		}
		return s.String()
	}
	for _, c := range []struct{ name, language, text string }{
		{"one line of 256 kB", "javascript", minified},
		{"one line of JSON, 256 kB", "json", "[" + strings.Repeat("1,", 256<<10/2) + "1]"},
		{"4 kB of quotes", "python", strings.Repeat("'\"", 2048)},
		{"4 kB of brackets", "javascript", strings.Repeat("([{", 1365)},
		{"Python of 300 kB", "python", lines("def name_%d(a, b):\n    if a:\n        return b\n    return a + b\n\n\n", 300<<10)},
		{"Go of 300 kB", "go", "package p\n" + lines("\nfunc name%d(a, b int) int {\n\tif a > b {\n\t\treturn b\n\t}\n\treturn a + b\n}\n", 300<<10)},
	} {
		for _, burst := range []time.Duration{time.Hour, allowanceBurst} {
			b.Run(fmt.Sprintf("%s/%v", strings.ReplaceAll(c.name, " ", "_"), burst), func(b *testing.B) {
				pool := NewPool(Config{AllowanceBurst: burst})
				defer pool.Close()
				at := time.Now()
				pool.now = func() time.Time { return at }
				tree := pool.Open(c.language)
				defer tree.Close()
				text, middle := c.text, len(c.text)/2
				middle = lineStart(text, middle) // of the last key, or the line's start
				if !strings.Contains(text, "\n") {
					middle = len(text) / 2
				}
				tree.AnalyzePlace(text, middle)
				runtime.LockOSThread()
				defer runtime.UnlockOSThread()
				var took time.Duration
				plain, keys := 0, 0
				for b.Loop() {
					at = at.Add(100 * time.Millisecond)
					key := string("abcdefgh ="[keys%10])
					began := threadTime()
					tree.Edit(text, middle, middle, key)
					text = text[:middle] + key + text[middle:]
					middle++
					if !tree.AnalyzePlace(text, middle).Parsed {
						plain++
					}
					took += threadTime() - began
					keys++
				}
				b.ReportMetric(took.Seconds()*1000/float64(keys), "cpu-ms/key")
				b.ReportMetric(100*float64(plain)/float64(keys), "plain-%")
			})
		}
	}
}
