package ort

import (
	"slices"
	"strings"
	"testing"
	"time"

	"inkling/infer"
)

func TestADraftIsWhatFollowedTheLongestMatch(t *testing.T) {
	ids := func(text string) (ids []int32) {
		for _, b := range []byte(text) {
			ids = append(ids, int32(b))
		}
		return ids
	}
	for _, c := range []struct {
		text, draft string
		match       int
	}{
		{"one two, one ", "two,", 4},
		{"abXabYab", "Yab", 2},              // the latest of equal ones
		{"xyzabQ..yzabR..xyzab", "Q..y", 5}, // a longer one before the latest
		{"abcdef", "", 0},
		{"aa", "", 0},
		{"aaaa", "a", 3},
	} {
		draft, match := propose(ids(c.text), 4)
		if !slices.Equal(draft, ids(c.draft)) || match != c.match {
			t.Errorf("%q: %q after %d, want %q after %d", c.text, draft, match, c.draft, c.match)
		}
	}
}

// periodic says the alphabet over and over, but that every 17th token hangs on all before it: drafts are often right and
// often wrong.
func periodic(context []int32) []float32 {
	if len(context)%17 == 0 {
		return hashed(context)
	}
	return surely('a' + (context[len(context)-1]-'a'+1+26)%26)
}

func TestDraftsChangeNothingButTheNumberOfSteps(t *testing.T) {
	answers := map[bool][]string{}
	steps := map[bool]int{}
	for _, without := range []bool{true, false} {
		s := newScripted(periodic)
		e := configured(t, s, Config{Rows: 4, NoDrafts: without})
		for _, text := range []string{"abcdefghijklmnopqrstuvwxyz", "xyzabc", strings.Repeat("lmno", 20)} {
			req := request(text, 100)
			req.Options.Suggestions = 2
			for _, a := range collect(t, e, req) {
				answers[without] = append(answers[without], a.raw)
			}
		}
		steps[without] = s.count()
		stats := e.Stats()
		if !without && (stats.DraftTokens == 0 || stats.DraftsRight == 0 || stats.DraftsRight == stats.DraftTokens) {
			t.Errorf("stats are %+v", stats)
		}
		shut(t, e)
	}
	if !slices.Equal(answers[true], answers[false]) {
		t.Errorf("with drafts %q, without %q", answers[false], answers[true])
	}
	if steps[false] >= steps[true] {
		t.Errorf("%d steps with drafts, %d without", steps[false], steps[true])
	}
}

func TestDraftsThatDoNotPayAreLeftOut(t *testing.T) {
	d := newDrafts()
	d.ran(1, 10e6)
	d.ran(5, 14e6)
	if !d.pays(1, 1, 4, 3) {
		t.Error("two tokens more for four tenths of the time do not pay")
	}
	for range 100 {
		d.judged(3, 0)
	}
	tried := 0
	for range 160 {
		if d.pays(1, 1, 4, 3) {
			tried++
		}
	}
	if tried != 10 {
		t.Errorf("what is never right was tried %d times of 160, want one in %d", tried, draftEvery)
	}
	d.ran(4, 20e6)
	d.ran(8, 30e6)
	if d.pays(4, 4, 4, 6) {
		t.Error("two tokens more than four do not make up for half as much time again")
	}
	if !d.pays(1, 1, 4, 6) {
		t.Error("longer matches are judged by the shorter ones")
	}
}

// TestADraftOfAStepThatDidNotRunIsForgotten: one of a step's tasks is cancelled before it begins, and in the next a prompt is fed.
func TestADraftOfAStepThatDidNotRunIsForgotten(t *testing.T) {
	s := newScripted(hashed)
	e := configured(t, newScripted(hashed), Config{Rows: 6})
	defer shut(t, e)
	e = &Engine{c: e.c, tok: e.tok, lm: s, prompts: e.prompts, wake: make(chan struct{}, 1)}
	w := newWorker(e)
	w.runner = newRunner()
	defer w.runner.close()
	var tasks []*task
	add := func(user string) {
		task, err := e.submit(t.Context(), by(user, infer.PriorityInvoked, request(user+strings.Repeat("ab", 12), 30)))
		if err != nil {
			t.Fatal(err)
		}
		tasks = append(tasks, task)
		w.collect()
		w.admit()
	}
	for _, user := range []string{"1", "2", "3"} {
		add(user)
	}
	for slices.ContainsFunc(w.running, (*lane).behind) {
		w.step()
	}
	drafted := func(l *lane) bool { return len(l.draft) > 0 && l.t != tasks[2] }
	for range 50 {
		lanes, segments := w.plan(w.active())
		if w.draft(lanes, segments); slices.ContainsFunc(lanes, drafted) {
			tasks[2].stop(time.Now())
			if _, ran := w.compute(lanes, segments, nil); ran {
				t.Fatal("a step with a cancelled task ran")
			}
			break
		}
		w.step()
	}
	if !slices.ContainsFunc(w.running, drafted) {
		t.Fatal("no draft was proposed")
	}
	w.drop()
	add("4")
	w.step()
	for _, l := range w.running {
		if got, want := string(bytesOf(l.ids[len(l.t.prompt.ids):])), reference(string(bytesOf(l.t.prompt.ids)), len(l.ids)-len(l.t.prompt.ids)); got != want {
			t.Errorf("%s: %q, want %q", l.t.owner(), got, want)
		}
		m := &l.row.memory
		for _, k := range append(append(m.ring[:], m.first[:]...), m.prompt) {
			if k.at > 0 && !slices.Equal(k.logits, hashed(l.row.tokens[:k.at])) {
				t.Errorf("%s: wrong logits are kept after %d tokens", l.t.owner(), k.at)
			}
		}
	}
}

func bytesOf(ids []int32) (text []byte) {
	for _, id := range ids {
		text = append(text, byte(id))
	}
	return text
}
