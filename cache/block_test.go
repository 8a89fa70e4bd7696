package cache

import (
	"bytes"
	"encoding/hex"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"inkling/fuzztest"
	"inkling/infer"
)

func pieces(texts ...string) (out []infer.Piece) {
	for i, t := range texts {
		out = append(out, infer.Piece{Text: t, LogProb: -float64(i+1) / 3, Tokens: i + 1})
	}
	return out
}

func sampleBlock(now time.Time) *block {
	var b *block
	b = b.with(entry{at: now.Unix(), head: "re", promptTokens: 9, said: []said{
		{pieces("turn", " x"), infer.StopEnd}, {pieces("do", "(äö)"), infer.StopFinished}, {pieces("try ", "x"), infer.StopLength}}})
	return b.with(entry{at: now.Unix(), head: "", said: []said{{pieces("if", " x:"), infer.StopString}}})
}

func TestTypingAlongFollowsWhatWasSaid(t *testing.T) {
	now := time.Now()
	b := sampleBlock(now)
	for head, want := range map[string]string{
		"": "if", "re": "turn", "ret": "turn", "return x": "turn", "return xy": "", "red": "", "redo": "do", "redo(ä": "do",
		"i": "if", "if x": "if", "x": "", "retry": "", "retry ": "try ",
	} {
		got := ""
		if found := b.answers(head, 1, now, time.Hour); len(found) > 0 {
			got = found[0].said[0].pieces[0].Text
		}
		if got != want {
			t.Errorf("%q is answered from %q, want %q", head, got, want)
		}
	}
	if n := len(b.answers("re", 3, now, time.Hour)); n != 1 {
		t.Errorf("three suggestions: %d answers, want 1", n)
	}
	for head, n := range map[string]int{"re": 4, "ret": 2} {
		if found := b.answers(head, n, now, time.Hour); found != nil {
			t.Errorf("%d suggestions after %q: %v", n, head, found)
		}
	}
	for _, at := range []time.Time{now.Add(2 * time.Hour), now.Add(-2 * time.Hour)} {
		if found := b.answers("re", 1, at, time.Hour); found != nil {
			t.Errorf("an answer of %v at %v", now, at)
		}
	}
}

func TestBlocksAreBounded(t *testing.T) {
	var b *block
	for i := range 3 * maxHeads {
		b = b.with(entry{head: strings.Repeat("x", i), said: []said{{pieces("y"), infer.StopEnd}}})
	}
	if len(b.entries) != maxHeads || b.entries[0].head != strings.Repeat("x", 3*maxHeads-1) {
		t.Errorf("%d heads", len(b.entries))
	}
	big := said{pieces(strings.Repeat("z", maxBlockBytes/2)), infer.StopEnd}
	b = b.with(entry{head: "a", said: []said{big}}).with(entry{head: "b", said: []said{big}}).with(entry{head: "c", said: []said{big}})
	if b.bytes > maxBlockBytes+maxBlockBytes/2 || b.entries[0].head != "c" {
		t.Errorf("%d bytes", b.bytes)
	}
}

func TestValuesAreReadAsTheyWereWritten(t *testing.T) {
	b := sampleBlock(time.Now())
	k := key{1, 2, 3}
	got, err := decode(k, encode(k, b))
	if err != nil || !reflect.DeepEqual(got, b) {
		t.Fatalf("%+v, %v, want %+v", got, err, b)
	}
}

func TestValuesThatAreNoneOfOursAreRefused(t *testing.T) {
	k := key{1, 2, 3}
	good := encode(k, sampleBlock(time.Now()))
	for name, value := range map[string][]byte{
		"empty": {}, "short": good[:5], "cut": good[:len(good)-1], "longer": append(bytes.Clone(good), 0),
		"json": []byte(`{"suggestions":[]}`), "version": append([]byte("IK\x02"), good[3:]...),
	} {
		if _, err := decode(k, value); !errors.Is(err, errValue) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for i := range good {
		bad := bytes.Clone(good)
		bad[i] ^= 0x10
		if _, err := decode(k, bad); !errors.Is(err, errValue) {
			t.Errorf("byte %d changed: %v", i, err)
		}
	}
	if _, err := decode(key{9}, good); !errors.Is(err, errValue) {
		t.Errorf("under another key: %v", err)
	}
}

// forged are blocks that we never write, under a checksum that fits.
func forged() map[string]*block {
	all := map[string]*block{}
	for name, pieces := range map[string][]infer.Piece{
		"an empty piece":           {{}, {Text: "if x", LogProb: -1, Tokens: 1}},
		"only an empty piece":      {{}},
		"no probability":           {{Text: "if x", LogProb: math.Inf(-1)}},
		"more than certain":        {{Text: "if x", LogProb: 0.5}},
		"infinitely certain":       {{Text: "if x", LogProb: math.Inf(1)}},
		"not a number":             {{Text: "if x", LogProb: math.NaN()}},
		"no probability as a sum":  {{Text: "if", LogProb: -math.MaxFloat64}, {Text: " x", LogProb: -math.MaxFloat64}},
		"a text that is not UTF-8": {{Text: "\xff", LogProb: -1}},
	} {
		all[name] = (*block)(nil).with(entry{at: 1, head: "re", said: []said{{pieces, infer.StopEnd}}})
	}
	return all
}

func TestForgedValuesAreRefused(t *testing.T) {
	for name, b := range forged() {
		if _, err := decode(key{}, encode(key{}, b)); !errors.Is(err, errValue) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTypingPassesPiecesWithoutText(t *testing.T) {
	b := (*block)(nil).with(entry{at: 1, said: []said{{[]infer.Piece{{}, {Text: "if"}, {}, {Text: " x"}, {}}, infer.StopEnd}}})
	for typed, want := range map[string]string{"": "if x", "i": "f x", "if": " x", "if ": "x"} {
		got := ""
		for _, d := range replayed(b, typed) {
			got += d.Raw
		}
		if got != want {
			t.Errorf("%q goes on with %q, want %q", typed, got, want)
		}
	}
}

// replayed are all answers to a head, one after the other.
func replayed(b *block, head string) (deltas []infer.Delta) {
	for _, a := range b.answers(head, 1, time.Unix(b.entries[0].at, 0), time.Hour) {
		part, _ := replay(infer.Request{}, a)
		deltas = append(deltas, part...)
	}
	return deltas
}

// checkReplay types along what a block says, as far as a few characters.
func checkReplay(t *testing.T, b *block) {
	for _, e := range b.entries {
		for _, s := range e.said {
			text := e.head
			for _, p := range s.pieces {
				text += p.Text
			}
			for n := len(e.head); n <= min(len(text), len(e.head)+16); n++ {
				for _, d := range replayed(b, text[:n]) {
					if math.IsInf(d.LogProb, 0) || math.IsNaN(d.LogProb) || d.LogProb > 0 {
						t.Fatalf("a log-probability of %v", d.LogProb)
					}
				}
			}
		}
	}
}

func FuzzDecode(f *testing.F) {
	k := key{}
	f.Add(encode(k, sampleBlock(time.Unix(1, 0)))[headerBytes:])
	for _, b := range forged() {
		f.Add(encode(k, b)[headerBytes:])
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		defer fuzztest.Within(time.Minute)()
		// The checksum is made to fit: what is behind it must hold by itself.
		value := append([]byte(valueMagic), valueVersion, 0, 0, 0, 0)
		value = append(value, payload...)
		sum := checksum(k, payload)
		for i := range 4 {
			value[headerBytes-4+i] = byte(sum >> (8 * i))
		}
		b, err := decode(k, value)
		if err != nil {
			if !errors.Is(err, errValue) {
				t.Fatalf("%v of %s", err, hex.EncodeToString(payload))
			}
			return
		}
		if again, err := decode(k, encode(k, b)); err != nil || !reflect.DeepEqual(again, b) {
			t.Fatalf("%+v, %v, want %+v", again, err, b)
		}
		checkReplay(t, b)
	})
}

func TestAnEntryOfTooManySuggestionsIsNoValueOfTheCache(t *testing.T) {
	for over := range 2 {
		b := &block{entries: []entry{{at: 1, head: "h", said: make([]said, maxSaid+over)}}}
		for i := range b.entries[0].said {
			b.entries[0].said[i] = said{stop: infer.StopEnd}
		}
		if _, err := decode(key{}, encode(key{}, b)); errors.Is(err, errValue) != (over == 1) {
			t.Errorf("%d suggestions: %v", maxSaid+over, err)
		}
	}
}
