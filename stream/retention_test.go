package stream

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"

	"inkling/contexts"
	"inkling/infer"
	"inkling/stream/internal/scripted"
)

// acceptor is a session in a bubble of time, with an empty document.
type acceptor struct {
	*bubble
	conn    *websocket.Conn
	version int
}

// acceptInBubble shows said in an empty document, and hands over the session.
func acceptInBubble(t *testing.T, said string, test func(a *acceptor)) {
	inBubble(t, Config{}, func(t *testing.T, b *bubble) {
		b.model.Answer = func(r *scripted.Run) {
			r.Say(0, said, -0.5)
			r.End(0, infer.StopEnd, nil)
		}
		conn, closed := b.dial()
		a := &acceptor{bubble: b, conn: conn, version: 1}
		b.send(conn, initializeMessage)
		b.send(conn, openMessage)
		b.send(conn, askMessage)
		synctest.Wait()
		test(a)
		if err := conn.Close(websocket.StatusNormalClosure, ""); err != nil {
			t.Error(err)
		}
		<-closed
	})
}

// change sends one change: text in place of the range, which is "l:c-l:c", or of everything where that is "".
func (a *acceptor) change(span, text string) {
	a.t.Helper()
	a.version++
	where := ""
	if span != "" {
		var l1, c1, l2, c2 int
		if _, err := fmt.Sscanf(span, "%d:%d-%d:%d", &l1, &c1, &l2, &c2); err != nil {
			a.t.Fatal(err)
		}
		where = fmt.Sprintf(`"range":{"start":{"line":%d,"character":%d},"end":{"line":%d,"character":%d}},`, l1, c1, l2, c2)
	}
	a.send(a.conn, fmt.Sprintf(`{"jsonrpc":"2.0","method":"textDocument/didChange","params":{"textDocument":{"uri":"file:///a","version":%d},"contentChanges":[{%s"text":%s}]}}`,
		a.version, where, quote(text)))
	synctest.Wait()
}

// retained returns how often each time was counted.
func (a *acceptor) retained() [3]int64 {
	synctest.Wait()
	e := a.server.Stats().Events
	return [3]int64{e["retained_30s"], e["retained_2m"], e["retained_5m"]}
}

func TestAnAcceptedSuggestionIsLookedAtExactlyThen(t *testing.T) {
	acceptInBubble(t, "return value", func(a *acceptor) {
		a.change("0:0-0:0", "return value")
		for _, step := range []struct {
			after time.Duration
			want  [3]int64
		}{
			{30*time.Second - 1, [3]int64{0, 0, 0}}, {1, [3]int64{1, 0, 0}},
			{90*time.Second - 1, [3]int64{1, 0, 0}}, {1, [3]int64{1, 1, 0}},
			{3*time.Minute - 1, [3]int64{1, 1, 0}}, {1, [3]int64{1, 1, 1}}, {10 * time.Minute, [3]int64{1, 1, 1}},
		} {
			time.Sleep(step.after) // in the bubble's time
			if got := a.retained(); got != step.want {
				t.Errorf("%v later: %v, want %v", step.after, got, step.want)
			}
		}
	})
}

func TestRetentionFollowsTheEdits(t *testing.T) {
	const one, four = "return value", "if ok {\n\tgo(a)\n\tgo(b)\n}"
	for _, c := range []struct {
		name, said string
		edit       func(a *acceptor)
		want       int64
	}{
		{"a line above", one, func(a *acceptor) { a.change("0:0-0:0", "// why\n") }, 1},
		{"something behind", one, func(a *acceptor) { a.change("0:12-0:12", "s\n") }, 1},
		{"indented", one, func(a *acceptor) { a.change("", "\t\t"+one+"\n") }, 1},
		{"deleted", one, func(a *acceptor) { a.change("0:0-0:12", "") }, 0},
		{"deleted, and that undone", one, func(a *acceptor) { a.change("0:0-0:12", ""); a.change("0:0-0:0", one) }, 1},
		{"deleted, and typed elsewhere", one, func(a *acceptor) { a.change("", "x\n"); a.change("", "x\n\n\n"+one) }, 0},
		{"a name changed", one, func(a *acceptor) { a.change("0:7-0:12", "number") }, 0},
		{"all replaced by the same and more", one, func(a *acceptor) { a.change("", "package a\n\n"+one+"\n") }, 1},
		{"all replaced by something else", one, func(a *acceptor) { a.change("", "package a\n") }, 0},
		{"one line of four changed", four, func(a *acceptor) { a.change("1:1-1:3", "do") }, 1},
		{"a line between", four, func(a *acceptor) { a.change("2:0-2:0", "\tlog(a)\n\n") }, 1},
		{"two lines of four deleted", four, func(a *acceptor) { a.change("1:0-3:0", "") }, 1},
		{"three lines of four deleted", four, func(a *acceptor) { a.change("0:0-3:0", "") }, 0},
		{"half, from outside its end", four, func(a *acceptor) { a.change("3:1-3:1", "\nx"); a.change("2:0-4:1", "y") }, 1},
		{"closed", one, func(a *acceptor) {
			a.send(a.conn, `{"jsonrpc":"2.0","method":"textDocument/didClose","params":{"textDocument":{"uri":"file:///a"}}}`)
		}, 0},
		{"opened again", one, func(a *acceptor) {
			a.send(a.conn, strings.Replace(openMessage, `"text":""`, `"text":"`+one+`"`, 1))
		}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			acceptInBubble(t, c.said, func(a *acceptor) {
				a.change("0:0-0:0", c.said)
				c.edit(a)
				time.Sleep(time.Minute)
				if got := a.retained(); got != [3]int64{c.want, 0, 0} {
					t.Errorf("%v, want %d", got, c.want)
				}
			})
		})
	}
}

func TestWhatWasAcceptedInPartIsNotRetained(t *testing.T) {
	acceptInBubble(t, "return value", func(a *acceptor) {
		a.change("0:0-0:0", "return")
		time.Sleep(20 * time.Second)
		if got := a.retained(); got != [3]int64{} {
			t.Errorf("a part: %v", got)
		}
		a.change("0:6-0:6", " value") // now it is whole
		time.Sleep(30 * time.Second)
		if got := a.retained(); got != [3]int64{1, 0, 0} {
			t.Errorf("the whole: %v", got)
		}
	})
}

func TestOnlySoManyAcceptancesAreLookedAfter(t *testing.T) {
	var r retention
	for range maxKept + 5 {
		r.put(&kept{uri: "a", outcome: &outcome{}}, "text")
	}
	r.put(&kept{uri: "b", outcome: &outcome{}}, "text")
	if len(r.all) != maxKept || len(r.texts) != 2 {
		t.Errorf("%d kept in %d documents", len(r.all), len(r.texts))
	}
	for range maxKept {
		r.put(&kept{uri: "b", outcome: &outcome{}}, "text")
	}
	if len(r.texts) != 1 {
		t.Errorf("%d documents, of which only one has something", len(r.texts))
	}
}

// TestPlacesStayInsideTheDocument edits at random, and compares where a marked text stands with where it is found.
func TestPlacesStayInsideTheDocument(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 2000 {
		before := strings.Repeat("a", random.IntN(5))
		text := before + "XYZ" + strings.Repeat("b", random.IntN(5))
		k := &kept{uri: "u", start: len(before), end: len(before) + 3}
		r := retention{all: []*kept{k}, texts: map[string]string{"u": text}}
		whole := true
		for range 8 {
			start := random.IntN(len(text) + 1)
			e := contexts.ByteEdit{Start: start, OldEnd: start + random.IntN(min(3, len(text)-start)+1), Text: strings.Repeat("c", random.IntN(3))}
			text = text[:e.Start] + e.Text + text[e.OldEnd:]
			r.follow("u", text, []contexts.ByteEdit{e})
			if k.start < 0 || k.start > k.end || k.end > len(text) {
				t.Fatalf("[%d, %d) of %d bytes after %+v", k.start, k.end, len(text), e)
			}
			if whole = whole && strings.Contains(text, "XYZ"); whole && text[k.start:k.end] != "XYZ" {
				t.Fatalf("%q stands there in %q after %+v", text[k.start:k.end], text, e)
			}
		}
	}
}
