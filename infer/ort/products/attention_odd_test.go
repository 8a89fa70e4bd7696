package products

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func TestWhatIsNoNumberInARowReachesNoOtherRow(t *testing.T) {
	random := rand.New(rand.NewPCG(21, 1))
	a := Attention{Heads: 6, KVHeads: 2, Width: 48}
	rows := []span{{5, 3}, {0, 17}, {20, 1}, {16, 40}, {2, 0}}
	c := drawCall(random, a, rows...)
	for _, kernels := range Available() {
		want, kept := a.compute(t, kernels, c)
		for row := range rows[:4] {
			for part := range a.Heads + 2*a.KVHeads {
				for _, odd := range []float32{float32(math.NaN()), infinity, -infinity} {
					token := c.first(row) + random.IntN(rows[row].fresh)
					spoilt := c
					spoilt.QKV = slices.Clone(c.QKV)
					a.part(spoilt, token, part)[random.IntN(a.Width)] = odd
					got, after := a.compute(t, kernels, spoilt)
					what := fmt.Sprintf("%s: row %d, whose part %d of token %d has %g", kernels, row, part, token, odd)
					if !a.findsNone(got, token, part) && (odd != odd || part/a.KVHeads != a.Heads/a.KVHeads) { // a key may be infinitely far
						t.Errorf("%s: all that is found is finite", what)
					}
					copy(a.found(got, c, row), a.found(want, c, row))
					sameBits(t, got, want, "beside %s", what)
					copy(a.of(after, row, 0, 0).Keys, a.of(kept, row, 0, 0).Keys)
					copy(a.of(after, row, 0, 0).Values, a.of(kept, row, 0, 0).Values)
					sameBits(t, after.Keys, kept.Keys, "keys beside %s", what)
					sameBits(t, after.Values, kept.Values, "values beside %s", what)
				}
			}
		}
	}
}

func TestWhatIsNoNumberReachesNoEarlierToken(t *testing.T) {
	random := rand.New(rand.NewPCG(21, 7))
	for _, a := range []Attention{{Heads: 1, KVHeads: 1, Width: 80}, {Heads: 6, KVHeads: 2, Width: 48}, {Heads: 14, KVHeads: 2, Width: 16}} {
		c := drawCall(random, a, span{5, 40}, span{9, 11})
		for _, kernels := range Available() {
			want, _ := a.compute(t, kernels, c)
			for _, token := range []int{1, 2, 3, 5, 17, 39, 41, 50} {
				for part := range a.Heads + 2*a.KVHeads {
					spoilt := c
					spoilt.QKV = slices.Clone(c.QKV)
					a.part(spoilt, token, part)[random.IntN(a.Width)] = []float32{float32(math.NaN()), infinity, -infinity}[random.IntN(3)]
					got, _ := a.compute(t, kernels, spoilt)
					before := token * a.Heads * a.Width
					sameBits(t, got[:before], want[:before], "%s, %+v: before token %d, whose part %d is none", kernels, a, token, part)
				}
			}
		}
	}
}

// findsNone says whether a head that attends to a part of a token finds, for that token, something that is no number or infinite.
func (a Attention) findsNone(out []float32, token, part int) bool {
	head := part
	if part >= a.Heads {
		head = (part - a.Heads) % a.KVHeads * (a.Heads / a.KVHeads)
	}
	return slices.ContainsFunc(out[(token*a.Heads+head)*a.Width:][:a.Width], func(v float32) bool { return v-v != 0 })
}

// scored makes a call of one row whose last token's scores, and all others', are those: one element of a query times one of each key.
func scored(random *rand.Rand, a Attention, scores []float64) AttentionCall {
	c := drawCall(random, a, span{len(scores) - 1, 1})
	for i := range c.Cosines {
		c.Cosines[i], c.Sines[i] = 1, 0
	}
	clear(c.QKV[:(a.Heads+a.KVHeads)*a.Width])
	clear(c.Keys[:len(c.Keys)-a.Width])
	for head := range a.Heads {
		a.part(c, 0, head)[3] = float32(math.Sqrt(float64(a.Width)))
	}
	for head := range a.KVHeads {
		for i, score := range scores[:len(scores)-1] {
			a.cached(c, c.Keys, 0, head)[i*a.Width+3] = float32(score)
		}
		a.part(c, 0, a.Heads+head)[3] = float32(scores[len(scores)-1])
	}
	return c
}

func TestScoresFarApartAreWeighedRight(t *testing.T) {
	random := rand.New(rand.NewPCG(21, 2))
	for _, width := range []int{16, 64, 256} { // whose roots are whole
		a := Attention{Heads: 3, KVHeads: 1, Width: width}
		for name, score := range map[string]func(i, count int) float64{
			"equal":                 func(int, int) float64 { return 5 },
			"none":                  func(int, int) float64 { return 0 },
			"all far below none":    func(int, int) float64 { return -1e30 },
			"the first above all":   func(i, _ int) float64 { return 200 * float64(min(i, 1)-1) },
			"the last above all":    func(i, count int) float64 { return 1e4 * float64((i+1)/count) },
			"one in between":        func(i, count int) float64 { return float64(1-min(i-count/2, 1)*(i-count/2)) * -300 },
			"in turns":              func(i, _ int) float64 { return -1e20 * float64(i%2) },
			"falling by 10":         func(i, _ int) float64 { return -10 * float64(i) },
			"rising by a half":      func(i, _ int) float64 { return float64(i) / 2 },
			"below what e has":      func(i, _ int) float64 { return -87.5 * float64(min(i, 1)) },
			"far below none, apart": func(i, _ int) float64 { return -1e6 - 3*float64(i%7) },
		} {
			t.Run(fmt.Sprintf("%s, %d wide", name, width), func(t *testing.T) {
				for _, count := range []int{1, 2, 15, 16, 17, 40} {
					scores := make([]float64, count)
					for i := range scores {
						scores[i] = score(i, count)
					}
					c := scored(random, a, scores)
					all := a.want(c, 1)
					for _, kernels := range Available() {
						a.check(t, kernels, c, all)
					}
				}
			})
		}
	}
}

func TestNothingFiniteMakesNoNumber(t *testing.T) {
	random := rand.New(rand.NewPCG(21, 3))
	sizes := []float64{0, 1e-40, 1e-20, 1, 1e4, 1e15}
	for i, a := range attentions() {
		c := drawCall(random, a, span{0, 3}, span{17, 18})
		for _, numbers := range [][]float32{c.QKV, c.Keys, c.Values} {
			for j, v := range numbers {
				if v == v {
					numbers[j] = float32((2*random.Float64() - 1) * sizes[(j/a.Width*7+i)%len(sizes)])
				}
			}
		}
		for _, kernels := range Available() {
			out, _ := a.compute(t, kernels, c)
			for j, v := range out {
				if !(math.Abs(float64(v)) <= 1.001e15) {
					t.Fatalf("%s, %+v: number %d is %g", kernels, a, j, v)
				}
			}
		}
	}
}

func TestWrongLengthsOfRowsAreRefused(t *testing.T) {
	a := Attention{Heads: 2, KVHeads: 1, Width: 16}
	const (
		none     = "RowAttention: a row has fewer than no new tokens, or more than there are"
		long     = "RowAttention: a row is longer than its cache, or than the embedding"
		asMany   = "RowAttention: the rows' new tokens are not as many as there are"
		capacity = 20
		tokens   = 6
	)
	for _, c := range []struct {
		last, fresh [2]int32
		positions   int
		want        string
	}{
		{[2]int32{3, 9}, [2]int32{2, 4}, capacity, ""},
		{[2]int32{19, 3}, [2]int32{2, 4}, capacity, ""},
		{[2]int32{99, 5}, [2]int32{0, 6}, capacity, ""},
		{[2]int32{5, math.MinInt32}, [2]int32{6, 0}, 6, ""},
		{[2]int32{3, 9}, [2]int32{-1, 7}, capacity, none},
		{[2]int32{3, 9}, [2]int32{7, -1}, capacity, none},
		{[2]int32{3, 9}, [2]int32{math.MinInt32, 6}, capacity, none},
		{[2]int32{9, 9}, [2]int32{7, 0}, capacity, none},
		{[2]int32{9, 9}, [2]int32{math.MaxInt32, 6}, capacity, none},
		{[2]int32{3, 9}, [2]int32{2, 3}, capacity, asMany},
		{[2]int32{3, 9}, [2]int32{3, 4}, capacity, asMany},
		{[2]int32{3, 9}, [2]int32{0, 0}, capacity, asMany},
		{[2]int32{6, 9}, [2]int32{6, 6}, capacity, asMany},
		{[2]int32{20, 9}, [2]int32{2, 4}, capacity, long},
		{[2]int32{3, 20}, [2]int32{2, 4}, capacity, long},
		{[2]int32{math.MaxInt32, 9}, [2]int32{2, 4}, capacity, long},
		{[2]int32{0, 9}, [2]int32{2, 4}, capacity, long},
		{[2]int32{-1, 9}, [2]int32{2, 4}, capacity, long},
		{[2]int32{math.MinInt32, 9}, [2]int32{2, 4}, capacity, long},
		{[2]int32{20, 9}, [2]int32{2, 4}, capacity + 1, long},
		{[2]int32{3, 20}, [2]int32{2, 4}, capacity + 1, long},
		{[2]int32{3, 9}, [2]int32{2, 4}, 9, long},
		{[2]int32{3, 9}, [2]int32{2, 4}, 0, long},
	} {
		call := drawCall(rand.New(rand.NewPCG(21, 4)), a, span{0, tokens}, span{capacity, 0})
		call.Last, call.Fresh = c.last[:], c.fresh[:]
		call.Cosines, call.Sines = make([]float32, c.positions*a.Width/2), make([]float32, c.positions*a.Width/2)
		keys := slices.Clone(call.Keys)
		switch _, err := a.Compute(Kernels(), call); {
		case c.want == "" && err != nil:
			t.Errorf("%+v: %v", c, err)
		case c.want != "" && (!errors.Is(err, ErrCheck) || !strings.HasSuffix(err.Error(), c.want)):
			t.Errorf("%+v: %v", c, err)
		case c.want != "":
			sameBits(t, call.Keys, keys, "%+v: keys", c)
		}
	}
}

func TestAttentionOfWrongSizesIsRefused(t *testing.T) {
	right := Attention{Heads: 4, KVHeads: 2, Width: 16}
	draw := func() AttentionCall { return drawCall(rand.New(rand.NewPCG(21, 5)), right, span{4, 3}, span{2, 1}) }
	if _, err := right.Compute("portable", draw()); err != nil {
		t.Fatal(err)
	}
	if _, err := right.Compute("abacus", draw()); !errors.Is(err, ErrCheck) {
		t.Errorf("by an abacus: %v", err)
	}
	for _, a := range []Attention{{}, {Heads: 4, KVHeads: 2}, {Heads: 4, Width: 16}, {KVHeads: 2, Width: 16}, {Heads: -4, KVHeads: -2, Width: 16}} {
		if _, err := a.Compute("portable", draw()); !errors.Is(err, ErrCheck) {
			t.Errorf("%+v: %v", a, err)
		}
	}
	for _, a := range []Attention{
		{Heads: 4, KVHeads: 3, Width: 16}, {Heads: 4, KVHeads: 8, Width: 16}, {Heads: 129, KVHeads: 1, Width: 16}, {Heads: 2048, KVHeads: 1024, Width: 16},
		{Heads: 4, KVHeads: 2, Width: 8}, {Heads: 4, KVHeads: 2, Width: 24}, {Heads: 4, KVHeads: 2, Width: 272},
	} {
		if _, err := a.Compute("portable", drawCall(rand.New(rand.NewPCG(21, 6)), a, span{4, 3}, span{2, 1})); !errors.Is(err, ErrCheck) {
			t.Errorf("%+v: %v", a, err)
		}
	}
	for name, change := range map[string]func(c *AttentionCall){
		"a token of fewer numbers": func(c *AttentionCall) { c.QKV = c.QKV[1:] },
		"fewer keys":               func(c *AttentionCall) { c.Keys = c.Keys[64:] },
		"fewer values":             func(c *AttentionCall) { c.Values = c.Values[64:] },
		"half a key":               func(c *AttentionCall) { c.Keys, c.Values = c.Keys[8:], c.Values[8:] },
		"fewer sines":              func(c *AttentionCall) { c.Sines = c.Sines[8:] },
		"half a turn":              func(c *AttentionCall) { c.Cosines, c.Sines = c.Cosines[4:], c.Sines[4:] },
		"no rows":                  func(c *AttentionCall) { c.Last, c.Fresh = nil, nil },
		"a length less":            func(c *AttentionCall) { c.Fresh = c.Fresh[:1] },
		"no order":                 func(c *AttentionCall) { c.Order = -1 },
	} {
		c := draw()
		change(&c)
		if _, err := right.Compute("portable", c); !errors.Is(err, ErrCheck) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
