package cache

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"

	"github.com/klauspost/compress/s2"

	"inkling/infer"
)

func TestTimesAndQueuesBeyondTheirLimitsAreNamed(t *testing.T) {
	err := Config{TTL: maxTTL, Queue: maxQueue}.Validate()
	if strings.Contains(err.Error(), "TTL") || strings.Contains(err.Error(), "Queue") {
		t.Errorf("at the limits: %v", err)
	}
	err = Config{TTL: maxTTL + 1, Queue: maxQueue + 1}.Validate()
	for _, want := range []string{"TTL: 720h0m0.000000001s is outside 1s to 720h0m0s", "Queue: 65537 is outside 1 to 65536"} {
		if !errors.Is(err, ErrConfig) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v lacks %q", err, want)
		}
	}
}

// A value is looked at by its size before anything is unpacked.
func TestValuesThatAreTooLargeAreRefused(t *testing.T) {
	k := key{1, 2, 3}
	sealed := func(payload []byte) []byte {
		value := binary.LittleEndian.AppendUint32(append([]byte(valueMagic), valueVersion), checksum(k, payload))
		return append(value, payload...)
	}
	for want, value := range map[string][]byte{
		"the payload cannot be read":                sealed(s2.Encode(nil, make([]byte, maxPayload))),
		"524289 bytes uncompressed, at most 524288": sealed(s2.Encode(nil, make([]byte, maxPayload+1))),
		"the checksum differs":                      append(sealed(nil), make([]byte, maxValue-headerBytes)...),
		"525313 bytes of something else":            append(sealed(nil), make([]byte, maxValue-headerBytes+1)...),
	} {
		if _, err := decode(k, value); !errors.Is(err, errValue) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

func TestWarmingReadsOnlySoManyFiles(t *testing.T) {
	w, _, _ := newWarmer(t, &script{})
	files := fstest.MapFS{}
	for i := range maxWarmFiles + 1 {
		files[fmt.Sprintf("a%05d.py", i)] = &fstest.MapFile{}
	}
	if names, err := w.list(files, "."); err != nil || len(names) != maxWarmFiles {
		t.Errorf("%d files, want %d: %v", len(names), maxWarmFiles, err)
	}
}

func TestWarmingLooksAtOnlySoManyNames(t *testing.T) {
	w, _, _ := newWarmer(t, &script{})
	files := fstest.MapFS{}
	for i := range maxWalked - 2 { // with the folder and the last file: all that is looked at
		files[fmt.Sprintf("a%06d", i)] = &fstest.MapFile{}
	}
	files["last.py"] = &fstest.MapFile{}
	if names, err := w.list(files, "."); err != nil || len(names) != 1 {
		t.Errorf("within the limit: %q, %v", names, err)
	}
	files["a"] = &fstest.MapFile{}
	if names, err := w.list(files, "."); err != nil || len(names) != 0 {
		t.Errorf("beyond it: %q, %v", names, err)
	}
}

func TestAPlaceIsTriedToBeWarmedOnlySoOften(t *testing.T) {
	for _, c := range []struct{ overloads, asked, computed, skipped int }{{maxTries - 1, maxTries, 1, 0}, {maxTries, maxTries, 0, 1}} {
		root := project(t)
		synctest.Test(t, func(t *testing.T) {
			engine := &script{}
			engine.step = func(_ context.Context, n int) error {
				if n == 0 && int(engine.asked.Load()) <= c.overloads {
					return infer.ErrOverloaded
				}
				return nil
			}
			w, err := NewWarmer(newCache(t, Config{Generator: engine}), WarmConfig{Builder: &plainRequester{}, Root: root})
			if err != nil {
				t.Fatal(err)
			}
			run := &warmth{}
			if err := w.place(t.Context(), run, "a.py", "python", opening{"import ", 7}); err != nil {
				t.Fatal(err)
			}
			p := w.Progress()
			if int(engine.asked.Load()) != c.asked || p.Computed != c.computed || p.Skipped != c.skipped {
				t.Errorf("overloaded %d times: asked %d times, %+v", c.overloads, engine.asked.Load(), p)
			}
		})
	}
}

func TestOnlySoManyLineStartsAreFrequent(t *testing.T) {
	for n := maxStarts; n <= maxStarts+1; n++ {
		all := make(starts)
		var want []string
		for i := range n {
			word := "word" + string(rune('a'+i))
			all.count(strings.Repeat(word+" x\n", minStarts+n-i)) // rarer and rarer
			want = append(want, word)
		}
		if got := all.frequent(); !slices.Equal(got, want[:maxStarts]) {
			t.Errorf("of %d: %q", n, got)
		}
	}
}

func TestALongWordIsNoLineStart(t *testing.T) {
	for size, want := range map[int]int{maxWordSize: 1, maxWordSize + 1: 0} {
		all := make(starts)
		all.count(strings.Repeat("a", size) + " = 1\n")
		if len(all) != want {
			t.Errorf("%d bytes: %v", size, all)
		}
	}
}
