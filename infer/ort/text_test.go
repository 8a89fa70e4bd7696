package ort

import (
	"strings"
	"testing"

	"inkling/infer"
)

func TestTextIsHeldBackUntilItIsWholeAndNoStopStringBegins(t *testing.T) {
	for _, c := range []struct {
		name, model, want string
		stops             []string
		stop              infer.StopReason
		deltas            []string
	}{
		{name: "the end token", model: "ab", want: "ab", stop: infer.StopEnd, deltas: []string{"a", "b", ""}},
		{name: "a character of many bytes", model: "é€😀", want: "é€😀", stop: infer.StopEnd, deltas: []string{"é", "€", "😀", ""}},
		{name: "bytes that stay incomplete", model: "a\xe2\x82", want: "a\uFFFD", stop: infer.StopEnd, deltas: []string{"a", "\uFFFD"}},
		{name: "bytes that are invalid", model: "a\xffb", want: "a\uFFFDb", stop: infer.StopEnd, deltas: []string{"a", "\uFFFD", "b", ""}},
		{name: "a stop string", model: "one\n\ntwo", stops: []string{"\n\n"}, want: "one", stop: infer.StopString, deltas: []string{"o", "n", "e", ""}},
		{name: "what only looks like one", model: "a--b-->c", stops: []string{"-->"}, want: "a--b", stop: infer.StopString, deltas: []string{"a", "--b", ""}},
		{name: "the first of two", model: "abcd", stops: []string{"d", "bc"}, want: "a", stop: infer.StopString, deltas: []string{"a", ""}},
		{name: "the beginning of one at the end", model: "ab-", stops: []string{"->"}, want: "ab-", stop: infer.StopEnd, deltas: []string{"a", "b", "-"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := scriptedEngine(t, newScripted(says(1, c.model)), 1, 8)
			defer shut(t, e)
			req := request("p", 32)
			req.Options.Stop = c.stops
			var deltas []string
			var last infer.Delta
			for d, err := range e.Generate(t.Context(), req) {
				if err != nil {
					t.Fatal(err)
				}
				deltas, last = append(deltas, d.Raw), d
				if d.Text != d.Raw {
					t.Errorf("released %q of %q", d.Text, d.Raw)
				}
			}
			if got := strings.Join(deltas, ""); got != c.want || last.Stop != c.stop {
				t.Errorf("said %q and ended with %q", got, last.Stop)
			}
			if strings.Join(deltas, "|") != strings.Join(c.deltas, "|") {
				t.Errorf("in the pieces %q, want %q", deltas, c.deltas)
			}
		})
	}
}

// oneLine is a finisher that ends at a line break.
type oneLine struct{ logProb float64 }

func (o *oneLine) Feed(p infer.Piece) infer.Verdict {
	o.logProb += p.LogProb
	line, _, ended := strings.Cut(p.Text, "\n")
	return infer.Verdict{Release: line, LogProb: o.logProb, Done: ended, Stop: infer.StopFinished}
}

func (o *oneLine) Flush(reason infer.StopReason) infer.Verdict {
	return infer.Verdict{LogProb: o.logProb, Done: true, Stop: reason}
}

func TestAFinisherEndsItsSuggestion(t *testing.T) {
	s := newScripted(says(1, "one\ntwo\n"))
	e := scriptedEngine(t, s, 1, 8)
	defer shut(t, e)
	req := request("p", 32)
	req.NewFinisher = func(int) infer.Finisher { return &oneLine{} }
	a := collect(t, e, req)[0]
	if a.text != "one" || a.raw != "one\n" || a.stop != infer.StopFinished || a.usage.CompletionTokens != 4 {
		t.Errorf("got %+v", a)
	}
	if len(s.steps) != 4 { // the prompt, and the three tokens before the line break
		t.Errorf("%d steps ran", len(s.steps))
	}
	if n := e.Stats().Cancelled; n != 0 {
		t.Errorf("%d cancellations are counted", n)
	}
}

func TestSuggestionsShareTheirPromptAndDiffer(t *testing.T) {
	s := newScripted(func(context []int32) []float32 {
		logits := hashed(context)
		logits['Z'] = 19 // the second best, always
		return logits
	})
	e := scriptedEngine(t, s, 2, 8)
	defer shut(t, e)
	req := request(strings.Repeat("q", 100), 5)
	req.Options.Suggestions = 3
	answers := collect(t, e, req)
	seen := map[string]bool{}
	for i, a := range answers {
		if len(a.raw) != 5 || seen[a.raw] || a.usage.PromptTokens != 100 {
			t.Errorf("suggestion %d is %+v", i, a)
		}
		seen[a.raw] = true
	}
	computed := 0
	for _, step := range s.steps {
		for _, seg := range step {
			computed += len(seg.ids)
		}
	}
	if want := 100 + 3*4; computed != want {
		t.Errorf("%d tokens were computed, want %d: the prompt once", computed, want)
	}
}

func TestOptionsOutOfRangeAreNamed(t *testing.T) {
	e := scriptedEngine(t, newScripted(hashed), 1, 8)
	defer shut(t, e)
	for field, o := range map[string]infer.Options{
		"suggestions": {Suggestions: 11}, "max tokens": {MaxTokens: -1}, "temperature": {Temperature: 5.1},
		"top p": {TopP: 1.1}, "top k": {TopK: -1}, "repetition penalty": {RepetitionPenalty: 11},
		"stop strings": {Stop: make([]string, 17)}, "stop string": {Stop: []string{""}}, "bytes of a stop string: 257": {Stop: []string{strings.Repeat("a", maxStopBytes+1)}},
	} {
		_, err := gather(t.Context(), e, infer.Request{Options: o})
		if err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("%s: got %v", field, err)
		}
	}
}
