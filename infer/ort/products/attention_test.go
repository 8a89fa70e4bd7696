package products

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

var (
	widths      = []int{16, 48, 64, 80, 128, 256}
	headCounts  = [][2]int{{1, 1}, {9, 3}, {14, 2}, {12, 2}, {128, 1}}
	pasts       = []int{0, 1, 15, 16, 17, 300}
	freshCounts = []int{1, 2, 3, 15, 16, 17, 40, 70}
)

// attentions are those of every width and grouping.
func attentions() (all []Attention) {
	for i, width := range widths {
		for j, heads := range headCounts {
			all = append(all, Attention{Heads: heads[0], KVHeads: heads[1], Width: width, Interleaved: (i+j)%2 == 0})
		}
	}
	return all
}

// spans are rows of every past and number of new tokens, beside some with none.
func spans() (all []span) {
	for i, past := range pasts {
		for _, fresh := range freshCounts {
			all = append(all, span{past, fresh})
		}
		all = append(all, span{5 * i, 0})
	}
	return all
}

// someSpans are a few of them, other ones for every number. The first and the last row have no new tokens, or the last one has the
// most, and ends with the cache.
func someSpans(number, count int) (all []span) {
	all = append(all, span{20, 0})
	for i := range count {
		all = append(all, span{pasts[(number+i)%len(pasts)], freshCounts[(number+i*3)%len(freshCounts)]})
	}
	all = append(all, span{0, 0})
	if number%2 == 0 {
		all = append(all, span{301, freshCounts[number%3]})
	}
	return all
}

func TestAttentionGivesTheReferencesValues(t *testing.T) {
	random := rand.New(rand.NewPCG(20, 1))
	worst := map[string]float64{}
	check := func(a Attention, every int, rows ...span) {
		c := drawCall(random, a, rows...)
		all := a.want(c, every)
		for _, kernels := range Available() {
			worst[kernels] = max(worst[kernels], a.check(t, kernels, c, all))
		}
	}
	for _, interleaved := range []bool{false, true} {
		check(Attention{Heads: 4, KVHeads: 2, Width: 16, Interleaved: interleaved}, 3, spans()...)
	}
	for i, a := range attentions() {
		if a.Heads > 100 {
			check(a, 37, someSpans(i, 2)...)
		} else {
			check(a, 7, someSpans(i, 4)...)
		}
	}
	t.Logf("off by, of the largest value: %v", worst)
}

// checkKept compares caches after a call with what was there and what is new.
func (a Attention) checkKept(t *testing.T, before, after AttentionCall) {
	t.Helper()
	for row, fresh := range before.Fresh {
		for head := range a.KVHeads {
			wantKeys, wantValues := slices.Clone(a.cached(before, before.Keys, row, head)), slices.Clone(a.cached(before, before.Values, row, head))
			keys, values := a.cached(after, after.Keys, row, head), a.cached(after, after.Values, row, head)
			for i := range int(fresh) {
				position, token := before.past(row)+i, before.first(row)+i
				at := position * a.Width
				copy(wantValues[at:], a.part(before, token, a.Heads+a.KVHeads+head))
				copy(wantKeys[at:], keys[at:][:a.Width])
				for d, want := range a.turned(before, position, a.part(before, token, a.Heads+head)) {
					if got := float64(keys[at+d]); !(math.Abs(got-want) <= 1e-6) {
						t.Fatalf("%+v: row %d, head %d, position %d: element %d of the key is %g, want %g", a, row, head, position, d, got, want)
					}
				}
			}
			sameBits(t, keys, wantKeys, "%+v: keys of row %d, head %d", a, row, head)
			sameBits(t, values, wantValues, "%+v: values of row %d, head %d", a, row, head)
		}
	}
}

func TestNewKeysAndValuesStandBehindThePastAndNothingElseChanges(t *testing.T) {
	random := rand.New(rand.NewPCG(20, 2))
	for i, a := range attentions() {
		for _, a.Interleaved = range []bool{false, true} {
			rows := someSpans(i, 2)
			if i == 1 {
				rows = spans()
			}
			c := drawCall(random, a, rows...)
			_, after := a.compute(t, Kernels(), c)
			a.checkKept(t, c, after)
		}
	}
}

func TestARowOfNoNewTokensStaysAsItIs(t *testing.T) {
	a := Attention{Heads: 3, KVHeads: 1, Width: 48}
	c := drawCall(rand.New(rand.NewPCG(20, 3)), a, span{7, 0}, span{0, 0}, span{40, 0})
	out, after := a.compute(t, Kernels(), c)
	a.checkKept(t, c, after)
	if len(out) != 0 {
		t.Errorf("%d numbers of no token", len(out))
	}
}

// of is a call of one row of another, some of its new tokens only, on the caches that it has now.
func (a Attention) of(c AttentionCall, row, from, to int) AttentionCall {
	first, size := c.first(row), len(c.Keys)/len(c.Last)
	return AttentionCall{
		QKV: c.QKV[(first+from)*a.token() : (first+to)*a.token()], Cosines: c.Cosines, Sines: c.Sines,
		Keys: c.Keys[row*size:][:size], Values: c.Values[row*size:][:size],
		Last: []int32{int32(c.past(row) + to - 1)}, Fresh: []int32{int32(to - from)},
	}
}

// inChunks feeds a call of one row in chunks of a size, and returns what was found and the caches after that.
func (a Attention) inChunks(t *testing.T, kernels string, c AttentionCall, size int) (out []float32, after AttentionCall) {
	t.Helper()
	c.Keys, c.Values = slices.Clone(c.Keys), slices.Clone(c.Values)
	for from := 0; from < int(c.Fresh[0]); from += size {
		found, err := a.Compute(kernels, a.of(c, 0, from, min(from+size, int(c.Fresh[0]))))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, found...)
	}
	return out, c
}

func TestATokenFindsTheSameInChunksOfAnySize(t *testing.T) {
	random := rand.New(rand.NewPCG(20, 4))
	for _, c := range []struct {
		a Attention
		span
	}{
		{Attention{Heads: 1, KVHeads: 1, Width: 256}, span{13, 70}},
		{Attention{Heads: 9, KVHeads: 3, Width: 64}, span{300, 70}},
		{Attention{Heads: 14, KVHeads: 2, Width: 16}, span{700, 40}}, // parts of 5 and 6 tokens
		{Attention{Heads: 12, KVHeads: 2, Width: 128, Interleaved: true}, span{1, 70}},
		{Attention{Heads: 4, KVHeads: 1, Width: 80}, span{0, 50}},
		{Attention{Heads: 5, KVHeads: 1, Width: 48}, span{15, 50}},
		{Attention{Heads: 128, KVHeads: 1, Width: 16}, span{0, 40}},
	} {
		call := drawCall(random, c.a, c.span)
		for _, kernels := range Available() {
			want, kept := c.a.inChunks(t, kernels, call, 1)
			for _, size := range []int{2, 3, 5, 8, 15, 16, 17, 40, 70} {
				got, after := c.a.inChunks(t, kernels, call, size)
				sameBits(t, got, want, "%s, %+v: chunks of %d", kernels, c, size)
				sameBits(t, after.Keys, kept.Keys, "%s, %+v: keys after chunks of %d", kernels, c, size)
				sameBits(t, after.Values, kept.Values, "%s, %+v: values after chunks of %d", kernels, c, size)
			}
		}
	}
}

// mixedCalls have rows of all kinds, of which some are attended to in one part a head, and some in several.
func mixedCalls(random *rand.Rand) (of []Attention, calls []AttentionCall) {
	for i, heads := range headCounts {
		a := Attention{Heads: heads[0], KVHeads: heads[1], Width: widths[i], Interleaved: i%2 == 0}
		of, calls = append(of, a), append(calls, drawCall(random, a, span{3, 17}, span{9, 0}, span{0, 1}, span{31, 40}, span{16, 3}, span{60, 16}))
	}
	return of, calls
}

func TestARowFindsTheSameAloneAsBesideOthers(t *testing.T) {
	of, calls := mixedCalls(rand.New(rand.NewPCG(20, 5)))
	for i, a := range of {
		for _, kernels := range Available() {
			out, after := a.compute(t, kernels, calls[i])
			for row, fresh := range calls[i].Fresh {
				if fresh == 0 {
					continue
				}
				alone, kept := a.compute(t, kernels, a.of(calls[i], row, 0, int(fresh)))
				sameBits(t, a.found(out, calls[i], row), alone, "%s, %+v: row %d", kernels, a, row)
				sameBits(t, a.of(after, row, 0, 0).Keys, kept.Keys, "%s, %+v: keys of row %d", kernels, a, row)
				sameBits(t, a.of(after, row, 0, 0).Values, kept.Values, "%s, %+v: values of row %d", kernels, a, row)
			}
		}
	}
}

func TestPartsOfAttentionMayRunInAnyOrder(t *testing.T) {
	of, calls := mixedCalls(rand.New(rand.NewPCG(20, 6)))
	for i, a := range of {
		want, kept := a.compute(t, Kernels(), calls[i])
		for order := 1; order < 12; order++ {
			c := calls[i]
			c.Order = order
			got, after := a.compute(t, Kernels(), c)
			sameBits(t, got, want, "%+v: order %d", a, order)
			sameBits(t, after.Keys, kept.Keys, "%+v: keys, order %d", a, order)
			sameBits(t, after.Values, kept.Values, "%+v: values, order %d", a, order)
		}
	}
}

func TestAllKernelsButThePortableOneAttendAlike(t *testing.T) {
	if len(exact()) == 0 {
		t.Skip("this processor has the portable kernels alone")
	}
	random := rand.New(rand.NewPCG(20, 7))
	for i, a := range attentions() {
		c := drawCall(random, a, someSpans(i, 2)...)
		for j := range c.QKV { // and weights from 1 to none
			c.QKV[j] *= float32(i%5 + 1)
		}
		want, kept := a.compute(t, exact()[0], c)
		for _, kernels := range exact()[1:] {
			got, after := a.compute(t, kernels, c)
			sameBits(t, got, want, "%s and %s, %+v", kernels, exact()[0], a)
			sameBits(t, after.Keys, kept.Keys, "%s and %s, %+v: keys", kernels, exact()[0], a)
		}
	}
}
