package sampler

import (
	"errors"
	"math"
	"slices"
	"testing"

	"inkling/infer"
)

var nan = float32(math.NaN())

func pick(t *testing.T, o infer.Options, logits []float32, allowed, history []int32) (int32, float64) {
	t.Helper()
	id, logProb, err := New(o, 0).Pick(logits, allowed, history)
	if err != nil {
		t.Fatal(err)
	}
	return id, logProb
}

func TestGreedyPicksTheBestAndGivesItsProbability(t *testing.T) {
	logits := []float32{0, 1, 3, 2}
	id, logProb := pick(t, infer.Options{}, logits, nil, nil)
	want := 3 - math.Log(1+math.E+math.Exp(2)+math.Exp(3))
	if id != 2 || math.Abs(logProb-want) > 1e-6 {
		t.Errorf("got %d with %v, want 2 with %v", id, logProb, want)
	}
}

func TestOnlyAllowedTokensArePickedAndCounted(t *testing.T) {
	id, logProb := pick(t, infer.Options{}, []float32{0, 1, 3, 2}, []int32{0, 1}, nil)
	want := 1 - math.Log(1+math.E)
	if id != 1 || math.Abs(logProb-want) > 1e-6 {
		t.Errorf("got %d with %v, want 1 with %v", id, logProb, want)
	}
}

func TestBannedTokensAreNotPickedOnce(t *testing.T) {
	s := New(infer.Options{}, 0)
	s.Ban([]int32{2})
	for _, want := range []int32{3, 2} {
		if id, _, err := s.Pick([]float32{0, 1, 3, 2}, nil, nil); err != nil || id != want {
			t.Errorf("got %d, %v, want %d", id, err, want)
		}
	}
}

func TestSamplingFollowsTheDistribution(t *testing.T) {
	logits := []float32{float32(math.Log(0.7)), float32(math.Log(0.2)), float32(math.Log(0.1))}
	count := func(o infer.Options) (counts [3]float64) {
		o.Temperature, o.Seed = max(o.Temperature, 1), 1
		s := New(o, 0)
		const n = 20_000
		for range n {
			id, _, err := s.Pick(logits, nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			counts[id] += 1.0 / n
		}
		return counts
	}
	near := func(name string, got, want [3]float64) {
		for i := range want {
			if math.Abs(got[i]-want[i]) > 0.02 {
				t.Errorf("%s: got %v, want %v", name, got, want)
			}
		}
	}
	near("plain", count(infer.Options{}), [3]float64{0.7, 0.2, 0.1})
	near("top-k 2", count(infer.Options{TopK: 2}), [3]float64{7.0 / 9, 2.0 / 9, 0})
	near("top-p 0.6", count(infer.Options{TopP: 0.6}), [3]float64{1, 0, 0})
	near("top-p 0.8", count(infer.Options{TopP: 0.8}), [3]float64{7.0 / 9, 2.0 / 9, 0})
}

func TestASeedRepeatsItsChoicesAndStreamsDiffer(t *testing.T) {
	logits := make([]float32, 50)
	draw := func(seed uint64, stream int) (ids []int32) {
		s := New(infer.Options{Temperature: 1, Seed: seed}, stream)
		for range 20 {
			id, _, err := s.Pick(logits, nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, id)
		}
		return ids
	}
	if !slices.Equal(draw(5, 0), draw(5, 0)) {
		t.Error("the same seed chose otherwise")
	}
	if slices.Equal(draw(5, 0), draw(5, 1)) || slices.Equal(draw(5, 0), draw(6, 0)) {
		t.Error("another stream or seed chose the same")
	}
}

func TestARepetitionPenaltyMovesTheChoice(t *testing.T) {
	id, logProb := pick(t, infer.Options{RepetitionPenalty: 2}, []float32{0, 2, 3}, nil, []int32{2, 2})
	if want := 2 - math.Log(1+math.Exp(2)+math.Exp(3)); id != 1 || math.Abs(logProb-want) > 1e-6 {
		t.Errorf("got %d with %v, want 1 with the model's own %v", id, logProb, want)
	}
}

func TestARepetitionPenaltyLooksAtSoManyTokens(t *testing.T) {
	for since, want := range map[int]int32{255: 1, 256: 2} {
		history := append([]int32{2}, make([]int32, since)...)
		if id, _ := pick(t, infer.Options{RepetitionPenalty: 2}, []float32{0, 2, 3}, nil, history); id != want {
			t.Errorf("a token with %d after it: got %d, want %d", since, id, want)
		}
	}
}

func TestNaNIsAnError(t *testing.T) {
	if !errors.Is(Check([]float32{1, nan}), ErrNaN) || Check([]float32{1, 2}) != nil {
		t.Error("Check does not tell a NaN from numbers")
	}
	for _, o := range []infer.Options{{}, {Temperature: 1}} {
		if _, _, err := New(o, 0).Pick([]float32{nan, nan}, nil, nil); !errors.Is(err, ErrNaN) {
			t.Errorf("%+v: got %v", o, err)
		}
	}
}

func TestInfinityIsAnError(t *testing.T) {
	infinite := []float32{1, float32(math.Inf(1)), float32(math.Inf(-1))}
	if !errors.Is(Check(infinite), ErrNaN) || Check(infinite[2:]) != nil {
		t.Error("Check does not tell infinity from numbers and from what is masked")
	}
	for _, o := range []infer.Options{{}, {Temperature: 1}} {
		if _, _, err := New(o, 0).Pick(infinite, nil, nil); !errors.Is(err, ErrNaN) {
			t.Errorf("%+v: got %v", o, err)
		}
	}
}

func BenchmarkGreedy50k(b *testing.B) {
	logits := make([]float32, 49_152)
	for i := range logits {
		logits[i] = float32(i%97) / 5
	}
	s := New(infer.Options{}, 0)
	for b.Loop() {
		if _, _, err := s.Pick(logits, nil, nil); err != nil {
			b.Fatal(err)
		}
	}
}
