package ort

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"inkling/infer/model"
)

func TestChunksAreSmallerWhileOthersRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScripted(hashed)
		s.gate = make(chan error)
		e := scriptedEngine(t, s, 2, 8)
		defer shut(t, e)
		results := make(chan error, 2)
		ask := func(prompt string) {
			go func() { _, err := gather(t.Context(), e, request(prompt, 1)); results <- err }()
			synctest.Wait()
		}
		ask(strings.Repeat("a", 64+2*32+1)) // its first chunk waits at the gate
		ask(strings.Repeat("b", 20))
		close(s.gate)
		for range 2 {
			if err := <-results; err != nil {
				t.Error(err)
			}
		}
		fed := map[int32][]int{}
		for _, step := range s.steps {
			for _, seg := range step {
				fed[seg.ids[0]] = append(fed[seg.ids[0]], len(seg.ids))
			}
		}
		// The first came alone; of the next chunk the second, due first, took what it needed, and the first the rest.
		if want := []int{64, 12, 53}; !slices.Equal(fed['a'], want) {
			t.Errorf("of the first prompt were fed %v, want %v", fed['a'], want)
		}
		if want := []int{20}; !slices.Equal(fed['b'], want) {
			t.Errorf("of the second prompt were fed %v, want %v", fed['b'], want)
		}
	})
}

func TestChunksOfAMixedImportAreLargerAlone(t *testing.T) {
	for _, c := range []struct {
		chunks string
		want   []int
	}{{"", []int{64, 64, 64, 64, 44}}, {"chunks.onnx", []int{64, 236}}} {
		s := newScripted(hashed)
		e := configured(t, s, Config{Rows: 2, Queue: 8, Model: model.Config{Chunks: c.chunks}})
		collect(t, e, request(strings.Repeat("a", 300), 1))
		shut(t, e)
		var fed []int
		for _, step := range s.steps {
			fed = append(fed, len(step[0].ids))
		}
		if !slices.Equal(fed, c.want) {
			t.Errorf("with %q chunks were %v, want %v", c.chunks, fed, c.want)
		}
	}
}

// One token alone is multiplied by another kernel, so two are fed, unless the import mixes kernels anyway.
func TestATypedTokenIsFedAloneByAMixedImportOnly(t *testing.T) {
	for chunks, want := range map[string]int{"": 2, "chunks.onnx": 1} {
		s := newScripted(hashed)
		e := configured(t, s, Config{Rows: 2, Queue: 8, Model: model.Config{Chunks: chunks}})
		collect(t, e, request("some text", 1))
		a := collect(t, e, request("some texts", 1))[0]
		if last := s.steps[len(s.steps)-1]; len(last) != 1 || len(last[0].ids) != want || a.usage.ComputedTokens != want {
			t.Errorf("chunks %q: %d tokens were fed (%+v), want %d", chunks, len(last[0].ids), a.usage, want)
		}
		if a.raw != reference("some texts", 1) {
			t.Errorf("chunks %q: %q", chunks, a.raw)
		}
		shut(t, e)
	}
}
