// Package sampler picks tokens out of logits. It is pure: no model, no goroutine.
//
// Invariants: a log-probability is that of the token under the model's own softmax (over the allowed tokens, where only
// some are allowed), whatever temperature, top-p, top-k and penalties did to the choice; a NaN anywhere among the
// logits is an error, never a choice.
package sampler

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"

	"inkling/infer"
)

// ErrNaN is returned when logits hold a NaN or no finite value.
var ErrNaN = errors.New("sampler: logits are not numbers")

// penaltyWindow is how many of the last tokens a repetition penalty looks at.
const penaltyWindow = 256

// Sampler picks the tokens of one suggestion. The zero value is not usable; see [New]. One goroutine at a time.
type Sampler struct {
	options  infer.Options
	rng      *rand.Rand
	scratch  []scored
	banned   []int32
	adjusted []float32
}

type scored struct {
	id    int32
	logit float32
}

// New returns a sampler; a seed of 0 draws one. Samplers of one request differ by stream.
func New(o infer.Options, stream int) *Sampler {
	seed := o.Seed
	if seed == 0 {
		seed = rand.Uint64()
	}
	return &Sampler{options: o, rng: rand.New(rand.NewPCG(seed, uint64(stream)))}
}

// Ban keeps tokens, which are sorted by id, from being picked by the next call of Pick alone.
func (s *Sampler) Ban(ids []int32) { s.banned = ids }

// isBanned looks up a token among sorted ones: they may be most of a vocabulary.
func isBanned(banned []int32, id int32) bool {
	_, found := slices.BinarySearch(banned, id)
	return found
}

// Pick returns the next token and the natural logarithm of its probability. allowed, where not nil, lists the only
// tokens that may be picked. history is what came before, for the repetition penalty.
func (s *Sampler) Pick(logits []float32, allowed, history []int32) (id int32, logProb float64, err error) {
	banned := s.banned
	s.banned = nil
	adjusted := s.adjust(logits, history)
	if s.options.Temperature == 0 {
		id, err = greedy(adjusted, allowed, banned)
	} else {
		id, err = s.sample(adjusted, allowed, banned)
	}
	if err != nil {
		return 0, 0, err
	}
	return id, float64(logits[id]) - logSumExp(logits, allowed), nil
}

// adjust applies the repetition penalty to a copy, as CTRL (Keskar et al., 2019) has it.
func (s *Sampler) adjust(logits []float32, history []int32) []float32 {
	p := float32(s.options.RepetitionPenalty)
	if p == 0 || p == 1 {
		return logits
	}
	s.adjusted = append(s.adjusted[:0], logits...)
	recent := slices.Clone(history[max(len(history)-penaltyWindow, 0):])
	slices.Sort(recent)
	for _, id := range slices.Compact(recent) {
		if int(id) >= len(logits) {
			continue
		}
		if s.adjusted[id] > 0 {
			s.adjusted[id] /= p
		} else {
			s.adjusted[id] *= p
		}
	}
	return s.adjusted
}

func greedy(logits []float32, allowed, banned []int32) (int32, error) {
	best, at := float32(math.Inf(-1)), int32(-1)
	if allowed != nil {
		for _, id := range allowed {
			if v := logits[id]; v > best && !isBanned(banned, id) {
				best, at = v, id
			}
		}
	} else {
		for i, v := range logits {
			if v > best && (len(banned) == 0 || !isBanned(banned, int32(i))) {
				best, at = v, int32(i)
			}
		}
	}
	if at < 0 || math.IsInf(float64(best), 1) {
		return 0, ErrNaN
	}
	return at, nil
}

func (s *Sampler) sample(logits []float32, allowed, banned []int32) (int32, error) {
	s.collect(logits, allowed, banned)
	if len(s.scratch) == 0 {
		return 0, ErrNaN
	}
	slices.SortFunc(s.scratch, func(a, b scored) int {
		switch {
		case a.logit > b.logit:
			return -1
		case a.logit < b.logit:
			return 1
		}
		return int(a.id - b.id)
	})
	candidates := s.scratch
	if k := s.options.TopK; k > 0 && k < len(candidates) {
		candidates = candidates[:k]
	}
	weights, sum := make([]float64, 0, len(candidates)), 0.0
	for _, c := range candidates {
		w := math.Exp(float64(c.logit-candidates[0].logit) / s.options.Temperature)
		weights = append(weights, w)
		sum += w
	}
	if p := s.options.TopP; p > 0 && p < 1 {
		kept := 0.0
		for i, w := range weights {
			kept += w
			if kept >= p*sum {
				weights, sum = weights[:i+1], kept
				break
			}
		}
	}
	at := s.rng.Float64() * sum
	for i, w := range weights {
		if at -= w; at < 0 {
			return candidates[i].id, nil
		}
	}
	return candidates[len(weights)-1].id, nil
}

// collect gathers the tokens that have any chance: those within reach of the best one, so that sorting stays cheap.
func (s *Sampler) collect(logits []float32, allowed, banned []int32) {
	s.scratch = s.scratch[:0]
	best := float32(math.Inf(-1))
	each(logits, allowed, func(_ int32, v float32) { best = max(best, v) })
	if math.IsInf(float64(best), 1) {
		return // nothing to choose by
	}
	// A token this far below the best one has less than 1e-9 of its weight.
	least := best - float32(20.7*max(s.options.Temperature, 0.05))
	each(logits, allowed, func(id int32, v float32) {
		if v >= least && !isBanned(banned, id) {
			s.scratch = append(s.scratch, scored{id, v})
		}
	})
}

func each(logits []float32, allowed []int32, do func(id int32, v float32)) {
	if allowed != nil {
		for _, id := range allowed {
			do(id, logits[id])
		}
		return
	}
	for i, v := range logits {
		do(int32(i), v)
	}
}

// Check returns [ErrNaN] where logits hold a NaN or plus infinity.
func Check(logits []float32) error {
	for _, v := range logits {
		if v != v || v > math.MaxFloat32 {
			return ErrNaN
		}
	}
	return nil
}
